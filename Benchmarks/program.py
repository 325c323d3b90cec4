"""Other programs, run to their end: what they said, and what they cost."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass


@dataclass
class Finished:
    seconds: float
    # In bytes: the most that was resident at a time, mapped files included.
    peak_memory: int
    output: str


def run(*command):
    """Ends the benchmark if the command fails: no figure of something broken is worth having."""
    command = list(map(str, command))
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        # A session of its own, so that all processes of a pipeline can be ended together.
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, start_new_session=True)
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{' '.join(command)}: status {process.returncode}\n{text_of(errors)}")
        return Finished(seconds, usage.ru_maxrss * 1024, text_of(output))


def run_shell(script, *arguments):
    """A pipeline; it fails if any of its programs does."""
    return run("bash", "-c", "set -euo pipefail; " + script, "bash", *arguments)


def text_of(file):
    file.seek(0)
    return file.read().decode(errors="replace")
