"""The names of the objects that a plan changes: as many as there is room for, the others counted."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from .apply import Outcome, Status
from .objects import ObjectKey, kind_name
from .plan import ImageChange

# In the order of what one has to see first; the words are those of a plan, before anything has happened.
WORDS: Mapping[Status, tuple[str, tuple[str, ...]]] = {
    "deleted": ("to delete", ("red", "bold")),
    "replaced": ("to replace", ("red", "bold")),
    "created": ("to create", ("green",)),
    "configured": ("to change", ("yellow",)),
    "applied": ("to apply", ("yellow",)),
}
# What may be lost with an object, which is named whether there is room or not.
DANGEROUS: Sequence[Status] = ("deleted", "replaced")
# The groups of the kinds whose names one wants to see before those of others.
_WORKLOADS = {"apps", "batch"}
# No object takes less of a row with its name, `pod/a, `.
_SHORTEST_NAME = 7


@dataclass(frozen=True)
class Line:
    """A line of the plan, whose last word has a style."""

    text: str
    word: str = ""
    styles: tuple[str, ...] = ()

    def painted(self, paint: Callable[..., str]) -> str:
        """Return the line with its word in its style."""
        return self.text + paint(self.word, *self.styles) if self.word else self.text

    def rows(self, columns: int) -> int:
        """Return how many rows of a terminal the line takes."""
        return max(1, -(-(len(self.text) + len(self.word)) // columns))


@dataclass(frozen=True)
class Screen:
    """What there is to say, and the width to say it in; with several namespaces, objects are named with theirs."""

    columns: int
    changed: Sequence[Outcome]
    changes: Mapping[ObjectKey, Sequence[ImageChange]]
    several_namespaces: bool

    def rows(self, lines: Iterable[Line]) -> int:
        """Return how many rows the lines take."""
        return sum(line.rows(self.columns) for line in lines)

    def name(self, key: ObjectKey) -> str:
        """Return what the object is called here."""
        return f"{key} in {key.namespace}" if self.several_namespaces and key.namespace else str(key)

    def name_of(self, outcome: Outcome) -> str:
        """Return what the object of an outcome is called; no manifest says where one is that is deleted."""
        key = outcome.manifest.key
        return f"{key} in {key.namespace}" if outcome.status == "deleted" and key.namespace else self.name(key)


def with_word(text: str, status: Status) -> Line:
    """Return the text with what becomes of it: `service/web to change`."""
    word, styles = WORDS[status]
    return Line(f"{text} ", word, styles)


def names(screen: Screen, room: int) -> list[Line]:
    """Return what is changed, but not deleted: as many names as fit, first those with images, and the others counted.

    In no room at all it is `40 deployment.apps, 3 service to change`.
    """
    changed = [outcome for outcome in screen.changed if outcome.status not in DANGEROUS]
    ranked = sorted(changed, key=lambda outcome: _rank(screen, outcome))
    most = min(len(ranked), max(room, 0) * screen.columns // _SHORTEST_NAME)
    tried = range(most + 1)
    # A kind of which every object is named needs no count any more; what is found fits even so.
    fitting = bisect_right(tried, room, key=lambda count: screen.rows(_named(screen, ranked, count)))
    return _named(screen, ranked, max(fitting - 1, 0))


def _rank(screen: Screen, outcome: Outcome) -> int:
    key = outcome.manifest.key
    if key in screen.changes:
        return 0
    return 1 if key.group in _WORKLOADS else 2


def _named(screen: Screen, outcomes: Sequence[Outcome], count: int) -> list[Line]:
    """Return the outcomes by what becomes of them, so many with their names, and the others counted by kind."""
    lines: list[Line] = []
    for status in WORDS:
        named = [outcome.manifest.key for outcome in outcomes[:count] if outcome.status == status]
        others = [outcome.manifest.key for outcome in outcomes[count:] if outcome.status == status]
        more = set(_kinds(named))
        items = [screen.name(key) for key in named]
        items += [f"{n} more {kind}" if kind in more else f"{n} {kind}" for kind, n in _kinds(others).items()]
        if items:
            lines += filled(screen, items, status)
    return lines


def _kinds(keys: Iterable[ObjectKey]) -> Counter[str]:
    return Counter(kind_name(key.kind, key.group) for key in keys)


def filled(screen: Screen, items: Sequence[str], status: Status) -> list[Line]:
    """Return `a, b, c to change` in rows that break between the items."""
    *before, last = items
    word = WORDS[status][0]
    rows: list[str] = []
    for part in [*(f"{item}," for item in before), f"{last} {word}"]:
        if rows and len(f"{rows[-1]} {part}") <= screen.columns:
            rows[-1] += f" {part}"
        else:
            rows.append(part)
    return [*map(Line, rows[:-1]), with_word(rows[-1].removesuffix(f" {word}"), status)]
