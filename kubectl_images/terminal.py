"""The terminal: where results, warnings and questions go, and in which colours."""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TextIO

_COLOURS = {"green": "32", "yellow": "33", "red": "31", "cyan": "36", "bold": "1", "dim": "2"}
_STYLE = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class _StatusLine:
    """A line that is written over by the next one."""

    width: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def show(self, text: str, stream: TextIO) -> None:
        with self.lock:
            if self.width:
                stream.write("\r" + " " * self.width + "\r")
            text = text[: _columns(stream) - 1] if text else ""
            self.width = len(text)
            if text:
                stream.write(text)
                stream.flush()


@dataclass(frozen=True)
class Terminal:
    """The three standard streams; `colour` and `colour_err` tell where painted text stays painted."""

    stdin: TextIO
    out: TextIO
    err: TextIO
    colour: bool = False
    verbosity: int = 0
    colour_err: bool = False
    controlling: str = "/dev/tty"
    _status: _StatusLine = field(default_factory=_StatusLine)

    @property
    def interactive(self) -> bool:
        """Tell whether someone can be asked."""
        with self._keyboard() as keyboard:
            return keyboard is not None

    def result(self, text: str) -> None:
        """Print a result, which other programs may read."""
        ended = text if text.endswith("\n") or not text else text + "\n"
        self.out.write(ended if self.colour else _STYLE.sub("", ended))

    def say(self, text: str) -> None:
        """Print a line for the user, beside the results."""
        self.out.flush()
        self._status.show("", self.err)
        self.err.write((text if self.colour_err else _STYLE.sub("", text)) + "\n")
        self.err.flush()

    def warn(self, text: str) -> None:
        """Print a warning."""
        self.say(f"{self.paint('warning:', 'yellow')} {text}")

    def notice(self, text: str) -> None:
        """Print what happens meanwhile, where somebody is watching."""
        if self.err.isatty() or self.verbosity > 0:
            self.say(text)

    def status(self, text: str) -> None:
        """Show how far the work is, in place of what was shown before, where somebody is watching; "" takes it away."""
        if self.err.isatty():
            self._status.show(text, self.err)

    def detail(self, text: str) -> None:
        """Print a step that only `-v=1` asks for."""
        if self.verbosity > 0:
            self.say(text)

    def note(self, text: str) -> None:
        """Print a detail that only `-v=2` asks for."""
        if self.verbosity > 1:
            self.say(text)

    def ask(self, question: str) -> bool:
        """Return whether the user answers yes; the end of input is a no."""
        self.out.flush()
        self.err.write(f"{question} [y/N] ")
        self.err.flush()
        with self._keyboard() as keyboard:
            answer = keyboard.readline() if keyboard else ""
        if not answer:
            self.err.write("\n")
        return answer.strip().lower() in ("y", "yes")

    @contextlib.contextmanager
    def _keyboard(self) -> Iterator[TextIO | None]:
        """Yield what someone types on: standard input, or the terminal itself where that holds manifests."""
        if not self.err.isatty():
            yield None
        elif self.stdin.isatty():
            yield self.stdin
        else:
            try:
                terminal = open(self.controlling, encoding="utf-8")  # noqa: PTH123, SIM115 - pathlib is slow to import
            except OSError:
                yield None
                return
            with terminal:
                yield terminal

    def paint(self, text: str, *styles: str) -> str:
        """Return the text in these styles; a stream without colour takes them off again."""
        if not (self.colour or self.colour_err):
            return text
        return f"\x1b[{';'.join(_COLOURS[style] for style in styles)}m{text}\x1b[0m"


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except OSError:
        return 80


def use_colour(choice: str, stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Decide on colour as `--color=auto|always|never`, NO_COLOR and TERM=dumb ask for it."""
    if choice != "auto":
        return choice == "always"
    return stream.isatty() and "NO_COLOR" not in environ and environ.get("TERM") != "dumb"
