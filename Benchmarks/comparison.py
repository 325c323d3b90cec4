"""Two ways to the same end, timed in turn."""

import statistics
import time
from dataclasses import dataclass
from typing import Callable


def elapsed(action):
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def median_time(action, runs):
    """Seconds; the first run only warms up."""
    return statistics.median([elapsed(action) for _ in range(runs + 1)][1:])


@dataclass
class Comparison:
    """Each side is a name, what to do before the clock starts, and what is timed."""

    title: str
    ours: tuple[str, Callable, Callable]
    theirs: tuple[str, Callable, Callable]
    target: float

    def measure(self, runs):
        """Alternates, so that a machine that slows down half-way slows both; prints the medians."""
        times = {side[0]: [] for side in (self.ours, self.theirs)}
        for _ in range(runs + 1):
            for name, prepare, action in (self.ours, self.theirs):
                prepare()
                times[name].append(elapsed(action))

        print(f"{self.title}, {runs} runs each")
        medians = []
        for name, seconds in times.items():
            kept = seconds[1:]
            medians.append(statistics.median(kept))
            print(f"  {name:32} {medians[-1]:7.2f} s   ({min(kept):.2f} to {max(kept):.2f})")
        ratio = medians[0] / medians[1]
        verdict = "met" if ratio <= self.target else "missed"
        print(f"  {'ratio':32} {ratio:7.2f}     (target: at most {self.target}: {verdict})\n", flush=True)
