"""What a chart makes of the text of an image that is not decided yet: found by rendering it with two texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .objects import Place
from .paths import Element, Step, path_text
from .placeholders import HOST, Call, Placeholders

_MAX_CALLS = 5
# As HOST a name that no registry has, and with no part in common.
_OTHER_HOST = "stand-in.test"


class Twin:
    """Placeholders, and the names that they have in a second rendering."""

    def __init__(self, placeholders: Placeholders) -> None:
        self._run, self._other = placeholders.run, placeholders.renamed().run

    def renamed(self, text: str) -> str:
        """Return the text with the other names in it."""
        return text.replace(self._run, self._other).replace(HOST, _OTHER_HOST)

    def original(self, text: str) -> str:
        """Return a text that was made from renamed ones with the names that they had."""
        return text.replace(self._other, self._run).replace(_OTHER_HOST, HOST)


@dataclass(frozen=True)
class Difference:
    """A field of a chart's object that is not alike with two texts; "" is the object as a whole."""

    named: str
    path: str


def difference(first: Sequence[object], second: Sequence[object], again: Sequence[object]) -> Difference | None:
    """Return the first field that differs between the objects of two renderings; None when there is none.

    What differs `again` with the texts of the first is made by chance or by the clock, and says nothing of texts.
    """
    if len(first) != len(second):
        return Difference("the number of its objects", "") if len(first) == len(again) else None
    for number, (one, other) in enumerate(zip(first, second, strict=True)):
        repeated = again[number] if number < len(again) else None
        for steps in _differences(one, other, repeated, ()):
            return Difference(_name(one), path_text(steps))
    return None


def _differences(one: object, other: object, again: object, steps: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    match one, other:
        case dict(), dict() if one.keys() == other.keys():
            for key, value in one.items():
                repeated = again.get(key) if isinstance(again, dict) else None
                yield from _differences(value, other[key], repeated, (*steps, key))
        case list(), list() if len(one) == len(other):
            for index, value in enumerate(one):
                repeated = again[index] if isinstance(again, list) and index < len(again) else None
                yield from _differences(value, other[index], repeated, (*steps, Element(None, index)))
        case _:
            if one != other and one == again:
                yield steps


def _name(value: Any) -> str:
    metadata = value.get("metadata") if isinstance(value, dict) else None
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return f"{value.get('kind')}/{name}" if isinstance(value, dict) else "an object"


def refusal(place: Place, what: str, found: Difference, calls: Sequence[Call]) -> str:
    """Return the message of the error, with the calls of the chart's values."""
    field = f"{found.path} of {found.named}" if found.path else found.named
    known = list(dict.fromkeys(f"    {call.place}: images.get_image({call.image!r})" for call in calls))
    more = [f"    or one of {len(known) - _MAX_CALLS} more"] if len(known) > _MAX_CALLS else []
    cause = f"{place}: {what}: {field} is made from the text of an image, which is decided after the chart is rendered"
    return "\n".join([cause, *known[:_MAX_CALLS], *more])
