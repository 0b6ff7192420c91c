"""JSON values of any shape: their kind in words, what is in them, and how they are put together.

Values of templates are among them, whose maps and lists may be others than Python's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# How many steps the path of a value may have; what nests without a bound could not be rendered. YAML has its own.
MAX_STEPS = 100
# The first that fits counts: true is a number to Python.
_KINDS: Sequence[tuple[type | tuple[type, ...], str]] = [
    (type(None), "null"),
    (bool, "true or false"),
    (str, "a text"),
    ((int, float), "a number"),
    (Mapping, "a map"),
    ((list, tuple), "a list"),
]


def kind_of(value: object) -> str:
    """Return what kind of value it is, in words: the value itself may be a secret."""
    for kinds, words in _KINDS:
        if isinstance(value, kinds):
            return words
    # The text of an undefined variable is no text: it raises Jinja2's own error, which names the variable.
    str(value)
    return f"a {type(value).__name__}"


def leaves(value: object) -> Iterator[object]:
    """Yield what is neither a map nor a list, but for keys."""
    match value:
        case Mapping():
            for child in value.values():
                yield from leaves(child)
        case list() | tuple():
            for child in value:
                yield from leaves(child)
        case _:
            yield value


def texts_in(value: object) -> Iterator[str]:
    """Yield every text, but for keys."""
    return (str(leaf) for leaf in leaves(value) if isinstance(leaf, str))


def merged(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Return both as one, maps merged key by key, where the second wins; neither is changed, and the rest is shared."""
    result = dict(first)
    for key, value in second.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return result


def nested(path: Sequence[str], value: Any) -> dict[str, Any]:
    """Return the map that has the value at the path, which has one step at least."""
    first, *others = path
    for step in reversed(others):
        value = {step: value}
    return {first: value}
