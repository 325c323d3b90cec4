"""A disk image like those that people publish: large, mostly empty, with real files."""

import os
import shutil
import subprocess
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"
VIRTUAL_SIZE = "4G"
# With the filesystem's own, 0.7 GiB.
DATA_MIB = 620


def size_on_disk(path):
    """In bytes. st_blocks counts 512-byte blocks, whatever the filesystem's are."""
    return path.stat().st_blocks * 512


def image_to_publish(directory):
    """BENCH_IMAGE's content, or one made here; both in `directory`, so that all runs read alike."""
    given = os.environ.get("BENCH_IMAGE")
    if given:
        image = directory / Path(given).name
        subprocess.run(["cp", "--sparse=always", given, image], check=True)
        return image

    image, files = directory / "bench.img", directory / "files"
    print("Making the image…", flush=True)
    subprocess.run([SCRIPTS / "collect-files", str(DATA_MIB), files], check=True)
    subprocess.run(["mkfs.ext4", "-q", "-d", files, image, VIRTUAL_SIZE], check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(files)
    return image
