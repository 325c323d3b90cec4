"""Our own program."""

import shutil

from content import empty_directory
from program import run


class Glare:
    def __init__(self, binary):
        self.binary = binary

    def add_image(self, image, repository, *options, name="disk.raw"):
        """Waits for all its deltas: what is not there cannot be measured."""
        return run(self.binary, "add-image", "-i", image, "--name", name, "-m", "bench", "-d", repository,
                   "--yes", "--quiet", "--delta-time", "2h", *options)

    def sync(self, cache, address, *options):
        return run(self.binary, "sync", "-t", cache, "-s", address, "--quiet", *options)


def keep_state(repository, copy):
    """What hosts see of the repository now, at another address, for ever: files that never change are
    linked, the others copied. So a cache can be made again that has the state before a publish."""
    empty_directory(copy)
    for entry in repository.iterdir():
        if entry.name in ("archive", "transfer"):
            (copy / entry.name).symlink_to(entry)
        elif entry.is_dir() and entry.name != ".glare":
            shutil.copytree(entry, copy / entry.name)
        elif entry.is_symlink() or entry.is_file():
            shutil.copy2(entry, copy / entry.name, follow_symlinks=False)
