"""Paths into an object: keys of maps, and elements of lists, which are found by their name where they have one."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .objects import Body


@dataclass(frozen=True)
class Element:
    """A step into a list: the element with this name, or at this index where it has no name of its own."""

    name: str | None
    index: int


# A key of a map, or an element of a list.
Step = str | Element


def elements(names: Sequence[str | None]) -> Iterator[Element]:
    """Yield the step to each element of a list, given their names; one that several share is the name of none."""
    count = Counter(names)
    for index, name in enumerate(names):
        yield Element(name if count[name] == 1 else None, index)


def path_text(steps: Sequence[Step]) -> str:
    """Return the path as people write it: `spec.template.spec.containers[app].image`.

    No two places of an object have the same path: what could be read in two ways is quoted.
    """
    return "".join(map(_step_text, steps)).removeprefix(".")


def _step_text(step: Step) -> str:
    match step:
        case Element(name=None, index=index):
            return f"[{index}]"
        case Element(name=str() as name):
            # A name of digits only would look like an index.
            plain = re.fullmatch(r"[\w.-]+", name) and not name.isdigit()
            return f"[{name}]" if plain else f"[{json.dumps(name)}]"
        case str() if re.fullmatch(r"[\w-]+", step):
            return f".{step}"
        case _:
            return f"[{json.dumps(step)}]"


def text_at(body: Body, steps: Sequence[Step]) -> str | None:
    """Return the string at the path; None when there is none."""
    value: object = body
    for step in steps:
        value = _child(value, step)
    return value if isinstance(value, str) else None


def _child(value: object, step: Step) -> object:
    match step, value:
        case str(), dict():
            return value.get(step)
        case Element(name=None, index=index), list():
            return value[index] if index < len(value) else None
        case Element(name=name), list():
            return next((item for item in value if isinstance(item, dict) and item.get("name") == name), None)
        case _:
            return None
