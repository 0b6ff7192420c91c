"""What a deploy is going to do, or did, in words: objects, and images old -> new with the rule that chose them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from .apply import Outcome, Status
from .images import Use, where
from .live_images import live_image
from .objects import Body, ObjectKey
from .paths import Step
from .resolve import Decision

_ORDER: Sequence[Status] = ("created", "configured", "applied", "unchanged", "failed", "not tried")


@dataclass(frozen=True)
class ImageChange:
    """The image of one use before (None: the field did not exist) and after."""

    decision: Decision
    old: str | None

    def __str__(self) -> str:
        """Return `app: web:1 -> web:2 (registry)`."""
        decision = self.decision
        return f"{where(decision.use)}: {self.old or '(none)'} -> {decision.image} ({decision.source})"


def image_changes(
    decisions: Iterable[Decision], live: Mapping[ObjectKey, Body | None]
) -> dict[ObjectKey, list[ImageChange]]:
    """Return the uses whose image is not the one that runs, by object; objects that were not read count as new."""
    decisions = tuple(decisions)
    written = {(decision.use.key, decision.use.steps, decision.use.number): decision.image for decision in decisions}
    changes: dict[ObjectKey, list[ImageChange]] = {}
    for decision in decisions:
        use = decision.use
        found = live_image(live.get(use.key), use)
        if decision.image == found.image or (found.readings and found.text == _text(use, written)):
            continue
        changes.setdefault(use.key, []).append(ImageChange(decision, found.image or _shown(found.text, use)))
    return changes


def _text(use: Use, images: Mapping[tuple[ObjectKey, tuple[Step, ...], int], str]) -> str:
    """Return the string of the use as it is written, its images filled in."""
    first, *rest = use.texts
    return first + "".join(images.get((use.key, use.steps, number), "") + text for number, text in enumerate(rest))


def _shown(text: str | None, use: Use) -> str | None:
    """Return what is no image of ours as it may be printed: in a Secret it may be anything, and a file is long."""
    if text is not None and use.key.kind == "Secret":
        return "***"
    return "(other text)" if text is not None and "\n" in text else text


def summary(outcomes: Iterable[Outcome], words: Mapping[Status, str] = MappingProxyType({})) -> str:
    """Return `3 objects: 1 created, 2 unchanged`, with other words for a status where `words` has some."""
    count = Counter(outcome.status for outcome in outcomes)
    total = count.total()
    parts = ", ".join(f"{count[status]} {words.get(status, status)}" for status in _ORDER if count[status])
    return f"{total} {'object' if total == 1 else 'objects'}: {parts}"
