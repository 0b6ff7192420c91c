"""What a deploy is going to do, or did, in words: objects, and images old -> new with the rule that chose them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from .apply import Outcome, Status
from .images import Use, image_at, is_same_repository
from .objects import Body, ObjectKey
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


def where(use: Use) -> str:
    """Return the container's name alone where the use is its image, `app args[0]` elsewhere in it, else the path."""
    _, found, field = use.path.rpartition(f"[{use.container}].")
    if not use.container or not found:
        return use.path
    return use.container if field == "image" else f"{use.container} {field}"


def image_changes(
    decisions: Iterable[Decision], live: Mapping[ObjectKey, Body | None]
) -> dict[ObjectKey, list[ImageChange]]:
    """Return the uses whose image is not the one that runs, by object; objects that were not read count as new."""
    changes: dict[ObjectKey, list[ImageChange]] = {}
    for decision in decisions:
        use = decision.use
        old = image_at(live.get(use.key), use)
        if old != decision.image:
            changes.setdefault(use.key, []).append(ImageChange(decision, _shown(old, use)))
    return changes


def _shown(old: str | None, use: Use) -> str | None:
    """Return the old text as it may be printed: what a Secret held there may be no image."""
    hidden = old is not None and use.key.kind == "Secret" and not is_same_repository(old, use)
    return "***" if hidden else old


def summary(outcomes: Iterable[Outcome], words: Mapping[Status, str] = MappingProxyType({})) -> str:
    """Return `3 objects: 1 created, 2 unchanged`, with other words for a status where `words` has some."""
    count = Counter(outcome.status for outcome in outcomes)
    total = count.total()
    parts = ", ".join(f"{count[status]} {words.get(status, status)}" for status in _ORDER if count[status])
    return f"{total} {'object' if total == 1 else 'objects'}: {parts}"
