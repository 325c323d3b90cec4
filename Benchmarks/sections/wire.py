"""What an update costs, in bytes and time, beside all that others would send."""

from comparison import once
from content import empty, empty_directory, write_blocks_with_data
from peers import Casync, Desync, Rsync, Zsync, patch_size
from synthetic import write_related
from table import count, seconds, size

BYTES_TARGETS = {"desync": 0.55, "casync": 0.55}
TIME_TARGETS = {"desync": 0.4, "casync": 1 / 25, "rsync -z (zstd)": 1 / 6}
RELATED = 10


def measure(bench):
    bench.table.heading("An update of a host that has the old image")
    for target in bench.pair.targets():
        updates(bench, target)
    without_delta(bench)
    related(bench)


def updates(bench, target):
    what = f"base → {target.stem}"
    directory = bench.directory / "update"
    ours = bench.update(bench.repository(target), target, directory / "cache")
    *theirs, zsync = [peer.side(target, directory / "peer" / "disk.raw", bench.pair.base)
                      for peer in bench.peers(Desync, Casync, Rsync, Zsync)]
    results = bench.compare(ours, *theirs)
    results["zsync (one run)"] = once(zsync)
    empty(directory)

    glare = results.pop("glare")
    wire, time = glare.median("wire"), glare.median("seconds")
    for name, peer in results.items():
        bench.table.ratio(f"{what}, bytes", wire, name, peer.median("wire"), size, BYTES_TARGETS.get(name))
    bench.table.ratio(f"{what}, bytes", wire, "zstd -9 --patch-from", patch(bench, target), size, 1)
    for name, peer in results.items():
        bench.table.ratio(f"{what}, time", time, name, peer.median("seconds"), seconds, TIME_TARGETS.get(name))
    bench.table.told(f"{what}, requests", count(glare.median("requests")))


def patch(bench, target):
    """Holes cost nothing there either: both files are of the blocks that are not zero."""
    base, blocks = bench.directory / "base.blocks", bench.directory / "target.blocks"
    write_blocks_with_data(bench.pair.base, base)
    write_blocks_with_data(target, blocks)
    bytes = patch_size(base, blocks, bench.directory / "patch")
    empty(base)
    empty(blocks)
    return bytes


def without_delta(bench):
    target, cache = bench.pair.upgraded, bench.directory / "cache"
    name = bench.repository(target, "--deltas", "0")
    cold = bench.compare(bench.cold(name, target, cache))["glare"]
    update = bench.compare(bench.update(name, target, cache))["glare"]
    empty(cache)
    bench.table.ratio("base → upgraded without a delta, bytes", update.median("wire"), "the same, cold",
                      cold.median("wire"), size, 0.56)
    bench.table.ratio("base → upgraded without a delta, time", update.median("seconds"), "the same, cold",
                      cold.median("seconds"), seconds)


def related(bench):
    repository, cache, kept = bench.serve("related"), bench.directory / "cache", bench.directory / "last.raw"
    for number in range(1, RELATED + 1):
        write_related(kept, bench.pair.base, number)
        bench.glare.add_image(kept, repository, name=f"img-{number}")

    def sync(*options):
        empty_directory(cache)
        bench.server.start()
        return bench.server.stop(bench.glare.sync(cache, bench.address("related"), *options))

    one, all_of_them = sync("--only", "img-1"), sync()
    bench.require_cached(cache, kept, f"img-{RELATED}")
    for number in range(1, RELATED):
        bench.require_cached(cache, (repository / f"img-{number}").resolve(), f"img-{number}")
    empty(cache)
    empty(kept)
    bench.forget("related")
    bench.table.ratio(f"{RELATED} related images on an empty host, bytes", all_of_them["wire"], "one of them",
                      one["wire"], size, 1.6)
