"""Selecting objects by their labels, with -l as kubectl has it.

selector    := [ requirement ("," requirement)* ]
requirement := key | "!" key | key ("=" | "==" | "!=" | "<" | ">") [value] | key ("in" | "notin") "(" [value] ("," [value])* ")"

A value that is left out is the empty one. An object without the label fits `!=` and `notin`, and neither `<` nor `>`;
so does one whose label is no text.
Source: k8s.io/apimachinery/pkg/labels/selector.go, whose words the errors are in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .carets import pointed
from .errors import UsageError
from .metadata_rules import key_fault, label_fault
from .objects import Body

_TOKEN = re.compile(r"==|!=|[=!(),<>]|[^ \t\r\n=!(),<>]+")
_OPERATORS = ("in", "notin", "=", "==", "!=", ">", "<")
_INTEGER = re.compile(r"([+-]?)0*([0-9]{1,19})")
_INT64 = range(-(2**63), 2**63)
_HINT = "write -l as kubectl has it, as in -l 'app=web,tier in (front, back),!canary'"


def parse_selector(text: str) -> Callable[[Body], bool]:
    """Return whether an object is selected; raise UsageError, which shows the place, for what is no selector."""
    requirements = _Parser(text).requirements()

    def selects(body: Body) -> bool:
        labels = _labels_of(body)
        return all(requirement.fits(labels) for requirement in requirements)

    return selects


def _labels_of(body: Body) -> Mapping[str, object]:
    metadata = body.get("metadata")
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    return labels if isinstance(labels, dict) else {}


@dataclass(frozen=True)
class _Requirement:
    """What one label has to be; the operators `exists` and `!` have no values."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def fits(self, labels: Mapping[str, object]) -> bool:
        value = labels.get(self.key)
        match self.operator:
            case "exists":
                return self.key in labels
            case "!":
                return self.key not in labels
            case "=" | "==" | "in":
                return isinstance(value, str) and value in self.values
            case "!=" | "notin":
                return not isinstance(value, str) or value not in self.values
            case _:
                (bound,) = map(_int64, self.values)
                number = _int64(value) if isinstance(value, str) else None
                assert bound is not None, "the parser takes no other"
                return number is not None and (number > bound if self.operator == ">" else number < bound)


def _int64(text: str) -> int | None:
    """Return the number, None for what is none of 64 bits."""
    found = _INTEGER.fullmatch(text)
    if found is None:
        return None
    number = int(found[1] + found[2])
    return number if number in _INT64 else None


@dataclass(frozen=True)
class _Token:
    """A piece of the text and where it stands; its text is "" at the end."""

    text: str
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        return self.text != "" and self.text[0] not in "=!(),<>"


class _Parser:
    """Reads the grammar of this module, one token ahead."""

    def __init__(self, text: str) -> None:
        self.text = text
        found = [_Token(found[0], found.start(), found.end()) for found in _TOKEN.finditer(text)]
        self.tokens = [*found, _Token("", len(text), len(text))]
        self.at = 0

    def requirements(self) -> tuple[_Requirement, ...]:
        if self.next.text == "":
            return ()
        if not (self.next.is_word or self.next.text == "!"):
            raise self.unexpected("!, identifier, or 'end of string'")
        found = [self.requirement()]
        while self.skipped(","):
            if not (self.next.is_word or self.next.text == "!"):
                raise self.unexpected("identifier after ','")
            found.append(self.requirement())
        if self.next.text:
            raise self.unexpected("',' or 'end of string'")
        return tuple(found)

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self) -> _Token:
        token = self.next
        self.at += 1
        return token

    def skipped(self, text: str) -> bool:
        """Take the next token if it is this one, and tell so."""
        there = self.next.text == text
        self.at += there
        return there

    def requirement(self) -> _Requirement:
        missing = self.skipped("!")
        key = self.key()
        if missing:
            return _Requirement(key, "!")
        if self.next.text in {"", ","}:
            return _Requirement(key, "exists")
        if self.next.text not in _OPERATORS:
            raise self.unexpected("in, notin, =, ==, !=, gt, lt")
        operator = self.take().text
        if operator in {"in", "notin"}:
            return _Requirement(key, operator, self.values())
        return _Requirement(key, operator, frozenset((self.bound() if operator in {"<", ">"} else self.value(),)))

    def key(self) -> str:
        if not self.next.is_word:
            raise self.unexpected("identifier")
        token = self.take()
        if fault := key_fault(token.text):
            raise self.error(f"this is no key of a label: {fault}", token)
        return token.text

    def values(self) -> frozenset[str]:
        if not self.skipped("("):
            raise self.unexpected("'('")
        found = {self.value(")")}
        while self.skipped(","):
            found.add(self.value(")"))
        if not self.skipped(")"):
            raise self.unexpected("',' or ')'")
        return frozenset(found)

    def value(self, end: str = "") -> str:
        """Return the value, "" where there is none before a comma or the end."""
        if self.next.text in {end, ","}:
            return ""
        if not self.next.is_word:
            raise self.unexpected("',', ')' or identifier" if end else "identifier")
        token = self.take()
        if fault := label_fault(token.text):
            raise self.error(f"this is no value of a label: {fault}", token)
        return token.text

    def bound(self) -> str:
        token = self.next
        value = self.value()
        if _int64(value) is None:
            raise self.error("for '<' and '>' the value must be an integer", token)
        return value

    def unexpected(self, wanted: str) -> UsageError:
        return self.error(f"found '{self.next.text}', expected: {wanted}", self.next)

    def error(self, cause: str, token: _Token) -> UsageError:
        return UsageError(f"-l: {cause}\n{pointed(self.text, token.start, token.end)}", hint=_HINT)
