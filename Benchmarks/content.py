"""Files with holes: compared, copied, measured, without reading what is not there."""

import errno
import os
import shutil
import sys

from program import run

PIECE = 1 << 20
BLOCK = 4096


def data_ranges(descriptor, size):
    """(begin, end) of each stretch that is not a hole."""
    position = 0
    while position < size:
        try:
            begin = os.lseek(descriptor, position, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return
            raise
        position = os.lseek(descriptor, begin, os.SEEK_HOLE)
        yield begin, position


def pieces_with_data(path):
    """Numbers of the MiB pieces in which the file has data, or zeros written out."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        return {number for begin, end in data_ranges(file.fileno(), size)
                for number in range(begin // PIECE, (end + PIECE - 1) // PIECE)}


def same_content(one, other):
    if one.stat().st_size != other.stat().st_size:
        return False
    with open(one, "rb", buffering=0) as first, open(other, "rb", buffering=0) as second:
        for number in pieces_with_data(one) | pieces_with_data(other):
            if os.pread(first.fileno(), PIECE, number * PIECE) != os.pread(second.fileno(), PIECE, number * PIECE):
                return False
    return True


def require_same(made, wanted, by):
    """Whoever is fast must also be right."""
    if not made.exists() or not same_content(made, wanted):
        sys.exit(f"{by}: {made} is not the content of {wanted}")


def write_blocks_with_data(image, path):
    """All blocks of the image that are not zero, one behind the other: what tools without holes should see."""
    zeros = bytes(BLOCK)
    with open(image, "rb") as source, open(path, "wb") as blocks:
        for number in sorted(pieces_with_data(image)):
            piece = os.pread(source.fileno(), PIECE, number * PIECE)
            parts = (piece[at:at + BLOCK] for at in range(0, len(piece), BLOCK))
            blocks.writelines(part for part in parts if part != zeros[:len(part)])


def copy(source, target):
    run("cp", "--sparse=always", source, target)


def empty(path):
    """Removes what an earlier run left: every run starts from nothing."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def empty_directory(path):
    empty(path)
    path.mkdir(parents=True)


def size_on_disk(path):
    """In bytes. st_blocks counts 512-byte blocks, whatever the filesystem's are."""
    return path.stat().st_blocks * 512
