"""What all sections share: the images, the servers, the peers, and where each publishes."""

import functools
import shutil

import peers
from content import empty_directory, require_same
from comparison import Side, compare
from glare import keep_state


class Bench:
    def __init__(self, settings, table, directory, glare, pair, server, rsyncd):
        self.settings, self.table, self.directory = settings, table, directory
        self.glare, self.pair, self.server, self.rsyncd = glare, pair, server, rsyncd
        self.served = server.root
        self.repositories = {}

    def images(self):
        return [self.pair.base, *self.pair.targets()]

    def serve(self, name):
        """A new directory that the servers show under this name."""
        directory = self.served / name
        empty_directory(directory)
        return directory

    def address(self, name):
        return f"{self.server.address}{name}/"

    @functools.cache
    def plain_images(self):
        """The pair's files as they are, served; linked, for they take no more memory then."""
        directory = self.served / "plain"
        directory.mkdir(exist_ok=True)
        for image in self.images():
            (directory / image.name).hardlink_to(image)
        return [directory / image.name for image in self.images()]

    @functools.cache
    def peer(self, kind):
        """Published once, whichever sections want it. None where it is missing."""
        if kind is peers.Desync and not self.settings.desync:
            return None
        peer = kind(self)
        peer.publish()
        return peer

    def peers(self, *kinds):
        return [peer for peer in map(self.peer, kinds) if peer]

    @functools.cache
    def repository(self, target, *options):
        """Name of a repository that went from the base to the target. NAME-before shows it between."""
        name = "-".join([target.stem, *(option.strip("-") for option in options)])
        directory = self.serve(name)
        self.glare.add_image(self.pair.base, directory, "--deltas", "0")
        keep_state(directory, self.served / f"{name}-before")
        self.glare.add_image(target, directory, *options)
        return name

    def update(self, name, target, cache, prepare=lambda: None):
        """A side: a host that has the base gets the target."""
        def fill():
            empty_directory(cache)
            self.glare.sync(cache, self.address(f"{name}-before"))
            prepare()

        return Side(
            "glare", meter=self.server, prepare=fill,
            action=lambda: self.glare.sync(cache, self.address(name)),
            check=lambda: self.require_cached(cache, target))

    def cold(self, name, target, cache):
        """A side: a host that has nothing gets the target."""
        return Side(
            "glare", meter=self.server, prepare=lambda: empty_directory(cache),
            action=lambda: self.glare.sync(cache, self.address(name)),
            check=lambda: self.require_cached(cache, target))

    def require_cached(self, cache, target, name="disk.raw"):
        require_same(cache / name, target, "glare sync")

    def compare(self, *sides):
        return compare(sides, self.settings.runs)

    def forget(self, name):
        """Makes room: what a section alone needed."""
        shutil.rmtree(self.served / name)
