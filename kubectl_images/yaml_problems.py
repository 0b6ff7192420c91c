"""What is wrong with a YAML text, in the words of those who write YAML, with the line and a caret under the place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from .carets import one_line, pointed
from .errors import InputError
from .shown_lines import YAML_LINE_END, ShownLine, ShownText

if TYPE_CHECKING:
    from yaml import MarkedYAMLError

_MAX_SHOWN = 120
_NOT_ALLOWED = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEMPLATE = re.compile(r"\{\{|\{%")


class Mark(Protocol):
    """A place, as both loaders give it; line and column count from 0."""

    line: int
    column: int


@dataclass(frozen=True)
class YamlText:
    """A text, the name under which messages speak of it, and the template it was rendered from, if it was.

    Of a text that is `secret` they show the keys alone.
    """

    name: str
    text: str
    template: str | None = None
    secret: bool = False

    def error(self, what: str, line: int, column: int | None = None, hint: str | None = None) -> InputError:
        """Return the error at a line from 1 and a column from 0, with the line and a caret where it is known."""
        return InputError(f"{self.name}:{line}: {what}{self._shown(line, column)}", hint=hint)

    def error_at(self, what: str, mark: Mark | None, hint: str | None = None) -> InputError:
        """Return the error at a parser's mark."""
        assert mark is not None, "the parsers mark every event and every problem"
        return self.error(what, mark.line + 1, mark.column, hint)

    def line(self, number: int) -> str:
        """Return a line, counted from 1; "" after the last."""
        lines = YAML_LINE_END.split(self.text)
        return lines[number - 1] if number <= len(lines) else ""

    def shown(self, number: int) -> ShownLine:
        """Return what may be shown of a line, counted from 1."""
        return ShownText(self.text, self.template, in_secret=self.secret).line(number)

    def _shown(self, number: int, column: int | None) -> str:
        line, columns = self.shown(number)
        if not line.strip():
            return ""
        if column is None or column >= columns:
            return f"\n    {one_line(line[:_MAX_SHOWN])}"
        start = max(0, column - _MAX_SHOWN // 2) if len(line) > _MAX_SHOWN else 0
        place = column - start
        return "\n" + pointed(line[start : start + _MAX_SHOWN], place, place + 1)


class _Explanation(NamedTuple):
    """What a parser's problem means: `at_start` when its place is where the broken thing begins, not where it ends.

    `{line}` stands for the line of that beginning, `{char}` for the character at the place.
    """

    pattern: str
    what: str
    hint: str | None = None
    at_start: bool = False


_BAD_START = _Explanation(
    "cannot start any token|violates indentation", "a value cannot begin with {char}", "put quotes around the value"
)
_TAB = _Explanation("", "a tab is used for indentation", "indent with spaces")
# The first pattern that is found in "context: problem" explains it; both loaders' wordings are meant.
_EXPLANATIONS = (
    _BAD_START,
    _Explanation(
        "mapping values are not allowed",
        "a key is not allowed here",
        'put quotes around a value that holds ": ", or give the line the indentation of the line above',
    ),
    _Explanation("quoted scalar: found unexpected", "the quote is not closed", at_start=True),
    _Explanation(
        "could not find expected ':'",
        "there is no ':' after the key",
        'write "key: value", or "- value" in a list',
        at_start=True,
    ),
    _Explanation(
        "sequence entries are not allowed", "a list cannot begin here", "put the list on the lines after its key"
    ),
    _Explanation(
        "expected <document start>|expected '<document start>'",
        "the document has ended before",
        "begin another document with ---",
    ),
    _Explanation(
        "block mapping:", "this does not continue the map of line {line}", "check the indentation and the quotes"
    ),
    _Explanation("block collection:", "this does not continue the list of line {line}", "check the indentation"),
    _Explanation("flow sequence:", "',' or ']' is missing for the '[' of line {line}"),
    _Explanation("flow mapping:", "',' or '}}' is missing for the '{{' of line {line}"),
    _Explanation("node content", "a value is missing here"),
    _Explanation("undefined tag handle", "the tag is not known"),
    _Explanation(
        "scanning an? (alias|anchor)", "a name is missing after {char}", "put quotes around the value", at_start=True
    ),
    _Explanation(
        "escape|hexdecimal",
        "the escape is not known in double quotes",
        r"write \\ for a backslash, or use single quotes",
    ),
    _Explanation("block scalar:", "only | or > with + - or a digit can stand here"),
)


def explained(text: YamlText, problem: MarkedYAMLError) -> InputError:
    """Return a parser's problem as ours."""
    raw = f"{problem.context}: {problem.problem}" if problem.context else f"{problem.problem}"
    found = next((item for item in _EXPLANATIONS if re.search(item.pattern, raw)), None)
    start = problem.context_mark or problem.problem_mark
    place = start if found and found.at_start else problem.problem_mark or start
    assert start is not None, "the parsers mark every problem"
    assert place is not None, "the parsers mark every problem"
    line = text.line(place.line + 1)
    character = line[place.column : place.column + 1]
    if found is _BAD_START and character == "\t":
        found = _TAB
    if found is None:
        return text.error_at(f"{problem.problem}", place, template_hint(line))
    is_shown = place.column < text.shown(place.line + 1).columns
    what = found.what.format(line=start.line + 1, char=f"'{one_line(character)}'" if is_shown else "this character")
    return text.error_at(what, place, template_hint(line) or found.hint)


def unreadable(text: YamlText) -> InputError:
    """Return the error for the first character that YAML does not allow."""
    match = _NOT_ALLOWED.search(text.text)
    if match is None:
        return InputError(f"{text.name}: the text cannot be read as YAML")
    before = YAML_LINE_END.split(text.text[: match.start()])
    what = f"the character U+{ord(match[0]):04X} is not allowed"
    return text.error(what, len(before), len(before[-1]), "write it as an escape in double quotes")


def template_hint(line: str) -> str | None:
    """Return what to do about a line in which template code was left."""
    found = _TEMPLATE.search(line)
    return f"template code was left here: put quotes around the value that holds {found[0]}" if found else None
