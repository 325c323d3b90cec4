"""Where the benchmark works: in memory where that has room, so that no disk is measured."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

# The image, the repository's copy, cp's copy and the cache's, and curl's download with its zeros.
NEEDED = 9 << 30


def available_memory():
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


def has_room(directory):
    return os.access(directory, os.W_OK) and min(shutil.disk_usage(directory).free, available_memory()) > NEEDED


@contextlib.contextmanager
def workspace():
    """A new directory, removed in every ending."""
    memory = Path("/dev/shm")
    parent = memory if memory.is_dir() and has_room(memory) else Path(tempfile.gettempdir())
    directory = Path(tempfile.mkdtemp(prefix="glare-bench.", dir=parent))
    try:
        yield directory
    finally:
        shutil.rmtree(directory)
