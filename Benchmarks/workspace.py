"""Where the benchmark works: in memory where that has room, so that no disk is measured."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path


def available_memory():
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


def fits_in_memory(needed):
    """Room for `needed` bytes of files, and 2 GiB for the programs."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or not os.access(memory, os.W_OK):
        return False
    return min(shutil.disk_usage(memory).free, available_memory() - (2 << 30)) > needed


@contextlib.contextmanager
def workspace(needed):
    """A new directory, removed in every ending."""
    parent = "/dev/shm" if fits_in_memory(needed) else tempfile.gettempdir()
    with temporary_directory(parent) as directory:
        yield directory


@contextlib.contextmanager
def temporary_directory(parent):
    directory = Path(tempfile.mkdtemp(prefix="glare-bench.", dir=parent))
    try:
        yield directory
    finally:
        shutil.rmtree(directory)
