"""Why a claim is not bound to a volume, in the words of who makes volumes."""

from __future__ import annotations

import re

from .objects import Body
from .pod_faults import Fault, Severity
from .progress import spec_of
from .workload_faults import Neighbours

_NO_SUCH_CLASS = re.compile(r'storageclass\S* "[^"]*" not found')


def claim_faults(claim: Body, around: Neighbours) -> tuple[Fault, ...]:
    """Return what was said last of a claim."""
    events = around.events.get(claim["metadata"].get("uid", ""), ())
    if not events:
        return ()
    reason, message = str(events[-1].get("reason", "")), " ".join(str(events[-1].get("message") or "").split())
    severity: Severity = "unbound" if _is_without_class(claim, message) else "told"
    return (Fault(severity, reason, message),)


def _is_without_class(claim: Body, message: str) -> bool:
    """Say whether nobody will make a volume: the class is missing, or none is named and none is the default."""
    # "" names none on purpose: then somebody makes the volume by hand.
    is_named = spec_of(claim).get("storageClassName") is not None
    return bool(_NO_SUCH_CLASS.search(message)) or (not is_named and "no storage class is set" in message)
