"""KUBECTL_EXTERNAL_DIFF: the user's own diff program, run on two directories as kubectl runs it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import InputError

VARIABLE = "KUBECTL_EXTERNAL_DIFF"


def run(command: str, changes: Iterable[tuple[str, str, str]]) -> str:
    """Return what the program prints about the changes, given as (file name, before, after); "" before: no file.

    It is given the two directories, and then the words after its name that look like flags: so does kubectl.
    Raises InputError when the program cannot be run or exits above 1.
    """
    program, *words = command.split(" ")
    flags = [word for word in words if re.fullmatch(r"[a-zA-Z0-9=-]+", word)]
    with _directories() as (live, merged):
        for name, before, after in changes:
            for directory, text in ((live, before), (merged, after)):
                if text:
                    (Path(directory) / name).write_text(text, encoding="utf-8")
        try:
            done = subprocess.run(  # noqa: S603
                [program, live, merged, *flags], capture_output=True, check=False
            )
        except OSError as exc:
            raise InputError(
                f"{VARIABLE}={command}: cannot run {program!r}: {exc.strerror}",
                hint=f"set {VARIABLE} to a program that compares two directories, or unset it",
            ) from exc
    if done.returncode not in {0, 1}:
        raise _failed(command, done.returncode, done.stderr.decode(errors="replace").strip())
    return done.stdout.decode(errors="replace")


def _failed(command: str, code: int, said: str) -> InputError:
    """Return the error for a program that told no differences; a negative code is the signal that ended it."""
    ended = f"exit code {code}" if code > 0 else f"ended by signal {_signal(-code)}"
    reason = f": {said}" if said else ""
    return InputError(
        f"{VARIABLE}={command}: {ended}{reason}",
        hint=f"the program must end with 0 or 1, as diff does; without {VARIABLE} our own differences are shown",
    )


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


@contextmanager
def _directories() -> Iterator[tuple[str, str]]:
    """Yield two directories for ourselves alone, which go away at the end, even when we are killed."""
    directories = tempfile.mkdtemp(prefix="LIVE-"), tempfile.mkdtemp(prefix="MERGED-")
    try:
        if os.name == "posix":
            with _removed_at_our_death(directories):
                yield directories
        else:
            yield directories
    finally:
        for directory in directories:
            shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _removed_at_our_death(directories: Iterable[str]) -> Iterator[None]:
    """Let a shell remove the directories as soon as its standard input ends, which it does when we are no more."""
    # In a session of its own, where neither Ctrl-C nor the end of the terminal reaches it.
    with subprocess.Popen(  # noqa: S603 - what it runs is written here
        ["/bin/sh", "-c", 'cat; rm -rf -- "$@"', "sh", *directories],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ):
        yield
