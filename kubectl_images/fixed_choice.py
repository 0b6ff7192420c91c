"""Which fixed image decides each use: the last one that fits it.

What an entry asks for is looked up, not compared with every use: a file that `list` wrote has an entry for each of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .fixed_images import FixedImage, comparable, parts_of
from .images import Use


@dataclass(frozen=True)
class Choice:
    """The entry that decides each use, where one does, and the entries that fit none, in their order."""

    entries: Sequence[FixedImage]
    uses: Sequence[Use]
    decided: Mapping[Use, FixedImage]
    unmatched: Sequence[FixedImage]


class _Shape(NamedTuple):
    """Which parts an entry asks for, and how many steps its scope has."""

    parts: tuple[str, ...]
    depth: int


class _Demand(NamedTuple):
    """All that an entry asks for; of entries with the same demand the last one decides. `values` has the scope, too."""

    shape: _Shape
    values: tuple[Hashable, ...]
    pattern: re.Pattern[str] | None


def choose(entries: Sequence[FixedImage], uses: Sequence[Use]) -> Choice:
    """Return which of the entries decides each use: the last one that fits it."""
    demands = [_demand(entry) for entry in entries]
    last = {demand: number for number, demand in enumerate(demands)}
    fitting = _lookup(last)
    decided: dict[Use, FixedImage] = {}
    met: set[_Demand] = set()
    for use in uses:
        if found := tuple(fitting(use)):
            decided[use] = entries[max(last[demand] for demand in found)]
            met.update(found)
    unmatched = [entry for entry, demand in zip(entries, demands, strict=True) if demand not in met]
    return Choice(entries, uses, decided, unmatched)


def _demand(entry: FixedImage) -> _Demand:
    parts = entry.parts()
    values = (*(comparable(part, text) for part, text in parts.items()), entry.scope)
    pattern = None if entry.image_regex is None else re.compile(entry.image_regex)
    return _Demand(_Shape(tuple(parts), len(entry.scope)), values, pattern)


def _lookup(demands: Iterable[_Demand]) -> Callable[[Use], Iterator[_Demand]]:
    """Return a function that yields the demands that a use meets; a pattern is what cannot be looked up."""
    of_shape: dict[_Shape, dict[tuple[Hashable, ...], list[_Demand]]] = {}
    for demand in demands:
        of_shape.setdefault(demand.shape, {}).setdefault(demand.values, []).append(demand)

    def fitting(use: Use) -> Iterator[_Demand]:
        has = {part: comparable(part, text) for part, text in parts_of(use).items()}
        scope = use.item.scope if use.item else ()
        for shape, of_values in of_shape.items():
            values = (*(has[part] for part in shape.parts), scope[: shape.depth])
            for demand in of_values.get(values, ()):
                if demand.pattern is None or demand.pattern.fullmatch(use.call.image):
                    yield demand

    return fitting
