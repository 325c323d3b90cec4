"""Whether an image of eight times the data costs eight times as much, and no more memory."""

from comparison import Side
from content import empty, empty_directory, require_same
from glare import keep_state
from program import run
from sections.memory import BY_DELTA, BY_FRAMES, PUBLISHING
from synthetic import MIB_PER_GIB, changed_piece, write_image_of_gib
from table import memory, seconds, size
from workspace import fits_in_memory

# Within 15 %.
GROWTH = 1.15
# The image, the repository's copy and its frames, or the cache's in place of the image.
COLD_COPIES, UPDATE_COPIES = 2.5, 4.2
SPARSE_GIB = 100


def measure(bench):
    bench.table.heading("Growth, synthetic images: each GiB of data beside that of the smallest image")
    steps = Steps(bench)
    for gib in those_that_fit(bench, COLD_COPIES, "publish and cold sync"):
        cold(bench, steps, gib, f"{gib:g} GiB")
    if bench.settings.growth[1:]:
        sparse(bench, steps, bench.settings.growth[1])
    for gib in those_that_fit(bench, UPDATE_COPIES, "delta and update"):
        update(bench, steps, gib)


class Steps:
    """Compares with the first that was told of the same kind."""

    def __init__(self, bench):
        self.bench, self.first = bench, {}

    def tell(self, what, size_of_it, value, gib, unit):
        name, first = self.first.setdefault(what, (size_of_it, value / gib))
        target = None if name == size_of_it else GROWTH
        self.bench.table.ratio(f"{what} a GiB, {size_of_it}", value / gib, name, first, unit, target)

    def result(self, what, size_of_it, result, gib, limit):
        self.tell(f"{what}, time", size_of_it, result.median("seconds"), gib, seconds)
        if "wire" in result.samples[0]:
            self.tell(f"{what}, bytes", size_of_it, result.median("wire"), gib, size)
        self.bench.table.limit(f"memory, {what}, {size_of_it}", result.most("memory"), limit, memory)


def those_that_fit(bench, copies, what):
    """A disk's speed is not that of memory: sizes are compared only where all are in memory."""
    for gib in bench.settings.growth:
        if fits_in_memory(gib * copies * (1 << 30)):
            yield gib
        else:
            bench.table.remark(f"{what} at {gib:g} GiB: left out, too little memory")


def cold(bench, steps, gib, name, spread=1):
    image, cache = bench.directory / "grown.raw", bench.directory / "cache"
    repository = bench.serve("growth")
    write_image_of_gib(image, gib, "growth", spread=spread)

    publish = bench.compare(Side(
        "glare", prepare=lambda: empty_directory(repository),
        action=lambda: bench.glare.add_image(image, repository, "--deltas", "0")))["glare"]
    published = (repository / "disk.raw").resolve()
    require_same(published, image, "glare add-image")
    hashing = run("sha256sum", image)
    empty(image)
    sync = bench.compare(bench.cold("growth", published, cache))["glare"]

    steps.result("add-image, no deltas", name, publish, gib, PUBLISHING)
    # What every publisher has to do, for the version's identity is the SHA-256 of all, zeros too.
    bench.table.ratio(f"add-image, no deltas, time, {name}", publish.median("seconds"), "sha256sum (one run)",
                      hashing.seconds, seconds)
    steps.result("cold sync", name, sync, gib, BY_FRAMES)
    empty(cache)
    bench.forget("growth")


def sparse(bench, steps, gib):
    """The same data, spread over a large disk: holes are to cost nothing."""
    cold(bench, steps, gib, f"{gib:g} GiB on a disk of {SPARSE_GIB} GiB", spread=round(SPARSE_GIB / gib))


def update(bench, steps, gib):
    """A sixteenth is new, and another one moved."""
    image, cache, name = bench.directory / "grown.raw", bench.directory / "cache", f"{gib:g} GiB"
    repository = bench.serve("growth")
    write_image_of_gib(image, gib, "growth")
    bench.glare.add_image(image, repository)
    keep_state(repository, bench.served / "growth-before")
    write_image_of_gib(image, gib, "growth", content=changed_piece(round(gib * MIB_PER_GIB)))

    # Once: each time would need all of the repository anew.
    publish = bench.glare.add_image(image, repository)
    published = (repository / "disk.raw").resolve()
    require_same(published, image, "glare add-image")
    empty(image)
    sync = bench.compare(bench.update("growth", published, cache))["glare"]

    steps.tell("add-image with a delta (one run), time", name, publish.seconds, gib, seconds)
    bench.table.limit(f"memory, add-image with a delta, {name}", publish.peak_memory, PUBLISHING, memory)
    steps.result("update by delta", name, sync, gib, BY_DELTA)
    empty(cache)
    bench.forget("growth-before")
    bench.forget("growth")
