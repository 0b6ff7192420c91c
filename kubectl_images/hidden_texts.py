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
_IDENTITY = ("apiVersion", "kind", "name", "namespace", "uid")
_KEY = re.compile(r"^\s*(?:- )*[\w./-]+:(?:\s|$)")
_ALONE = r"(?<![\w/.-]){}(?![\w/.-])"


class Secrets:
    """The texts of secret values, and how they look in YAML, JSON and Python's messages."""

    def __init__(self) -> None:
        self._texts: set[str] = set()
        # Longer ones first, as one may hold another; None while it has to be made anew.
        self._forms: list[tuple[str, re.Pattern[str] | None]] | None = None

    def add(self, value: object) -> None:
        """Keep every text and long number in a JSON value secret, and what the lines of a text say."""
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
        """Return a copy of an object with asterisks for what is secret in it, but for what says which object it is.

        Keys stay: two that are hidden would be one.
        """
        hidden = self._hidden_in(value)
        if isinstance(value, Mapping):
            hidden |= {name: value[name] for name in _IDENTITY if name in value}
            metadata = value.get("metadata")
            if isinstance(metadata, Mapping):
                hidden["metadata"] |= {name: metadata[name] for name in _IDENTITY if name in metadata}
            if isinstance(items := value.get("items"), list):
                hidden["items"] = [self.hidden_in(item) for item in items]
        return hidden

    def _hidden_in(self, value: Any) -> Any:
        match value:
            case str():
                return self.hidden(str(value))
            case int() | float() if not isinstance(value, bool):
                shown = self.hidden(str(value))
                return value if shown == str(value) else shown
            case Mapping():
                return {key: self._hidden_in(child) for key, child in value.items()}
            case list():
                return [self._hidden_in(child) for child in value]
            case _:
                return value


def _texts(value: object) -> Iterator[str]:
    for leaf in leaves(value):
        if isinstance(leaf, str):
            yield str(leaf)
            if "\n" in leaf:
                yield from _in_lines(leaf)
        elif isinstance(leaf, int | float) and not isinstance(leaf, bool) and len(str(leaf)) >= _LONG:
            # A short one is a port or a size more often than a secret.
            yield str(leaf)


def _in_lines(text: str) -> Iterator[str]:
    """Yield what the lines of a text say, which YAML writes into lines of their own: not keys, nor plain words."""
    for line in text.splitlines():
        said = _KEY.sub("", line).strip()
        if len(said) >= _LONG and not said.isalpha():
            yield said


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
