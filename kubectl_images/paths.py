"""Paths into an object: keys of maps, and elements of lists, which are found by their name where they have one."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from .objects import Body


@dataclass(frozen=True)
class Element:
    """A step into a list: the element with this name, or at this index where it has none.

    A name that several elements share leads to none of them.
    """

    name: str | None
    index: int
    shared: bool = False


# A key of a map, or an element of a list.
Step = str | Element


def elements(names: Sequence[str | None]) -> Iterator[Element]:
    """Yield the step to each element of a list, given their names."""
    count = Counter(names)
    for index, name in enumerate(names):
        yield Element(name, index, shared=name is not None and count[name] > 1)


def shared_name(steps: Iterable[Step]) -> str | None:
    """Return the first name on the path that several elements of a list share; None when there is none."""
    return next((step.name for step in steps if isinstance(step, Element) and step.shared), None)


def path_text(steps: Sequence[Step]) -> str:
    """Return the path as people write it: `spec.template.spec.containers[app].image`.

    No two places of an object have the same path: what could be read in two ways is quoted.
    """
    return "".join(map(_step_text, steps)).removeprefix(".")


def _step_text(step: Step) -> str:
    match step:
        case Element(name=None, index=index) | Element(shared=True, index=index):
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
    """Return the string at the path; None when there is none, or a list on the way has a name twice."""
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
            named = [item for item in value if isinstance(item, dict) and item.get("name") == name]
            return named[0] if len(named) == 1 and not step.shared else None
        case _:
            return None
