"""Several ways to the same end, measured in turn."""

import statistics
from dataclasses import dataclass
from typing import Callable


class NoMeter:
    """Nothing but time and memory. Other meters tell more in a dictionary of numbers."""

    def start(self):
        pass

    def stop(self, finished):
        return {}


@dataclass
class Side:
    """One way: what is done before the clock starts, what is measured, and whether its result is right."""

    name: str
    action: Callable
    prepare: Callable = lambda: None
    check: Callable = lambda: None
    meter: object = NoMeter()

    def sample(self):
        self.prepare()
        self.meter.start()
        finished = self.action()
        metered = self.meter.stop(finished)
        self.check()
        return {"seconds": finished.seconds, "memory": finished.peak_memory} | metered


@dataclass
class Measured:
    """Of one side: what each kept run told."""

    name: str
    samples: list

    def median(self, what):
        return statistics.median(sample[what] for sample in self.samples)

    def most(self, what):
        return max(sample[what] for sample in self.samples)

    def range(self, what):
        values = [sample[what] for sample in self.samples]
        return min(values), max(values)


def compare(sides, runs):
    """Alternates, so that a machine that slows down half-way slows all; the first round only warms up.
    Returns what was measured by the name of the side."""
    samples = {side.name: [] for side in sides}
    for _ in range(runs + 1):
        for side in sides:
            samples[side.name].append(side.sample())
    return {name: Measured(name, kept[1:]) for name, kept in samples.items()}


def once(side):
    """For what is slow, and beside which there is no target."""
    return Measured(side.name, [side.sample()])
