"""The plan of a deploy or a poke, in no more lines than a screen has: first what is deleted, and what is replaced.

job.batch/migrate to replace                            every object with its images, where there is room, else
    deleted and created anew, and what it runs ends     web:1 -> web:2 (registry) in 40 objects
deployment.apps/web to change                           deployment.apps/web, 39 more deployment.apps to change
    app: web:1 -> web:2 (registry)                      ... and 180 more: --dry-run=server
plan for 9 objects: 1 to replace, 1 to change, 7 unchanged
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .apply import Outcome, Status
from .change_lines import change_lines
from .objects import ObjectKey
from .plan import ImageChange, counted
from .plan_names import DANGEROUS, WORDS, Line, Screen, filled, names, with_word
from .terminal import ANSWERS, Size

_ALL = "--dry-run=server"


def plan_lines(
    outcomes: Sequence[Outcome], changes: Mapping[ObjectKey, Sequence[ImageChange]], question: str, size: Size
) -> list[Line]:
    """Return what is going to happen, in so few lines that the question still fits below them.

    What is to be deleted or replaced is named all the same. The images of `changes` count where the object is changed.
    """
    changed = [outcome for outcome in outcomes if outcome.status in WORDS]
    changed.sort(key=lambda outcome: (*DANGEROUS, outcome.status).index(outcome.status))
    namespaces = {outcome.manifest.key.namespace for outcome in outcomes} - {""}
    screen = Screen(size.columns, changed, changes, len(namespaces) > 1)
    count = Line(f"plan for {_counts(outcomes)}")
    # The last row stays free: it is where the cursor is after the answer.
    room = size.rows - 1 - screen.rows([Line(question + ANSWERS), count])
    lines = [line for outcome in changed for line in _object_lines(screen, outcome)]
    return [*(lines if screen.rows(lines) <= room else _grouped(screen, room)), count]


def _counts(outcomes: Sequence[Outcome]) -> str:
    """Return `3 objects: 1 to create, 2 unchanged`."""
    count = Counter(WORDS[outcome.status][0] if outcome.status in WORDS else outcome.status for outcome in outcomes)
    order = [*(word for word, _ in WORDS.values()), "unchanged"]
    return f"{counted(len(outcomes))}: {', '.join(f'{count[word]} {word}' for word in order if count[word])}"


def _object_lines(screen: Screen, outcome: Outcome) -> list[Line]:
    key = outcome.manifest.key
    lines = [with_word(screen.name_of(outcome), outcome.status)]
    if outcome.status in DANGEROUS:
        lines += _consequences(outcome)
    lines += [Line(f"    {note}") for note in outcome.notes]
    for change in screen.changes.get(key, ()):
        lines += map(Line, change_lines(f"    {change.where}: ", change, "", screen.columns))
    return lines


def _consequences(outcome: Outcome) -> list[Line]:
    """Return what the dry run warns of: what it means that an object is deleted."""
    return [Line("    ", warning, ("red",)) for warning in outcome.warnings]


def _grouped(screen: Screen, room: int) -> list[Line]:
    """Return what is alike in one line, and say how much does not fit even so.

    First come the images, then notes; what is left of the room is for the names of the objects.
    """
    dangers = [line for status in DANGEROUS for line in _endangered(screen, status)]
    images = _image_groups(screen)
    groups = [*images, *_note_groups(screen)]
    room -= screen.rows(dangers) + screen.rows([_more(groups)])
    counts = names(screen, 0)
    if not _leave_room(screen, counts, images, room):
        counts = []
    shown = _fitting(screen, groups, room - screen.rows(counts))
    lines = _lines(groups[:shown])
    if counts:
        lines += names(screen, room - screen.rows(lines))
    one_by_one = counts and shown == len(groups)
    return [*dangers, *lines, Line(f"one by one: {_ALL}") if one_by_one else _more(groups[shown:])]


def _leave_room(screen: Screen, counts: Sequence[Line], images: Sequence[_Group], room: int) -> bool:
    """Tell whether the counts neither hide the first image nor the only ones that would not fit beside them."""
    room_for_images = room - screen.rows(counts)
    if _fitting(screen, images, room_for_images) == len(images):
        return room_for_images >= 0
    return _fitting(screen, images, room) < len(images) and _fitting(screen, images, room_for_images) > 0


@dataclass(frozen=True)
class _Group:
    """What several objects have in common, in words, and how many times it is there."""

    lines: list[Line]
    size: int


def _more(groups: Sequence[_Group]) -> Line:
    count = sum(group.size for group in groups)
    return Line(f"... and {count} more: {_ALL}" if count else f"all of them: {_ALL}")


def _lines(groups: Iterable[_Group]) -> list[Line]:
    return [line for group in groups for line in group.lines]


def _fitting(screen: Screen, groups: Sequence[_Group], room: int) -> int:
    """Return how many of the groups fit."""
    for number, group in enumerate(groups):
        room -= screen.rows(group.lines)
        if room < 0:
            return number
    return len(groups)


def _endangered(screen: Screen, status: Status) -> Iterable[Line]:
    """Yield what is deleted or replaced, all of it by name, together where it means the same."""
    alike: dict[tuple[str, ...], list[Outcome]] = {}
    for outcome in screen.changed:
        if outcome.status == status:
            alike.setdefault(outcome.warnings, []).append(outcome)
    for outcomes in alike.values():
        yield from filled(screen, [screen.name_of(outcome) for outcome in outcomes], status)
        yield from _consequences(outcomes[0])


def _note_groups(screen: Screen) -> list[_Group]:
    """Return the notes, equal ones together, with the names of their objects where these fit."""
    equal: dict[str, list[ObjectKey]] = {}
    for outcome in screen.changed:
        for note in outcome.notes:
            equal.setdefault(note, []).append(outcome.manifest.key)
    return [_note_group(screen, note, keys) for note, keys in sorted(equal.items(), key=lambda item: -len(item[1]))]


def _note_group(screen: Screen, note: str, keys: Sequence[ObjectKey]) -> _Group:
    text = f"{note}: {', '.join(map(screen.name, keys))}"
    if len(keys) > 1 and len(text) > screen.columns:
        text = f"{note}{_in_objects(len(keys))}"
    return _Group([Line(text)], len(keys))


def _image_groups(screen: Screen) -> list[_Group]:
    """Return the image changes, equal ones together, the most frequent first."""
    equal: dict[tuple[str, str, str], list[ImageChange]] = {}
    for outcome in screen.changed:
        for change in screen.changes.get(outcome.manifest.key, ()):
            decision = change.decision
            equal.setdefault((change.before, decision.image, decision.source), []).append(change)
    return [_image_group(screen, found) for found in sorted(equal.values(), key=len, reverse=True)]


def _image_group(screen: Screen, equal: Sequence[ImageChange]) -> _Group:
    change, keys = equal[0], {change.decision.use.key for change in equal}
    head = f"{screen.name(change.decision.use.key)} {change.where}: " if len(equal) == 1 else ""
    lines = change_lines(head, change, _in_objects(len(keys)), screen.columns)
    return _Group([Line(line) for line in lines], len(equal))


def _in_objects(count: int) -> str:
    return f" in {counted(count)}" if count > 1 else ""
