"""A program on a pseudo-terminal, as a person sits before it: wait for a text, type an answer."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

# Opening the terminal in a new session makes it the one whose Ctrl-C reaches the program.
_ON_TERMINAL = """\
import os, sys
terminal = os.open(os.ttyname(0), os.O_RDWR)
for stream in (0, 1, 2):
    os.dup2(terminal, stream)
os.execv(sys.argv[1], sys.argv[1:])
"""
CTRL_C, CTRL_D = b"\x03", b"\x04"


def on_terminal(
    command: Sequence[str], environ: Mapping[str, str], *, wait_for: bytes, answer: bytes
) -> tuple[int, str]:
    """Run the command, type the answer when the text is there, and return exit code and screen."""
    master, slave = pty.openpty()
    wrapped = [sys.executable, "-c", _ON_TERMINAL, *command]
    with subprocess.Popen(wrapped, env=dict(environ), stdin=slave, start_new_session=True) as process:
        os.close(slave)
        screen, typed = b"", False
        while chunk := _read(master):
            screen += chunk
            if not typed and wait_for in screen:
                os.write(master, answer)
                typed = True
        code = process.wait(timeout=30)
    os.close(master)
    return code, screen.decode().replace("\r\n", "\n")


def _read(master: int) -> bytes:
    try:
        return os.read(master, 65536)
    except OSError:  # Linux says so when the last program has closed the terminal
        return b""


def plugin() -> Path:
    """Return the built archive; it must be newer than what it is made of."""
    root = Path(__file__).resolve().parent.parent
    archive = root / "dist" / "kubectl-images"
    newest = max(file.stat().st_mtime for file in (root / "kubectl_images").glob("*.py"))
    assert archive.exists(), "there is no archive: python3 build.py"
    assert archive.stat().st_mtime >= newest, "the archive is older than the sources: python3 build.py"
    return archive
