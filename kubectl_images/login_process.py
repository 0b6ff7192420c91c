"""Waiting for a login program, whose words must be seen while it waits for somebody itself."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from typing import IO

# As long as a program may think in silence: what it says then, such as "open this page to log in", waits for somebody.
_PATIENCE_S = 0.5
# For the last words of a program that has ended; whatever it has started may keep its standard error open for ever.
_LAST_WORDS_S = 0.2


def wait(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """Wait for the end of a program whose output is a pipe, and return its output and its words.

    The words are those on its standard error, when that is a pipe too, as far as they were not shown: of a program that
    takes long they are shown as they come, and of one that succeeds all. A program that we are interrupted at is ended.
    """
    output, words = _Pipe(process.stdout), _Pipe(process.stderr)
    shown = 0
    try:
        while not _has_ended(process, output):
            shown += _show(words.read[shown:])
    except BaseException:
        process.kill()
        process.wait()
        raise
    words.has_ended(_LAST_WORDS_S)
    if process.returncode == 0:
        shown += _show(words.read[shown:])
    return output.read, words.read[shown:]


class _Pipe:
    """A pipe that a thread reads, which does not keep our own process from ending; None is an empty one."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        self.read = b""
        self._thread = threading.Thread(target=self._read_all, args=(pipe,), daemon=True)
        self._thread.start()

    def has_ended(self, within_s: float) -> bool:
        self._thread.join(within_s)
        return not self._thread.is_alive()

    def _read_all(self, pipe: IO[bytes] | None) -> None:
        if pipe is None:
            return
        with pipe, suppress(OSError):
            while piece := os.read(pipe.fileno(), 65536):
                self.read += piece


def _has_ended(process: subprocess.Popen[bytes], output: _Pipe) -> bool:
    """Wait a while for the end of the program's output and of the program itself."""
    if not output.has_ended(_PATIENCE_S):
        return False
    with suppress(subprocess.TimeoutExpired):
        process.wait(_PATIENCE_S)
    return process.returncode is not None


def _show(words: bytes) -> int:
    """Show the words, and return how many bytes they are."""
    if sys.stderr is not None and words:
        sys.stderr.write(words.decode("utf-8", "replace"))
        sys.stderr.flush()
    return len(words)
