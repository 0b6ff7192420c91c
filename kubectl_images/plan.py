"""What a deploy or a poke is going to do, or did: images old -> new with the rule that chose them, and a count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .apply import Outcome
from .images import Use, where
from .live_images import live_image
from .objects import Body, ObjectKey
from .paths import Step
from .resolve import Decision


@dataclass(frozen=True)
class ImageChange:
    """The image of one use before and after; `old` is None where there was none, or where it is not `known`."""

    decision: Decision
    old: str | None
    known: bool = True

    @property
    def where(self) -> str:
        """Where in the object it is: mostly the name of a container."""
        return where(self.decision.use)

    @property
    def before(self) -> str:
        """What was there, in words."""
        return self.old or ("(none)" if self.known else "(unknown)")

    def __str__(self) -> str:
        """Return `app: web:1 -> web:2 (registry)`."""
        decision = self.decision
        return f"{self.where}: {self.before} -> {decision.image} ({decision.source})"


def image_changes(
    decisions: Iterable[Decision], live: Mapping[ObjectKey, Body | None]
) -> dict[ObjectKey, list[ImageChange]]:
    """Return the uses whose image is not the one that runs, by object.

    None is an object that is not there; of an object that was not read, all images count as changed.
    """
    decisions = tuple(decisions)
    written = {(decision.use.key, decision.use.steps, decision.use.number): decision.image for decision in decisions}
    changes: dict[ObjectKey, list[ImageChange]] = {}
    for decision in decisions:
        use = decision.use
        found = live_image(live.get(use.key), use)
        # An image of another repository than asked for, as a mirror's that is fixed, is in the text alone.
        if decision.image in {found.image, found.text} or found.text == _text(use, written):
            continue
        old = found.image or _shown(found.text, use)
        changes.setdefault(use.key, []).append(ImageChange(decision, old, known=use.key in live))
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


def summary(outcomes: Iterable[Outcome]) -> str:
    """Return `3 objects: applied 2, unchanged 1, failed 0`, and how many were deleted or not tried if there are some."""
    statuses: list[str] = [outcome.status for outcome in outcomes]
    deleted, unchanged, failed, not_tried = map(statuses.count, ("deleted", "unchanged", "failed", "not tried"))
    applied = len(statuses) - deleted - unchanged - failed - not_tried
    done = f"deleted {deleted}, applied {applied}" if deleted else f"applied {applied}"
    text = f"{counted(len(statuses))}: {done}, unchanged {unchanged}, failed {failed}"
    return f"{text}, not tried {not_tried}" if not_tried else text


def counted(number: int, noun: str = "object") -> str:
    """Return `1 object` or `2 objects`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
