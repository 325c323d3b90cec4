"""A host that looks again, and nothing is new."""

from comparison import Side
from content import empty
from synthetic import write_image
from table import count, seconds, size

IMAGES = 100


def measure(bench):
    bench.table.heading(f"Nothing changed, a cache of {IMAGES} images")
    cache = bench.directory / "cache"
    publish(bench)
    bench.glare.sync(cache, bench.address("idle"))
    check(bench, cache)
    result = bench.compare(Side(
        "glare", meter=bench.server, action=lambda: bench.glare.sync(cache, bench.address("idle"))))["glare"]
    check(bench, cache)
    empty(cache)
    bench.forget("idle")

    bench.table.limit("nothing changed, requests", result.most("requests"), 1, count)
    bench.table.limit("nothing changed, bytes, both ways", result.most("wire") + result.most("asked"), 1024, size)
    bench.table.limit("nothing changed, time", result.median("seconds"), 0.030, seconds)


def publish(bench):
    repository, image = bench.serve("idle"), bench.directory / "small.raw"
    for number in range(IMAGES):
        write_image(image, 1, seed=f"small {number}")
        bench.glare.add_image(image, repository, "--deltas", "0", name=f"small-{number}")
    empty(image)


def check(bench, cache):
    for number in range(IMAGES):
        name = f"small-{number}"
        bench.require_cached(cache, (bench.served / "idle" / name).resolve(), name)
