"""Images that are kept because they run: that they still do, just before they are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from .errors import DeployError
from .objects import Body, ObjectKey
from .plan import image_changes
from .resolve import Decision


def check_kept(decisions: Iterable[Decision], live: Mapping[ObjectKey, Body | None], so: str) -> None:
    """Raise DeployError when an image that is kept is not the one that runs any more, in one of these objects.

    Between the decision and now there was a question, a wait, or a registry that took its time. `so` is what comes of
    it: `nothing was applied`.
    """
    kept = [
        # What is written may have its digest besides.
        replace(decision, image=decision.deployed)
        for decision in decisions
        if decision.source == "deployed" and decision.deployed and decision.use.key in live
    ]
    lines = [
        f"    {key}, {change.where}: {change.decision.image} -> {change.old or '(none)'}"
        for key, changes in image_changes(kept, live).items()
        for change in changes
    ]
    if lines:
        raise DeployError(
            "\n".join([f"what runs was changed since it was read, so {so}", *lines]),
            hint="somebody else deploys too: look at it, and run the same command again",
        )
