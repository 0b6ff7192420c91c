"""Objects that are being deleted: what holds them, and since when they are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Protocol

from .errors import ClusterError
from .objects import Body, ObjectKey
from .prerequisites import Patience

_TIME = "%Y-%m-%dT%H:%M:%SZ"


class Target(Protocol):
    """The cluster, as far as waiting for the end of an object needs it."""

    def get(self, key: ObjectKey) -> Body | None:
        """Return the live object; None when there is none."""
        ...


def await_end(
    target: Target, key: ObjectKey, uid: str, patience: Patience, then: str, waits: Callable[[str], None]
) -> None:
    """Wait until the object with this uid is gone; raise ClusterError when that takes longer.

    `then` is what the same command does when it is gone: `creates it`. `waits` learns each time that it is still there.
    """
    seen: list[Body] = []

    def is_gone() -> bool:
        live = target.get(key)
        if live is None or live["metadata"]["uid"] != uid:
            return True
        seen.append(live)
        held = held_by(live)
        waits(f"is being deleted{': ' if held else ''}{held}")
        return False

    if not patience.waits(is_gone):
        held = held_by(seen[-1])
        raise ClusterError(
            f"{key} is being deleted, but is still there after {patience.limit_s:g} s{': ' if held else ''}{held}",
            hint=f"look at the controller that has to let it go; when it is gone, the same command {then}",
        )


def check_stays(key: ObjectKey, live: Body) -> None:
    """Raise ClusterError when an object is being deleted, so that whatever is applied to it goes as well."""
    if _since(live):
        held = held_by(live)
        raise ClusterError(
            f"{key} is being deleted (since {_since(live)}{'; ' if held else ''}{held}), so it would be gone after the"
            " deploy",
            hint="wait until it is gone, and deploy again",
        )


def held_by(live: Body) -> str:
    """Return what keeps an object that is being deleted, `example.com/hold holds it`; "" when nothing does."""
    names = (live.get("metadata") or {}).get("finalizers") or []
    return f"{' and '.join(names)} {'holds' if len(names) == 1 else 'hold'} it" if names else ""


def _since(live: Body) -> str:
    """Return when the deletion began; "" when there is none. The server says when the time of grace is over."""
    metadata = live.get("metadata") or {}
    end, grace_s = metadata.get("deletionTimestamp"), metadata.get("deletionGracePeriodSeconds")
    if not end or not grace_s:
        return str(end or "")
    moment = datetime.strptime(end, _TIME).replace(tzinfo=timezone.utc)
    return (moment - timedelta(seconds=grace_s)).strftime(_TIME)
