"""Texts that no message may show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_HIDDEN = "***"


class Secrets:
    """The texts of secret variables, as they become known."""

    def __init__(self) -> None:
        self._texts: set[str] = set()

    def add(self, value: object) -> None:
        """Keep every text in a JSON value secret."""
        self._texts.update(filter(None, texts_of(value)))

    def hidden(self, text: str) -> str:
        """Return the text without the secret ones in it."""
        return _without(text, self._texts)

    def hidden_in(self, value: Any) -> Any:
        """Return a copy of a JSON value without the secret texts in it."""
        match value:
            case str():
                return self.hidden(str(value))
            case Mapping():
                return {self.hidden_in(key): self.hidden_in(child) for key, child in value.items()}
            case list() | tuple():
                return [self.hidden_in(child) for child in value]
            case _:
                return value


def without_quoted(text: str, value: object) -> str:
    """Return the text without the texts in a JSON value that Python's own messages quote."""
    return _without(text, map(repr, texts_of(value)), repr(_HIDDEN))


def texts_of(value: object) -> Iterator[str]:
    """Yield every text in a JSON value that is no key."""
    if isinstance(value, str):
        yield str(value)
    elif isinstance(value, Mapping | list):
        for child in value.values() if isinstance(value, Mapping) else value:
            yield from texts_of(child)


def _without(text: str, hidden: Iterable[str], shown: str = _HIDDEN) -> str:
    # The longer first: one may hold another.
    for each in sorted(hidden, key=len, reverse=True):
        text = text.replace(each, shown)
    return text
