"""Load by wrk: how much a server does, and what that costs it."""

import re
import sys
import time
from dataclasses import dataclass

from comparison import Side
from program import run

SECONDS = 3


@dataclass
class Load:
    """What one run of wrk did, as Side wants it."""

    seconds: float
    peak_memory: int
    rate: float
    transferred: float


def load(server, name, clients, run_of_bytes=None, seconds=SECONDS):
    header = []
    if run_of_bytes:
        start, count = run_of_bytes
        header = ["-H", f"Range: bytes={start}-{start + count - 1}"]
    finished = run("wrk", "-t2", f"-c{clients}", f"-d{seconds}s", "--timeout", "60s", *header,
                   f"http://127.0.0.1:{server.port}/{name}")
    errors = re.search(r"Socket errors:.*|Non-2xx.*", finished.output)
    if errors:
        sys.exit(f"wrk and {name}: {errors[0]}")
    return Load(finished.seconds, 0, float(re.search(r"Requests/sec:\s+([\d.]+)", finished.output)[1]),
                transferred(finished.output))


def transferred(output):
    number, unit = re.search(r"requests in .*, ([\d.]+)([KMGT]?B) read", output).groups()
    return float(number) * {"B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40}[unit]


class ProcessorMeter:
    def __init__(self, server, counts_requests):
        self.server, self.counts_requests = server, counts_requests

    def start(self):
        self.before = self.server.processor_time()

    def stop(self, finished):
        """Requests or bytes a second, and seconds of processor for each GiB."""
        used = self.server.processor_time() - self.before
        rate = finished.rate if self.counts_requests else finished.transferred / finished.seconds
        return {"rate": rate, "cpu": used / (finished.transferred / 2**30)}


def side(name, server, file, clients, run_of_bytes, counts_requests):
    """Of large answers few are finished in a run: their bytes are counted."""
    return Side(name, meter=ProcessorMeter(server, counts_requests), action=lambda: load(server, file, clients, run_of_bytes))


def growth(server, files, minutes):
    """Memory after the first minute and after the last, all kinds of load in turn."""
    def minute():
        until = time.monotonic() + 60
        while time.monotonic() < until:
            for name in files:
                load(server, name, 50, seconds=2)
        return server.memory()

    before = after = minute()
    for _ in range(minutes - 1):
        after = minute()
    return before, after
