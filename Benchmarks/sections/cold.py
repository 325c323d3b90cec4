"""A host that has nothing."""

from content import empty
from peers import CurlZstd, Desync, Wget
from table import count, seconds, size

TIME_TARGETS = {"curl | zstd -d": 0.7, "desync": 0.4}


def measure(bench):
    bench.table.heading("A host that has nothing")
    target, directory = bench.pair.rebuilt, bench.directory / "cold"
    ours = bench.cold(bench.repository(target), target, directory / "cache")
    theirs = [peer.side(target, directory / "peer" / "disk.raw") for peer in bench.peers(CurlZstd, Desync, Wget)]
    results = bench.compare(ours, *theirs)
    empty(directory)

    glare = results.pop("glare")
    for name, peer in results.items():
        bench.table.ratio("cold sync, time", glare.median("seconds"), name, peer.median("seconds"), seconds,
                          TIME_TARGETS.get(name))
    compressed = (bench.served / "plain" / f"{target.name}.zst").stat().st_size
    bench.table.ratio("cold sync, bytes", glare.median("wire"), "the zstd -3 file", compressed, size, 1.03)
    for name, peer in results.items():
        bench.table.ratio("cold sync, bytes", glare.median("wire"), name, peer.median("wire"), size)
    bench.table.told("cold sync, requests", count(glare.median("requests")))
