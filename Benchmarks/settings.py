"""What whoever runs the benchmark can set; README.md lists it."""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
SECTIONS = ["wire", "cold", "publish", "idle", "memory", "growth", "disk"]


def path_setting(name, otherwise=None):
    path = Path(os.environ[name]).absolute() if os.environ.get(name) else otherwise
    if path and not path.exists():
        sys.exit(f"{name}: there is no {path}")
    return path


def chosen_sections():
    chosen = [name for name in os.environ.get("BENCH_ONLY", "").split(",") if name] or SECTIONS
    unknown = sorted(set(chosen) - set(SECTIONS))
    if unknown:
        sys.exit(f"BENCH_ONLY: no section {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    return [name for name in SECTIONS if name in chosen]


def growth_sizes():
    """GiB of data, ascending."""
    return sorted(map(float, os.environ.get("BENCH_GROWTH", "1,2,4,8").split(",")))


@dataclass
class Settings:
    runs: int = field(default_factory=lambda: int(os.environ.get("BENCH_RUNS", "5")))
    sections: list = field(default_factory=chosen_sections)
    pair: Path = field(default_factory=lambda: path_setting("BENCH_PAIR"))
    desync: Path = field(default_factory=lambda: path_setting("BENCH_DESYNC"))
    disk: Path = field(default_factory=lambda: path_setting("BENCH_DISK"))
    growth: list = field(default_factory=growth_sizes)
    glare: Path = field(default_factory=lambda: path_setting("GLARE_BINARY", PROJECT / "bin" / "glare"))


def forget_settings(home):
    """The settings of whoever runs this are not the benchmark's, and no proxy is to see loopback."""
    for name in list(os.environ):
        if name.startswith(("GLARE_", "CASYNC_")) or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ["HOME"] = str(home)
    os.environ["LC_ALL"] = "C"
