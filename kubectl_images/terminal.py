"""The terminal: where results, warnings and questions go, and in which colours."""

from __future__ import annotations

import contextlib
import os
import re
import select
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TextIO

from .hidden_texts import Secrets

_COLOURS = {"green": "32", "yellow": "33", "red": "31", "cyan": "36", "bold": "1", "dim": "2"}
# What follows a question: the answers, of which the second is the one of who only presses Enter.
ANSWERS = " [y/N] "
_NAP_S = 0.2
_STYLE = re.compile(r"(\x1b\[[0-9;]*m)")


@dataclass(frozen=True)
class Size:
    """How much a screen shows at once."""

    columns: int
    rows: int


@dataclass
class _StatusLine:
    """A line that is written over by the next one.

    The cursor waits at its beginning: where the terminal becomes narrower and the line takes several rows, all of them
    are below the cursor, whether or not the terminal moves what it shows already.
    """

    width: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def show(self, text: str, stream: TextIO) -> None:
        with self.lock:
            if not (text or self.width):
                return
            columns = size_of(stream).columns
            if self.width:
                stream.write(" " * self.width + "\r" if self.width < columns else "\x1b[J")
            text = text[: columns - 1]
            self.width = len(text)
            if text:
                stream.write(text + "\r")
            stream.flush()


@dataclass(frozen=True)
class Terminal:
    """The three standard streams; `colour` and `colour_err` tell where painted text stays painted.

    What is among the `secrets` is shown nowhere.
    """

    stdin: TextIO
    out: TextIO
    err: TextIO
    colour: bool = False
    verbosity: int = 0
    colour_err: bool = False
    controlling: str = "/dev/tty"
    secrets: Secrets = field(default_factory=Secrets)
    _status: _StatusLine = field(default_factory=_StatusLine)

    @property
    def size(self) -> Size:
        """The size of the screen at this moment."""
        return size_of(self.err)

    @property
    def interactive(self) -> bool:
        """Tell whether someone can be asked."""
        with self._keyboard() as keyboard:
            return keyboard is not None

    def result(self, text: str, *, whole: bool = False) -> None:
        """Print a result, which other programs may read; the `whole` text is what was asked for, with what is secret."""
        self._status.show("", self.err)
        ended = text if text.endswith("\n") or not text else text + "\n"
        self.out.write(ended if whole else self._shown(ended, painted=self.colour))

    def say(self, text: str) -> None:
        """Print a line for the user, beside the results."""
        self.out.flush()
        self._status.show("", self.err)
        self.err.write(self._shown(text, painted=self.colour_err) + "\n")
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
            self._status.show(self._shown(text, painted=True), self.err)

    def detail(self, text: str) -> None:
        """Print a step that only `-v=1` asks for."""
        if self.verbosity > 0:
            self.say(text)

    def note(self, text: str) -> None:
        """Print a detail that only `-v=2` asks for."""
        if self.verbosity > 1:
            self.say(text)

    def ask(self, question: str) -> bool:
        """Return whether the user answers yes; the end of input is a no.

        The question is shown as it is: where the user is about to deploy to is never hidden.
        """
        self.out.flush()
        self._status.show("", self.err)
        self.err.write(f"{question}{ANSWERS}")
        self.err.flush()
        with self._keyboard() as keyboard:
            answer = _typed_line(keyboard) if keyboard else ""
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

    def _shown(self, text: str, *, painted: bool) -> str:
        """Return a text without what is secret, and without colours if it is not to be painted."""
        # The codes of colours end in letters, next to which a secret would not stand alone.
        parts = _STYLE.split(text)
        parts[::2] = map(self.secrets.hidden, parts[::2])
        return "".join(parts if painted else parts[::2])

    def paint(self, text: str, *styles: str) -> str:
        """Return the text in these styles; a stream without colour takes them off again."""
        if not (self.colour or self.colour_err):
            return text
        return f"\x1b[{';'.join(_COLOURS[style] for style in styles)}m{text}\x1b[0m"


def _typed_line(keyboard: TextIO) -> str:
    """Return the next line; "" at the end of input.

    A signal that comes just before a read is noticed only after it, so the wait is cut into naps.
    """
    # Only terminals that cannot be waited for, as on Windows, are read at once.
    with contextlib.suppress(OSError, ValueError):
        while not select.select([keyboard], [], [], _NAP_S)[0]:
            pass
    return keyboard.readline()


def size_of(stream: TextIO) -> Size:
    """Return the size of the screen behind a stream; 80 columns and 24 rows where it is not known."""
    try:
        found = os.get_terminal_size(stream.fileno())
    except OSError:
        return Size(80, 24)
    return Size(found.columns or 80, found.lines or 24)


def use_colour(choice: str, stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Decide on colour as `--color=auto|always|never`, NO_COLOR and TERM=dumb ask for it."""
    if choice != "auto":
        return choice == "always"
    return stream.isatty() and "NO_COLOR" not in environ and environ.get("TERM") != "dumb"
