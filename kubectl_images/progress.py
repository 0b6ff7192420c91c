"""How far a live object is: ready, on its way, or in vain; and where objects say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .objects import Body


@dataclass(frozen=True)
class Ready:
    """The object is as it should be; `note` says instead why it is not waited for."""

    note: str = ""


@dataclass(frozen=True)
class Failed:
    """The object will not be ready.

    `command` is what kubectl can do about it, without the flags of a cluster, and `advice` what it is for; alone it
    says what to do instead.
    """

    reason: str
    command: str = ""
    advice: str = ""


# passing: seconds for what others may mend. silent: for a first word of a controller.
# stopping: for an old container to end.
Patience = Literal["passing", "silent", "stopping"]


@dataclass(frozen=True)
class Pending:
    """The object is not ready yet; when it stays like this for so long, it counts as what it is `then`."""

    text: str
    then: Ready | Failed | None = None
    patience: Patience = "passing"


Progress = Ready | Pending | Failed

READY = Ready()
UNSEEN = Pending("its change is not observed yet")


def is_observed(body: Body) -> bool:
    """Say whether the controller of an object has seen its latest change."""
    generation: int = body["metadata"].get("generation", 0)
    return count_of(status_of(body), "observedGeneration") >= generation


def spec_of(body: Body) -> Mapping[str, Any]:
    """Return what an object should be."""
    return body.get("spec") or {}


def status_of(body: Body) -> Mapping[str, Any]:
    """Return what its controller says of an object; empty when it has said nothing."""
    status = body.get("status")
    # A custom resource may have anything there.
    return status if isinstance(status, dict) else {}


def condition_of(body: Body, type_: str) -> Mapping[str, Any]:
    """Return the condition of a type; empty when there is none."""
    conditions = status_of(body).get("conditions")
    found = [item for item in conditions if isinstance(item, dict)] if isinstance(conditions, list) else []
    return next((item for item in found if item.get("type") == type_), {})


def is_true(condition: Mapping[str, Any]) -> bool:
    """Say whether a condition is there, and holds."""
    return condition.get("status") == "True"


def words_of(condition: Mapping[str, Any]) -> str:
    """Return `REASON: MESSAGE` of a condition or a status, or what there is of it."""
    return ": ".join(
        " ".join(str(part).split()) for part in (condition.get("reason"), condition.get("message")) if part
    )


def count_of(status: Mapping[str, Any], field: str) -> int:
    """Return a number of a status, which leaves out what is 0."""
    return int(status.get(field) or 0)


def number_of(value: object) -> int | None:
    """Return a generation, which some controllers write as text; None when there is none."""
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isdecimal() else None


def changed_at(body: Body) -> str:
    """Return when somebody last changed what an object should be, by the server's clock; "" when it is not known."""
    entries = body["metadata"].get("managedFields") or ()
    return max((entry.get("time", "") for entry in entries if entry.get("subresource") != "status"), default="")
