"""The plan of a deploy or a poke, in no more lines than a screen has.

job.batch/migrate to replace                            every object with its images, where there is room, else
    deleted and created anew, and what it runs ends     web:1 -> web:2 (registry) in 40 objects
deployment.apps/web to change                           40 deployment.apps, 3 service to change
    app: web:1 -> web:2 (registry)                      ... and 180 more images; all of them: --dry-run=server
plan for 9 objects: 1 to replace, 1 to change, 7 unchanged
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from .apply import Outcome, Status
from .objects import ObjectKey, kind_name
from .plan import ImageChange, counted
from .terminal import ANSWERS, Size

# In the order of what one has to see first; the words are those of a plan, before anything has happened.
_WORDS: Mapping[Status, tuple[str, tuple[str, ...]]] = {
    "replaced": ("to replace", ("red", "bold")),
    "created": ("to create", ("green",)),
    "configured": ("to change", ("yellow",)),
    "applied": ("to apply", ("yellow",)),
}
_ALL = "--dry-run=server"
_TAG_AND_DIGEST = re.compile(r"(?P<tag>:[\w.-]{1,128})?(?P<digest>@[\w.+-]+:[0-9a-f]+)?$", re.ASCII)
# Enough of a digest to tell it from others: its algorithm and 12 digits.
_SHORT_DIGEST = len("@sha256:") + 12


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
class _Screen:
    """What there is to say, and the width to say it in; with several namespaces, objects are named with theirs."""

    columns: int
    changed: Sequence[Outcome]
    changes: Mapping[ObjectKey, Sequence[ImageChange]]
    several_namespaces: bool

    def rows(self, lines: Iterable[Line]) -> int:
        return sum(line.rows(self.columns) for line in lines)

    def name(self, key: ObjectKey) -> str:
        return f"{key} in {key.namespace}" if self.several_namespaces and key.namespace else str(key)


def plan_lines(
    outcomes: Sequence[Outcome], changes: Mapping[ObjectKey, Sequence[ImageChange]], question: str, size: Size
) -> list[Line]:
    """Return what is going to happen, in so few lines that the question still fits below them.

    What is to be replaced is named all the same. The images of `changes` count where the object is changed.
    """
    changed = [outcome for outcome in outcomes if outcome.status in _WORDS]
    changed.sort(key=lambda outcome: outcome.status != "replaced")
    namespaces = {outcome.manifest.key.namespace for outcome in outcomes} - {""}
    screen = _Screen(size.columns, changed, changes, len(namespaces) > 1)
    count = Line(f"plan for {_counts(outcomes)}")
    # The last row stays free: it is where the cursor is after the answer.
    room = size.rows - 1 - screen.rows([Line(question + ANSWERS), count])
    lines = [line for outcome in changed for line in _object_lines(screen, outcome)]
    return [*(lines if screen.rows(lines) <= room else _grouped(screen, room)), count]


def _counts(outcomes: Sequence[Outcome]) -> str:
    """Return `3 objects: 1 to create, 2 unchanged`."""
    count = Counter(_WORDS[outcome.status][0] if outcome.status in _WORDS else outcome.status for outcome in outcomes)
    order = [*(word for word, _ in _WORDS.values()), "unchanged"]
    return f"{counted(len(outcomes))}: {', '.join(f'{count[word]} {word}' for word in order if count[word])}"


def _object_lines(screen: _Screen, outcome: Outcome) -> list[Line]:
    key = outcome.manifest.key
    lines = [_with_word(screen.name(key), outcome.status)]
    if outcome.status == "replaced":
        lines += _consequences(outcome)
    lines += [Line(f"    {note}") for note in outcome.notes]
    for change in screen.changes.get(key, ()):
        lines += _change_lines(f"    {change.where}: ", change, "", screen.columns)
    return lines


def _with_word(text: str, status: Status) -> Line:
    word, styles = _WORDS[status]
    return Line(f"{text} ", word, styles)


def _consequences(outcome: Outcome) -> list[Line]:
    """Return what the dry run warns of: what it means that an object is replaced."""
    return [Line("    ", warning, ("red",)) for warning in outcome.warnings]


def _grouped(screen: _Screen, room: int) -> list[Line]:
    """Return what is alike in one line, and say how much does not fit even so."""
    dangers = list(_replaced(screen))
    groups = [*_note_groups(screen), *_image_groups(screen)]
    more = _more(groups)
    room -= screen.rows(dangers) + screen.rows([more])
    lines = [line for group in groups for line in group.lines]
    objects = _named(screen)
    if screen.rows([*lines, *objects]) > room:
        objects = _counted_by_kind(screen)
    if screen.rows([*lines, *objects]) <= room:
        return [*dangers, *lines, *objects, Line(f"one by one: {_ALL}")]
    if screen.rows([*groups[0].lines, *objects] if groups else objects) > room:
        objects = []
    shown = _fitting(screen, groups, room - screen.rows(objects))
    lines = [line for group in groups[:shown] for line in group.lines]
    return [*dangers, *lines, *objects, _more(groups[shown:])]


@dataclass(frozen=True)
class _Group:
    """What several objects have in common, in words, and how many times it is there."""

    lines: list[Line]
    size: int


def _more(groups: Sequence[_Group]) -> Line:
    count = sum(group.size for group in groups)
    return Line(f"... and {count} more; all of them: {_ALL}" if count else f"all of them: {_ALL}")


def _fitting(screen: _Screen, groups: Sequence[_Group], room: int) -> int:
    """Return how many of the groups fit."""
    for number, group in enumerate(groups):
        room -= screen.rows(group.lines)
        if room < 0:
            return number
    return len(groups)


def _replaced(screen: _Screen) -> Iterable[Line]:
    """Yield what is replaced, all of it by name, together where it means the same."""
    alike: dict[tuple[str, ...], list[Outcome]] = {}
    for outcome in screen.changed:
        if outcome.status == "replaced":
            alike.setdefault(outcome.warnings, []).append(outcome)
    for outcomes in alike.values():
        yield _with_word(", ".join(screen.name(outcome.manifest.key) for outcome in outcomes), "replaced")
        yield from _consequences(outcomes[0])


def _note_groups(screen: _Screen) -> list[_Group]:
    notes = Counter(note for outcome in screen.changed for note in outcome.notes)
    return [_Group([Line(f"{note}{_in_objects(count)}")], count) for note, count in notes.most_common()]


def _image_groups(screen: _Screen) -> list[_Group]:
    """Return the image changes, equal ones together, the most frequent first."""
    equal: dict[tuple[str | None, str, str], list[ImageChange]] = {}
    for outcome in screen.changed:
        for change in screen.changes.get(outcome.manifest.key, ()):
            decision = change.decision
            equal.setdefault((change.old, decision.image, decision.source), []).append(change)
    return [_image_group(screen, found) for found in sorted(equal.values(), key=len, reverse=True)]


def _image_group(screen: _Screen, equal: Sequence[ImageChange]) -> _Group:
    change, keys = equal[0], {change.decision.use.key for change in equal}
    head = f"{screen.name(change.decision.use.key)} {change.where}: " if len(equal) == 1 else ""
    return _Group(_change_lines(head, change, _in_objects(len(keys)), screen.columns), len(equal))


def _in_objects(count: int) -> str:
    return f" in {counted(count)}" if count > 1 else ""


def _named(screen: _Screen) -> list[Line]:
    """Return the names of what is changed, but not replaced, a line for each kind of change."""
    return [_with_word(", ".join(map(screen.name, keys)), status) for status, keys in _by_status(screen)]


def _counted_by_kind(screen: _Screen) -> list[Line]:
    """Return `40 deployment.apps, 3 service to change` for each kind of change."""
    return [
        _with_word(", ".join(f"{count} {kind}" for kind, count in _kinds(keys).most_common()), status)
        for status, keys in _by_status(screen)
    ]


def _kinds(keys: Iterable[ObjectKey]) -> Counter[str]:
    return Counter(kind_name(key.kind, key.group) for key in keys)


def _by_status(screen: _Screen) -> list[tuple[Status, list[ObjectKey]]]:
    found = [
        (status, [outcome.manifest.key for outcome in screen.changed if outcome.status == status])
        for status in _WORDS
        if status != "replaced"
    ]
    return [(status, keys) for status, keys in found if keys]


def _change_lines(head: str, change: ImageChange, tail: str, columns: int) -> list[Line]:
    """Return `HEADold -> new (source)TAIL`, in two lines where it is too long for one, each cut in its middle."""
    old, new, end = change.old or "(none)", change.decision.image, f" ({change.decision.source}){tail}"
    line = f"{head}{old} -> {new}{end}"
    if len(line) <= columns:
        return [Line(line)]
    indent = " " * (len(head) - len(head.lstrip()) + 2) + "-> "
    head = _shortened(head, columns // 2)
    return [
        Line(head + _short_image(old, columns - len(head))),
        Line(indent + _short_image(new, columns - len(indent) - len(end)) + end),
    ]


def _short_image(image: str, width: int) -> str:
    """Return the image in this width, if its tag, which is never cut, leaves so much."""
    if len(image) <= width:
        return image
    found = _TAG_AND_DIGEST.search(image)
    assert found is not None, "tag and digest may be missing"
    digest = found["digest"] or ""
    if len(digest) > _SHORT_DIGEST:
        digest = digest[:_SHORT_DIGEST] + "..."
    end = (found["tag"] or "") + digest
    return _shortened(image[: found.start()], width - len(end)) + end


def _shortened(text: str, width: int) -> str:
    """Return the text with dots instead of its middle; what remains has ten characters at least."""
    if len(text) <= max(width, 10):
        return text
    kept = max(width, 10) - 3
    return f"{text[: kept // 2]}...{text[len(text) - (kept - kept // 2) :]}"
