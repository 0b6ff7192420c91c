"""What jobs took, side by side: medians, and the memory of commands."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence


class Measured:
    """What the jobs took, by their names; `memory_mb` is the most that a command had, or this process before it."""

    def __init__(self) -> None:
        self.took_s: dict[str, list[float]] = {}
        self.memory_mb: dict[str, float] = {}
        self.remarks: dict[str, str] = {}

    def work(self, name: str, work: Callable[[], object]) -> None:
        """Measure a call."""
        begin = time.perf_counter()
        work()
        self.took_s.setdefault(name, []).append(time.perf_counter() - begin)

    def command(self, name: str, words: Sequence[str], environ: Mapping[str, str] | None = None) -> None:
        """Measure a command; a failure ends the measurement."""
        begin = time.perf_counter()
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(words, env=environ, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
            _, status, usage = os.wait4(process.pid, 0)
            took_s = time.perf_counter() - begin
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                said.seek(0)
                sys.exit(f"{' '.join(words)[:200]} ended with {process.returncode}: {said.read().decode()[-2000:]}")
        self.took_s.setdefault(name, []).append(took_s)
        self.memory_mb[name] = max(self.memory_mb.get(name, 0), usage.ru_maxrss / 1024)

    def show(self, title: str) -> None:
        """Print a table of the medians."""
        print(f"\n{title}\n{'':44}{'median':>10}{'fastest':>10}{'memory <=':>11}")
        for name, took_s in self.took_s.items():
            memory = f"{self.memory_mb[name]:8.0f} MB" if name in self.memory_mb else ""
            # Without the first round, which warms up.
            times = "".join(f"{value * 1000:7.0f} ms" for value in (statistics.median(took_s[1:]), min(took_s[1:])))
            print(f"{name:44}{times}{memory}  {self.remarks.get(name, '')}".rstrip())
