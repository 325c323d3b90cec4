"""What a publisher waits for. On two cores, however many there are: that is what the targets are for."""

import contextlib
import os

from comparison import Side
from content import empty, empty_directory, require_same
from peers import Casync, Desync
from program import run, run_shell
from table import seconds


def measure(bench):
    bench.table.heading("Publishing, on two cores")
    with two_cores():
        frames(bench)
        for target in bench.pair.targets():
            delta(bench, target)


@contextlib.contextmanager
def two_cores():
    """Programs that we start inherit it."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(sorted(before)[:2]))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def frames(bench):
    image, directory = bench.pair.rebuilt, bench.directory / "publish"
    repository = directory / "repository"

    def check():
        require_same((repository / "disk.raw").resolve(), image, "glare add-image")

    ours = Side("glare", prepare=lambda: empty_directory(repository), check=check,
                action=lambda: bench.glare.add_image(image, repository, "--deltas", "0"))
    results = bench.compare(ours, *compressing(image, directory), *chunking(bench, Desync, image, directory),
                            copying(image, directory))
    empty(directory)

    glare = results.pop("glare").median("seconds")
    targets = {"zstd -3 -T2": 1.3, "desync make": 0.3}
    for name, peer in results.items():
        bench.table.ratio("add-image, no deltas, time", glare, name, peer.median("seconds"), seconds,
                          targets.get(name))


def compressing(image, directory):
    output = directory / "zst"
    yield Side("zstd -3 -T2", prepare=lambda: empty(output),
               action=lambda: run("zstd", "-3", "-T2", "-q", image, "-o", output))


def copying(image, directory):
    output = directory / "copy"
    return Side("cp --sparse; sha256sum", prepare=lambda: empty(output),
                action=lambda: run_shell('cp --sparse=always "$1" "$2" && sha256sum "$1"', image, output),
                check=lambda: require_same(output, image, "cp"))


def chunking(bench, kind, image, directory):
    """A side, where the peer is there: making chunks in an empty store."""
    peer, store = bench.peer(kind), directory / kind.name
    if not peer:
        return

    def prepare():
        empty_directory(store)
        if kind is Desync:
            (store / "store").mkdir()

    yield Side(f"{kind.name} make", prepare=prepare, action=lambda: peer.make(image, store))


def delta(bench, target):
    """The difference of two publishes that differ in nothing else."""
    directory = bench.directory / "publish"
    repository = directory / "repository"

    def prepare():
        empty_directory(repository)
        bench.glare.add_image(bench.pair.base, repository)

    def publishing(name, deltas):
        return Side(name, prepare=prepare,
                    action=lambda: bench.glare.add_image(target, repository, "--deltas", deltas))

    results = bench.compare(publishing("with", "1"), publishing("without", "0"),
                            *chunking(bench, Casync, target, directory))
    empty(directory)

    with_delta, without = results["with"].median("seconds"), results["without"].median("seconds")
    bench.table.ratio(f"the delta base → {target.stem}, time", with_delta - without, "casync make",
                      results["casync make"].median("seconds"), seconds, 1 / 6)
    bench.table.ratio(f"add-image with the delta base → {target.stem}", with_delta, "without", without, seconds)
