"""Other programs that are run for their output, several at once, and none of which outlives us."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, TypeVar

from .errors import InputError

_T = TypeVar("_T")
_MOST_AT_ONCE = 8
_MAX_OUTPUT_BYTES = 100 * 1024 * 1024
_MAX_WORDS_BYTES = 64 * 1024
_NAP_S = 0.2


@dataclass(frozen=True)
class Ended:
    """How a program ended: its exit code (negative: the signal), its output, and its words on standard error."""

    code: int
    output: str
    words: str


class Programs:
    """Runs programs in this environment, and jobs that need them; has a private directory for their files.

    Closing it ends what still runs and removes the directory; should we be interrupted even there, the directory is
    removed by what Python does at its exit.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self._temporary = TemporaryDirectory(prefix="kubectl-images-", ignore_cleanup_errors=True)
        # The real path is the one that programs put into their messages.
        self.directory = Path(self._temporary.name).resolve()
        self._crew = ThreadPoolExecutor(max(2, min(_MOST_AT_ONCE, os.cpu_count() or 1)))
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def close(self) -> None:
        """End what still runs, and remove the directory."""
        with self._lock:
            self._closed = True
            for process in self._running:
                process.kill()
        self._crew.shutdown(cancel_futures=True)
        self._temporary.cleanup()

    def submit(self, job: Callable[[], _T]) -> Future[_T]:
        """Do a job beside others, as soon as it is its turn."""
        return self._crew.submit(job)

    def result(self, job: Future[_T]) -> _T:
        """Wait for a job and return what it returned; raise what it raised."""
        # An interruption that comes just before Python begins to wait is seen only when it wakes up.
        while not wait([job], _NAP_S).done:
            pass
        return job.result()

    def run(self, command: Sequence[str]) -> Ended:
        """Run a program to its end, without standard input.

        Raises InputError when it cannot be run, or writes more than anything of use can be.
        """
        with TemporaryFile(dir=self.directory) as output, TemporaryFile(dir=self.directory) as words:
            code = self._wait(self._started(command, output, words))
            size = os.fstat(output.fileno()).st_size
            if size > _MAX_OUTPUT_BYTES:
                raise InputError(
                    f"{command[0]}: its output is {size >> 20} MiB; at most {_MAX_OUTPUT_BYTES >> 20} are read"
                )
            return Ended(code, _text(output, size), _text(words, _MAX_WORDS_BYTES))

    def _started(self, command: Sequence[str], output: IO[bytes], words: IO[bytes]) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._closed:
                raise InputError(f"{command[0]}: interrupted")
            try:
                process = subprocess.Popen(  # noqa: S603 - programs that the user has on PATH
                    command, stdin=subprocess.DEVNULL, stdout=output, stderr=words, env=dict(self.environ)
                )
            except OSError as exc:
                raise InputError(f"{command[0]}: cannot be run: {exc.strerror}") from exc
            self._running.add(process)
        return process

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        try:
            return process.wait()
        finally:
            with self._lock:
                self._running.discard(process)


def _text(file: IO[bytes], most: int) -> str:
    file.seek(0)
    return file.read(most).decode("utf-8", "replace")
