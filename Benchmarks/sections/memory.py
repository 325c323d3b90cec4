"""The most memory that is resident at a time, mapped files included. Of all runs, the one that needed most."""

from comparison import Side
from content import empty, empty_directory
from table import memory

MIB = 1 << 20
BY_FRAMES, BY_DELTA = 128 * MIB, 384 * MIB
# MEMORY is 1 GiB unless it is set.
PUBLISHING = (1024 + 256) * MIB


def measure(bench):
    bench.table.heading("Peak memory (that of large images stands below, at growth)")
    cache = bench.directory / "cache"
    for target in bench.pair.targets():
        tell(bench, f"sync by frames, {target.stem}, cold", bench.cold(bench.repository(target), target, cache),
             BY_FRAMES)
        tell(bench, f"sync by delta, base → {target.stem}", bench.update(bench.repository(target), target, cache),
             BY_DELTA)
        tell(bench, f"add-image with a delta, base → {target.stem}", publishing(bench, target), PUBLISHING)
    target = bench.pair.upgraded
    tell(bench, "sync by frames, base → upgraded in place",
         bench.update(bench.repository(target, "--deltas", "0"), target, cache), BY_FRAMES)
    empty(cache)


def publishing(bench, target):
    repository = bench.directory / "repository"

    def prepare():
        empty_directory(repository)
        bench.glare.add_image(bench.pair.base, repository)

    return Side("glare", prepare=prepare, action=lambda: bench.glare.add_image(target, repository))


def tell(bench, what, side, limit):
    bench.table.limit(f"memory, {what}", bench.compare(side)["glare"].most("memory"), limit, memory)
    empty(bench.directory / "repository")
