"""KUBECTL_EXTERNAL_DIFF: the user's own diff program, run on two directories as kubectl runs it."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterable
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
    with tempfile.TemporaryDirectory(prefix="LIVE-") as live, tempfile.TemporaryDirectory(prefix="MERGED-") as merged:
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
        reason = done.stderr.decode(errors="replace").strip()
        raise InputError(f"{VARIABLE}={command}: exit code {done.returncode}: {reason}")
    return done.stdout.decode(errors="replace")
