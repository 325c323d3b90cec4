"""What the numbers were measured on."""

import os
import platform
import re
from pathlib import Path


def describe_machine():
    models = re.findall(r"^model name\s*: (.*)", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    model = models[0] if models else platform.machine()
    return f"The machine: {len(os.sched_getaffinity(0))} cores, {model}, Linux {platform.release()}"
