r"""The text form of version filters: a tokenizer and a recursive-descent parser.

filter    := name "(" [ argument ("," argument)* ] ")"
argument  := [ name "=" ] value
value     := string | bool | filter
string    := "'" ... "'" | '"' ... '"'      with \' \" \\ as escapes; any other backslash stands for itself
bool      := "true" | "false" | "True" | "False"
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from .carets import one_line, pointed
from .errors import FilterSyntaxError
from .filters import MAX_NESTING, REGEX_HINT, Filter, Number, Prefix, Regex, Semver, regex_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_Kind: TypeAlias = Literal["string", "unclosed", "mark", "word", "end"]
_Value: TypeAlias = str | bool | Filter
_Wanted: TypeAlias = Literal["a string", "a pattern", "true or false", "a filter"]

# A word is whatever stands between blanks, quotes and marks, so that an error can point at all of it.
_TOKEN = re.compile(
    r"""  (?P<string>   '(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" )
        | (?P<unclosed> ['"] .* )
        | (?P<mark>     [(),=] )
        | (?P<word>     [^\s'"(),=]+ )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"""\\(['"\\])""")
_BOOLEANS = {"true": True, "True": True, "false": False, "False": False}


@dataclass(frozen=True)
class _Call:
    """What may stand in the parentheses of a filter: its arguments in positional order, and which one must."""

    build: Callable[..., Filter]
    example: str
    arguments: Mapping[str, _Wanted] = field(default_factory=dict)
    required: str | None = None

    @property
    def takes(self) -> str:
        return f"known arguments: {', '.join(self.arguments)}" if self.arguments else "it takes no arguments"


_CALLS = {
    "number": _Call(Number, "number()"),
    "prefix": _Call(Prefix, "prefix('main-')", {"prefix": "a string", "suffix": "a filter"}, required="prefix"),
    "regex": _Call(Regex, "regex('[0-9.]+')", {"pattern": "a pattern"}, required="pattern"),
    "semver": _Call(Semver, "semver()", {"allow_no_nums": "true or false"}),
}
_KNOWN_FILTERS = f"known filters: {', '.join(_CALLS)}"


@dataclass(frozen=True)
class _Token:
    kind: _Kind
    text: str
    start: int

    @property
    def end(self) -> int:
        # What an unclosed string holds is anyone's guess; its opening quote is the place to look at.
        return self.start + (1 if self.kind == "unclosed" else len(self.text))

    @property
    def starts_a_value(self) -> bool:
        return self.kind in {"string", "unclosed", "word"}


class _Tokens:
    """The tokens of a text, and how far they are read; the last one is always the end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [
            _Token(cast("_Kind", found.lastgroup), found[0], found.start()) for found in _TOKEN.finditer(text)
        ]
        self._tokens.append(_Token("end", "", len(text)))
        self._read = 0

    @property
    def next(self) -> _Token:
        return self._tokens[self._read]

    def is_followed_by(self, mark: str) -> bool:
        """Say whether the mark stands after the next token."""
        return self.next.kind != "end" and self._tokens[self._read + 1].text == mark

    def take(self) -> _Token:
        """Return the next token, and go on unless it is the end."""
        token = self.next
        self._read = min(self._read + 1, len(self._tokens) - 1)
        return token

    def skip(self, mark: str) -> bool:
        """Go past the mark if it is next, and say whether it was."""
        found = self.next.text == mark
        if found:
            self.take()
        return found

    def error(self, message: str, token: _Token, *, hint: str | None = None) -> FilterSyntaxError:
        """Return the error that shows the token; an unclosed string is always what is wrong with itself."""
        if token.kind == "unclosed":
            quote = token.text[0]
            message, hint = "unclosed string", f"end the string with {quote}; inside it, \\{quote} stands for {quote}"
        return FilterSyntaxError(f"{message}\n{pointed(self._text, token.start, token.end)}", hint=hint)


def parse_filter(text: str) -> Filter:
    """Read `text := filter end`.

    Raises FilterSyntaxError, which shows the leftmost wrong token.
    """
    tokens = _Tokens(text)
    filter_ = _filter(tokens, 0)
    if tokens.next.kind != "end":
        raise tokens.error("expected the end of the filter", tokens.next)
    return filter_


def _filter(tokens: _Tokens, depth: int) -> Filter:
    """Read `filter := name "(" arguments ")"`."""
    name = tokens.take()
    if name.kind != "word":
        raise tokens.error("expected a filter", name, hint=_KNOWN_FILTERS)
    call = _CALLS.get(name.text)
    if call is None:
        raise tokens.error(f"unknown version filter '{one_line(name.text)}'", name, hint=_KNOWN_FILTERS)
    if depth == MAX_NESTING and call.build is Prefix:
        raise tokens.error(f"filters are nested deeper than {MAX_NESTING}", name)
    if not tokens.skip("("):
        raise tokens.error("expected '('", tokens.next, hint=f"such as {call.example}")
    values = _arguments(tokens, call, depth)
    closing = tokens.next
    if not tokens.skip(")"):
        more = 0 < len(values) < len(call.arguments)
        raise tokens.error("expected ',' or ')'" if more else "expected ')'", closing)
    if call.required is not None and call.required not in values:
        raise tokens.error(f"missing argument '{call.required}'", closing, hint=f"such as {call.example}")
    return call.build(**values)


def _arguments(tokens: _Tokens, call: _Call, depth: int) -> dict[str, _Value]:
    """Read `arguments := [ argument ("," argument)* ]` and `argument := [ name "=" ] value`."""
    values: dict[str, _Value] = {}
    named = False
    more = tokens.next.starts_a_value or (call.required is not None and tokens.next.text != ")")
    while more:
        if tokens.next.kind == "word" and tokens.is_followed_by("="):
            named = True
            name = _argument_name(tokens, call, values)
        else:
            name = _position(tokens, call, values, after_named=named)
        values[name] = _value(tokens, call.arguments[name], depth)
        more = tokens.skip(",")
    return values


def _argument_name(tokens: _Tokens, call: _Call, values: Mapping[str, _Value]) -> str:
    """Read `name "="`."""
    name = tokens.take()
    if name.text not in call.arguments:
        raise tokens.error(f"unknown argument '{one_line(name.text)}'", name, hint=call.takes)
    if name.text in values:
        raise tokens.error(f"duplicate argument '{name.text}'", name)
    tokens.take()
    return name.text


def _position(tokens: _Tokens, call: _Call, values: Mapping[str, _Value], *, after_named: bool) -> str:
    """Return the name of the argument whose value stands next without one."""
    names = tuple(call.arguments)
    if len(values) < len(names) and not after_named:
        return names[len(values)]
    if not tokens.next.starts_a_value:
        raise tokens.error("expected an argument", tokens.next)
    if after_named:
        raise tokens.error("positional argument after a named one", tokens.next, hint="write its name and = before it")
    raise tokens.error("too many arguments", tokens.next, hint=call.takes)


def _value(tokens: _Tokens, wanted: _Wanted, depth: int) -> _Value:
    """Read `value := string | bool | filter`, of which one is wanted."""
    match wanted:
        case "a string":
            return _string(tokens)
        case "a pattern":
            return _pattern(tokens)
        case "true or false":
            return _boolean(tokens)
        case "a filter":
            return _nested_filter(tokens, depth)


def _string(tokens: _Tokens) -> str:
    """Read `string := "'" ... "'" | '"' ... '"'`."""
    token = tokens.take()
    if token.kind != "string":
        raise tokens.error("expected a string", token, hint="a string stands in quotes, such as 'main-'")
    return _ESCAPE.sub(r"\1", token.text[1:-1])


def _pattern(tokens: _Tokens) -> str:
    """Read `pattern := string`, which Python compiles without an error or a warning."""
    token = tokens.next
    pattern = _string(tokens)
    if fault := regex_fault(pattern):
        raise tokens.error(f"bad regex: {fault}", token, hint=REGEX_HINT)
    return pattern


def _boolean(tokens: _Tokens) -> bool:
    """Read `bool := "true" | "false" | "True" | "False"`."""
    token = tokens.take()
    if token.text not in _BOOLEANS:
        raise tokens.error("expected true or false", token, hint="such as allow_no_nums=true, without quotes")
    return _BOOLEANS[token.text]


def _nested_filter(tokens: _Tokens, depth: int) -> Filter:
    """Read `filter`, one level deeper, where a name alone is none."""
    token = tokens.next
    if token.kind != "word" or not tokens.is_followed_by("("):
        raise tokens.error("expected a filter", token, hint=f"such as number(), without quotes; {_KNOWN_FILTERS}")
    return _filter(tokens, depth + 1)
