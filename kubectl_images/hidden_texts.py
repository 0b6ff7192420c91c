"""The texts that no output shows: the values of secret variables, as they become known."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .json_values import leaves

_HIDDEN = "***"
# If shorter ones were hidden as well, no message could be read.
_SHORTEST = 4
# From here on they are hidden within words, names and paths too: prod-eu is not prod.
_LONG = 8
_ALONE = r"(?<![\w/.-]){}(?![\w/.-])"


class Secrets:
    """The texts of secret values, and how they look in YAML, JSON and Python's messages."""

    def __init__(self) -> None:
        self._texts: set[str] = set()
        # Longer ones first, as one may hold another; None while it has to be made anew.
        self._forms: list[tuple[str, re.Pattern[str] | None]] | None = None

    def add(self, value: object) -> None:
        """Keep every text and number in a JSON value secret, and each line of a text."""
        self._texts.update(text for text in _texts(value) if len(text.strip()) >= _SHORTEST)
        self._forms = None

    def hidden(self, text: str) -> str:
        """Return the text with asterisks for the secret ones in it; for a short one only where it stands alone."""
        if self._forms is None:
            self._forms = _forms(self._texts)
        for form, alone in self._forms:
            if form in text:
                text = alone.sub(_HIDDEN, text) if alone else text.replace(form, _HIDDEN)
        return text

    def hidden_in(self, value: Any) -> Any:
        """Return a copy of a JSON value with asterisks for what is secret in it."""
        match value:
            case str():
                return self.hidden(str(value))
            case int() | float() if not isinstance(value, bool):
                shown = self.hidden(str(value))
                return value if shown == str(value) else shown
            case Mapping():
                return {self.hidden(key): self.hidden_in(child) for key, child in value.items()}
            case list():
                return [self.hidden_in(child) for child in value]
            case _:
                return value


def _texts(value: object) -> Iterator[str]:
    for leaf in leaves(value):
        if isinstance(leaf, str):
            yield str(leaf)
            # YAML writes each of them into a line of its own, and indents it.
            yield from map(str.strip, leaf.splitlines())
        elif isinstance(leaf, int | float) and not isinstance(leaf, bool):
            yield str(leaf)


def _forms(texts: set[str]) -> list[tuple[str, re.Pattern[str] | None]]:
    """Return what is looked for, and for a short one how it has to stand."""
    forms = {form for text in texts for form in _written(text)}
    return [
        (form, re.compile(_ALONE.format(re.escape(form))) if len(form) < _LONG else None)
        for form in sorted(forms, key=len, reverse=True)
    ]


def _written(text: str) -> tuple[str, ...]:
    """Return a text as it is, and as it stands between the quotes of YAML, of JSON, in ASCII or not, and of Python."""
    doubled = text.replace("'", "''")
    quoted = (json.dumps(text), json.dumps(text, ensure_ascii=False), repr(text))
    return (text, doubled, *(each[1:-1] for each in quoted))
