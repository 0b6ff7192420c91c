"""Waiting for a login program, whose words must be seen while it waits for somebody itself."""

from __future__ import annotations

import subprocess
import sys

# As long as a program may think in silence: what it says then, such as "open this page to log in", waits for somebody.
_PATIENCE_S = 0.5


def wait(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """Wait for the end of a program whose output is a pipe, and return its output and its words.

    The words are those on its standard error, when that is a pipe too; of a program that takes long they are shown as
    they come. A program that we are interrupted at is ended.
    """
    said = 0
    with process:
        try:
            while True:
                output, words = _so_far(process)
                if output is not None:
                    return output, words
                _show(words[said:])
                said = len(words)
        except BaseException:
            process.kill()
            raise


def _so_far(process: subprocess.Popen[bytes]) -> tuple[bytes | None, bytes]:
    """Return the program's output, None while it runs, and its words."""
    try:
        output, words = process.communicate(timeout=_PATIENCE_S)
    except subprocess.TimeoutExpired as exc:
        return None, exc.stderr or b""
    return output, words or b""


def _show(words: bytes) -> None:
    if sys.stderr is not None:
        sys.stderr.write(words.decode("utf-8", "replace"))
        sys.stderr.flush()
