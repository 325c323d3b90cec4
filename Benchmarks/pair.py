"""The real images that are measured: base.raw, and what became of it."""

import subprocess
import sys
from pathlib import Path

from content import copy

BUILDER = Path(__file__).resolve().parent / "build-pair"
NAMES = ["base", "upgraded", "rebuilt"]


class Pair:
    """Copies in `directory`, so that all read alike."""

    def __init__(self, given, directory):
        source = given or directory / "built"
        if not given:
            self.build(source)
        directory.mkdir(exist_ok=True)
        for name in NAMES:
            original = source / f"{name}.raw"
            if not original.exists():
                sys.exit(f"BENCH_PAIR: there is no {original}")
            if given:
                copy(original, directory / original.name)
            else:
                original.rename(directory / original.name)
        self.base, self.upgraded, self.rebuilt = (directory / f"{name}.raw" for name in NAMES)

    def build(self, directory):
        print("Building the images (BENCH_PAIR=DIR takes those that are there)…", flush=True)
        if subprocess.run([BUILDER, directory], stdin=subprocess.DEVNULL).returncode != 0:
            sys.exit("The images could not be built.")

    def targets(self):
        return [self.rebuilt, self.upgraded]
