"""Objects that are being deleted: what holds them, and since when they are."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from .errors import ClusterError
from .objects import Body, ObjectKey

_TIME = "%Y-%m-%dT%H:%M:%SZ"


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
