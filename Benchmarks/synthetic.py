"""Images of any size, cheaply: content that compresses about 3:1 and is nowhere the same by chance."""

import os
import random
import struct

from content import PIECE, copy, data_ranges

MIB_PER_GIB = 1024


def skewed_bytes():
    """Translates evenly random bytes into such that are as unequally frequent that zstd -3 makes a third of them."""
    table, share = bytearray(), 0.5
    for symbol in range(256):
        table += bytes([symbol]) * max(1, round((256 - len(table)) * share))
    return bytes(table[:256])


TABLE = skewed_bytes()


def piece(seed, number):
    """1 MiB, always the same for the same seed and number."""
    return random.Random(f"{seed}/{number}").randbytes(PIECE).translate(TABLE)


def partition_table(disk_size):
    """An MBR with one Linux partition from the first MiB on: publishers refuse a disk with nothing on it."""
    first, sectors = PIECE // 512, (disk_size - PIECE) // 512
    entry = struct.pack("<B3sB3sII", 0, bytes(3), 0x83, bytes(3), first, sectors)
    return bytes(446) + entry + bytes(48) + b"\x55\xaa"


def write_image(path, data_mib, seed, spread=1, content=piece):
    """A disk whose MiB number n × `spread` has the content of piece n; the others are holes."""
    disk_size = (data_mib * spread + 1) * PIECE
    with open(path, "wb") as image:
        image.truncate(disk_size)
        image.write(partition_table(disk_size))
        for number in range(data_mib):
            image.seek((number * spread + 1) * PIECE)
            image.write(content(seed, number))


def write_image_of_gib(path, gib, seed, **more):
    write_image(path, round(gib * MIB_PER_GIB), seed, **more)


def changed_piece(pieces):
    """Content of the next version: of 16 pieces one is new, and one stood elsewhere before."""
    def content(seed, number):
        if number % 16 == 3:
            return piece(f"{seed}, changed", number)
        return piece(seed, number * 7 % pieces if number % 16 == 7 else number)
    return content


def write_related(path, image, number):
    """The image with 2 MiB changed here and there, and 2 MiB more in a row: as a few settings and
    a package would. Each number makes other changes in other places."""
    copy(image, path)
    chosen = random.Random(number)
    with open(path, "r+b") as related:
        # Not in the first 16 MiB, where the tables are by which an image is recognised.
        ranges = [(max(begin, 16 * PIECE), end) for begin, end in data_ranges(
            related.fileno(), os.fstat(related.fileno()).st_size) if end > 16 * PIECE]
        weights = [end - begin for begin, end in ranges]
        for seed in range(2):
            changes = piece(f"related {number}", seed)
            for at in range(0, PIECE, 4 * 4096):
                begin, end = chosen.choices(ranges, weights)[0]
                place = chosen.randrange(begin, end) // 4096 * 4096
                os.pwrite(related.fileno(), changes[at:at + min(4 * 4096, end - place)], place)
        begin, _ = max(ranges, key=lambda range: range[1] - range[0])
        for seed in range(2):
            os.pwrite(related.fileno(), piece(f"package {number}", seed), begin + (2 * number + seed) * PIECE)
