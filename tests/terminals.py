"""A program on a pseudo-terminal, as a person sits before it: wait for a text, type an answer, resize the window."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Opening the terminal in a new session makes it the one whose Ctrl-C reaches the program, as does a new size.
_ON_TERMINAL = """\
import os, sys
terminal = os.open(os.ttyname(0), os.O_RDWR)
for stream in (0, 1, 2):
    os.dup2(terminal, stream)
os.execv(sys.argv[1], sys.argv[1:])
"""
CTRL_C, CTRL_D = b"\x03", b"\x04"
_STYLE = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Resize:
    """A new size of the window, which the program is told of by SIGWINCH."""

    columns: int
    rows: int


@dataclass(frozen=True)
class Typed:
    """What is done when a text is on the screen: typed, or the window gets another size."""

    wait_for: bytes
    answer: bytes | Resize


def on_terminal(
    command: Sequence[str],
    environ: Mapping[str, str],
    *,
    wait_for: bytes = b"",
    answer: bytes = b"",
    then: Sequence[Typed] = (),
    size: Resize | None = None,
) -> tuple[int, str]:
    """Run the command, type the answer when the text is there, and `then` each other one; return exit code and screen.

    Each text is waited for after the one before it. Without a size the terminal has 80 columns and 24 rows.
    """
    master, slave = pty.openpty()
    _resize(master, size or Resize(80, 24))
    wrapped = [sys.executable, "-c", _ON_TERMINAL, *command]
    steps = [Typed(wait_for, answer), *then] if wait_for else list(then)
    with subprocess.Popen(wrapped, env=dict(environ), stdin=slave, start_new_session=True) as process:
        os.close(slave)
        screen, seen = b"", 0
        while chunk := _read(master):
            screen += chunk
            while steps and (at := screen.find(steps[0].wait_for, seen)) >= 0:
                seen = at + len(steps[0].wait_for)
                _do(master, steps.pop(0).answer)
        code = process.wait(timeout=30)
    os.close(master)
    return code, screen.decode().replace("\r\n", "\n")


def plain(screen: str) -> str:
    """Return what is on a screen without its colours."""
    return _STYLE.sub("", screen)


def _do(master: int, answer: bytes | Resize) -> None:
    if isinstance(answer, Resize):
        _resize(master, answer)
    else:
        os.write(master, answer)


def _resize(master: int, size: Resize) -> None:
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", size.rows, size.columns, 0, 0))


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


def from_sources() -> list[str]:
    """Return the command of the program as it is in the sources, which need not be built."""
    root = str(Path(__file__).resolve().parent.parent)
    code = f"import sys; sys.path.insert(0, {root!r}); from kubectl_images.cli import main; sys.exit(main())"
    return [sys.executable, "-c", code]
