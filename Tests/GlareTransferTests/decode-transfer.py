#!/usr/bin/python3
"""A second reader of what docs/transfer-formats.md describes, written from that page alone.

decode-transfer.py frames MANIFEST FRAMES OUT
decode-transfer.py delta BASE DELTA OUT
"""
import hashlib
import struct
import sys

import zstandard

BLOCK = 4096


def sha256(data):
    return hashlib.sha256(data).digest()


def need(condition, what):
    if not condition:
        sys.exit(f"decode-transfer: {what}")


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        need(self.at + count <= len(self.data), "ends too early")
        self.at += count
        return self.data[self.at - count : self.at]

    def fields(self, form):
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))

    def varint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def signed(self):
        value = self.varint()
        return -(value + 1 >> 1) if value & 1 else value >> 1

    @property
    def left(self):
        return len(self.data) - self.at


def expand(data, size, prefix=b""):
    dictionary = zstandard.ZstdCompressionDict(prefix, dict_type=zstandard.DICT_TYPE_RAWCONTENT) if prefix else None
    decompressor = zstandard.ZstdDecompressor(dict_data=dictionary, max_window_size=1 << 27)
    plain = decompressor.decompress(data, max_output_size=size)
    need(len(plain) == size, "expands to another size")
    return plain


def decode_frames(manifest_path, frames_path, out_path):
    reader = Reader(open(manifest_path, "rb").read())
    magic, version, source, encoding, frame_size, size, stored_size = reader.fields("8sHBBIQQ")
    image, stored = reader.fields("32s32s")
    count, data_count = reader.fields("II")
    need(magic == b"GLAREMAN" and version == 1 and source == 0 and frame_size == 1 << 20, "no manifest")
    sizes = [reader.fields("II") for _ in range(count)]
    digests = [reader.fields("32s32s") for _ in range(data_count)]
    need(reader.left == 0, "more than its frames")
    content = open(frames_path, "rb").read()
    need(len(content) == stored_size and sha256(content) == stored, "other frames than the manifest's")
    whole, at, end = hashlib.sha256(), 0, 0
    with open(out_path, "wb") as out:
        for plain_size, packed_size in sizes:
            hole, plain_size = plain_size >> 31, plain_size & 0x7FFFFFFF
            packed = content[at : at + packed_size]
            at += packed_size
            end += plain_size
            # Of holes as well: any reader of zstd gets zeros.
            plain = expand(packed, plain_size) if encoding == 1 else packed
            if hole:
                need(plain == bytes(plain_size), "a hole with data")
            else:
                need((sha256(packed), sha256(plain)) == digests.pop(0), "a frame with another digest")
            whole.update(plain)
            out.write(plain)
    need(end == size and whole.digest() == image, "another image")


def decode_delta(base_path, delta_path, out_path):
    base = open(base_path, "rb").read()
    data = open(delta_path, "rb").read()
    reader = Reader(data)
    magic, version, source, _, block, base_size = reader.fields("8sHBBIQ")
    (base_digest, target_size, target_digest) = reader.fields("32sQ32s")
    count, _ = reader.fields("II")
    need(magic == b"GLAREDLT" and version == 1 and source == 0 and block == BLOCK, "no delta")
    need(len(base) == base_size and sha256(base) == base_digest, "another base")
    base += bytes(-len(base) % BLOCK)
    segments = [reader.fields("QIIII32s32s32s") for _ in range(count)]
    target = bytearray()
    for size, map_packed, map_size, new_packed, new_size, map_digest, new_digest, plain_digest in segments:
        packed = reader.take(map_packed)
        need(sha256(packed) == map_digest, "a map with another digest")
        runs = Reader(expand(packed, map_size))
        prefix, at = b"", 0
        for _ in range(runs.varint()):
            at += runs.signed()
            length = runs.varint()
            prefix += base[at * BLOCK : (at + length) * BLOCK]
            at += length
        packed = reader.take(new_packed)
        need(sha256(packed) == new_digest, "new data with another digest")
        new = expand(packed, new_size, prefix) if new_size else b""
        need(sha256(new) == plain_digest, "new data that expands to another digest")
        start, shift, used = len(target), 0, 0
        while runs.left:
            field = runs.varint()
            length, kind = field >> 2, field & 3
            here = len(target) // BLOCK
            if kind == 0:
                target += bytes(length * BLOCK)
            elif kind == 1:
                shift += runs.signed()
                target += base[(here + shift) * BLOCK : (here + shift + length) * BLOCK]
            elif kind == 2:
                target += new[used * BLOCK : (used + length) * BLOCK]
                used += length
            else:
                first = here - runs.varint()
                target += target[first * BLOCK : (first + length) * BLOCK]
        need(used * BLOCK == new_size, "new data that no run names")
        need(len(target) == start + size + -size % BLOCK, "a segment of another size")
    need(reader.left == 0, "more than its segments")
    del target[target_size:]
    need(sha256(target) == target_digest, "another target")
    open(out_path, "wb").write(target)


if __name__ == "__main__":
    {"frames": decode_frames, "delta": decode_delta}[sys.argv[1]](*sys.argv[2:])
