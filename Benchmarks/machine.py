"""What the numbers were measured on, and with."""

import os
import platform
import re
import statistics
from pathlib import Path

from program import run


def describe_machine():
    models = re.findall(r"^model name\s*: (.*)", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    model = models[0] if models else platform.machine()
    return f"The machine: {len(os.sched_getaffinity(0))} cores, {model}, Linux {platform.release()}"


def median_start(binary):
    """Seconds until the program has told its version."""
    return statistics.median(run(binary, "--version").seconds for _ in range(20))
