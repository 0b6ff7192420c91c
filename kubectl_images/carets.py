"""Carets under a place in a text, as error messages show it."""

from __future__ import annotations

import unicodedata


def one_line(text: str) -> str:
    """Return the text as one printable line, with one character for each of the text's own."""
    return text if text.isprintable() else "".join(map(_printable, text))


def pointed(text: str, start: int, end: int) -> str:
    """Return two lines, both indented by 4: the text, and at least one caret under `text[start:end]`."""
    line = one_line(text)
    before, under = _columns(line[:start]), _columns(line[start:end])
    return f"    {line}\n    {' ' * before}{'^' * max(under, 1)}"


def _printable(character: str) -> str:
    if character.isspace():
        return " "
    return character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"


def _columns(text: str) -> int:
    """Return how many columns of a terminal the printable text takes."""
    return len(text) if text.isascii() else sum(map(_width, text))


def _width(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0  # an accent is drawn over the character before it
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
