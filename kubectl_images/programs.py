"""Other programs that are run for their output, several at once, and none of which outlives us."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, TypeVar

from .errors import InputError
from .temporary_files import writing

_T = TypeVar("_T")
_MOST_AT_ONCE = 8
_MAX_OUTPUT_BYTES = 100 * 1024 * 1024
_MAX_WORDS_BYTES = 64 * 1024
_MAX_LINE_BYTES = 100
_NAP_S = 0.2


@dataclass(frozen=True)
class Ended:
    """How a program ended: its exit code (negative: the signal), its output, and its words on standard error."""

    code: int
    output: str
    words: str

    def failure(self, cause: str) -> str:
        """Return why it failed: the cause that its words name, "" for none, and how it ended where that says more."""
        if self.code >= 0:
            return cause or f"exit code {self.code}, without a word"
        name = signal.strsignal(-self.code) or f"signal {-self.code}"
        memory = ", perhaps because there is not enough memory" if -self.code == signal.SIGKILL else ""
        return f"{cause}\nit was ended by a signal: {name}{memory}".lstrip()


@dataclass(frozen=True)
class _Running:
    """A program that runs, and the files that it writes: its output and its words."""

    name: str
    process: subprocess.Popen[bytes]
    output: IO[bytes]
    words: IO[bytes]

    @property
    def size(self) -> int:
        """How many bytes it has written, to the larger of its files."""
        return max(os.fstat(file.fileno()).st_size for file in (self.output, self.words))

    def end(self) -> None:
        """End it, and what it has started itself."""
        if self.process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                if hasattr(os, "killpg"):
                    os.killpg(self.process.pid, signal.SIGKILL)
                else:
                    self.process.kill()


class Programs:
    """Runs programs in this environment, and jobs that need them; has a private directory for their files.

    `status` shows what is waited for. Closing it ends what still runs and removes the directory; should we be
    interrupted even there, the directory is removed by what Python does at its exit.
    """

    def __init__(self, environ: Mapping[str, str], status: Callable[[str], None]) -> None:
        self.environ = environ
        self._status = status
        with writing():
            self._temporary = TemporaryDirectory(prefix="kubectl-images-", ignore_cleanup_errors=True)
        # The real path is the one that programs put into their messages.
        self.directory = Path(self._temporary.name).resolve()
        self._crew = ThreadPoolExecutor(max(2, min(_MOST_AT_ONCE, os.cpu_count() or 1)))
        self._lock = threading.Lock()
        self._running: list[_Running] = []
        self._closed = False

    def close(self) -> None:
        """End what still runs, and remove the directory."""
        with self._lock:
            self._closed = True
            for running in self._running:
                running.end()
        self._crew.shutdown(cancel_futures=True)
        self._temporary.cleanup()

    def submit(self, job: Callable[[], _T]) -> Future[_T]:
        """Do a job beside others, as soon as it is its turn."""
        return self._crew.submit(job)

    def result(self, job: Future[_T], what: str) -> _T:
        """Wait for a job and return what it returned; raise what it raised. `what` is waited for, as one reads it.

        Meanwhile a program is ended that writes more than anything of use can be.
        """
        try:
            # An interruption that comes just before Python begins to wait is seen only when it wakes up.
            while not wait([job], _NAP_S).done:
                self._status(f"waiting for {what}")
                self._end_endless()
        finally:
            self._status("")
        return job.result()

    def _end_endless(self) -> None:
        with self._lock:
            for running in self._running:
                if running.size > _MAX_OUTPUT_BYTES:
                    running.end()

    def run(self, command: Sequence[str]) -> Ended:
        """Run a program to its end, without standard input.

        Raises InputError when it cannot be run, or writes more than anything of use can be.
        """
        return self.run_beside([command])[0]

    def run_beside(self, commands: Sequence[Sequence[str]]) -> list[Ended]:
        """Run programs beside each other, and return how each ended; raise InputError as `run` does."""
        with ExitStack() as programs:
            started = [programs.enter_context(self._started(command)) for command in commands]
            return [_ended(running) for running in started]

    @contextmanager
    def _started(self, command: Sequence[str]) -> Iterator[_Running]:
        """Yield a program that runs; it does not any more, whatever happens, when the context ends."""
        with self._new_file() as output, self._new_file() as words:
            with self._lock:
                if self._closed:
                    raise InputError(f"{command[0]}: interrupted")
                running = _Running(command[0], _process(command, self.environ, output, words), output, words)
                self._running.append(running)
            try:
                yield running
            finally:
                running.end()
                running.process.wait()
                with self._lock:
                    self._running.remove(running)

    def _new_file(self) -> IO[bytes]:
        with writing():
            return TemporaryFile(dir=self.directory)


def _process(
    command: Sequence[str], environ: Mapping[str, str], output: IO[bytes], words: IO[bytes]
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - programs that the user has on PATH
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=words,
            env=dict(environ),
            # A group of its own, so that what it starts itself can be ended with it.
            start_new_session=True,
        )
    except OSError as exc:
        raise InputError(f"{command[0]}: cannot be run: {_reason(command[0], exc)}") from exc


def _ended(running: _Running) -> Ended:
    code = running.process.wait()
    if running.size > _MAX_OUTPUT_BYTES:
        raise InputError(f"{running.name}: it writes more than {_MAX_OUTPUT_BYTES >> 20} MiB, and is not read further")
    return Ended(code, _text(running.output, _MAX_OUTPUT_BYTES), _text(running.words, _MAX_WORDS_BYTES))


def _reason(program: str, error: OSError) -> str:
    """Return why a program cannot be run; a script whose interpreter is missing is there itself."""
    if isinstance(error, FileNotFoundError) and Path(program).is_file():
        with suppress(OSError), Path(program).open("rb") as file:
            line = file.readline(_MAX_LINE_BYTES).decode("utf-8", "replace").strip()
            if line.startswith("#!"):
                return f"its first line is {line}, and that program is not there"
    return str(error.strerror)


def _text(file: IO[bytes], most: int) -> str:
    file.seek(0)
    return file.read(most).decode("utf-8", "replace")
