"""How a line of a file may be shown in a message: never a value that came into a template, never one of a Secret.

Of a rendered text the template's own line is shown, and of a Secret a line up to the colon of its key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

# YAML 1.1 ends a line at each of these, so that a parser's line numbers count them; templates at the first three.
YAML_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
TEMPLATE_LINE_END = re.compile("\r\n|\r|\n")
_MARKER = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_SECRET = re.compile(r"""\bkind["']?\s*:\s*(?:[!&]\S*\s+)*["']?Secret""")
_NAME = r"[\w./-]+"
_KEY = re.compile(rf"""[\s{{\[,?-]*(?:"{_NAME}"\s*:|'{_NAME}'\s*:|{_NAME}\s*:(?=\s|$))""")
_HIDDEN = "***"


class ShownLine(NamedTuple):
    """What is shown of a line, and how many columns of it, from the first, are the line's own."""

    text: str
    columns: int


@dataclass(frozen=True)
class ShownText:
    """A text whose lines are asked for, and the template it was rendered from, if it was.

    `in_secret` tells that all of it may be a part of a Secret that stands elsewhere.
    """

    text: str
    template: str | None = None
    line_end: re.Pattern[str] = YAML_LINE_END
    in_secret: bool = False

    def line(self, number: int) -> ShownLine:
        """Return what may be shown of a line, counted from 1: nothing after the last one."""
        line = _line(self.text, number, self.line_end)
        shown = ShownLine(line, len(line) + 1)
        if self.template is not None and self.template != self.text:
            shown = self._written(line, number)
        if self.in_secret or any(_is_secret(text, number, self.line_end) for text in (self.text, self.template or "")):
            shown = _up_to_the_key(shown)
        return shown

    def _written(self, line: str, number: int) -> ShownLine:
        """Return the template's own line, where it is known which one became that line of the result."""
        if not have_same_lines(self.template or "", self.text):
            return ShownLine("", 0)
        written = _line(self.template or "", number, self.line_end)
        return ShownLine(written, len(written) + 1 if written == line else 0)


def says_secret(text: str) -> bool:
    """Tell whether any document of a text says that it is a Secret."""
    return _SECRET.search(text) is not None


def have_same_lines(template: str, rendered: str) -> bool:
    """Tell whether the lines of a rendered text are those of its template: there are as many."""
    return len(YAML_LINE_END.findall(template)) == len(YAML_LINE_END.findall(rendered))


def _line(text: str, number: int, line_end: re.Pattern[str]) -> str:
    lines = line_end.split(text, maxsplit=number)
    return lines[number - 1] if number <= len(lines) else ""


def _is_secret(text: str, number: int, line_end: re.Pattern[str]) -> bool:
    """Tell whether the document around a line says that it is a Secret."""
    if not says_secret(text):
        return False
    before = line_end.split(text, maxsplit=number)[number:]
    at = len(text) - len(before[0]) if before else len(text)
    starts = [0, *(marker.start() for marker in _MARKER.finditer(text)), len(text) + 1]
    return any(start < at <= end and _SECRET.search(text[start:end]) for start, end in pairwise(starts))


def _up_to_the_key(shown: ShownLine) -> ShownLine:
    key = _KEY.match(shown.text)
    if not shown.text.strip():
        return shown
    if key is None:
        return ShownLine(_HIDDEN, 0)
    return ShownLine(f"{key[0]} {_HIDDEN}", min(shown.columns, len(key[0])))
