"""Waiting until what other objects need is there: a kind that its CRD defines, a namespace."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from .errors import ClusterError
from .objects import Body, ObjectKey


class Target(Protocol):
    """The cluster, as far as this wait needs it."""

    def get(self, key: ObjectKey) -> Body | None:
        """Return the live object; None when there is none."""
        ...

    def serves(self, api_version: str, kind: str) -> bool:
        """Say whether the cluster serves a kind, by asking it."""
        ...


@dataclass(frozen=True)
class Patience:
    """How long it may take, and how often it is asked for."""

    limit_s: float = 30
    poll_s: float = 0.1

    def waits(self, condition: Callable[[], bool]) -> bool:
        """Wait until a condition holds, and say whether it did in time."""
        deadline = time.monotonic() + self.limit_s
        while not condition():
            if time.monotonic() >= deadline:
                return False
            time.sleep(self.poll_s)
        return True


def await_usable(target: Target, key: ObjectKey, applied: Body, patience: Patience, *, is_new: bool = True) -> None:
    """Wait until others can use what was applied; raise ClusterError when that fails, or takes longer.

    Where it is not new, an established definition counts as served, so that it costs no request.
    """
    if key.kind == "Namespace" and not key.group:
        _await(target, key, applied, _namespace_problem, patience)
    if key.kind == "CustomResourceDefinition":
        crd = _await(target, key, applied, _definition_problem, patience)
        for api_version, kind in _served(crd) if is_new else ():
            if not patience.waits(partial(target.serves, api_version, kind)):
                late = f"after {patience.limit_s:g} s"
                raise ClusterError(f"{key} is applied, but {kind} of {api_version} is not served {late}")


def _await(target: Target, key: ObjectKey, live: Body, problem_of: Callable[[Body], str], patience: Patience) -> Body:
    """Return the state in which there is no problem any more."""
    states = [live]

    def is_usable() -> bool:
        if not problem_of(states[-1]):
            return True
        if (states[-1].get("metadata") or {}).get("deletionTimestamp"):
            raise ClusterError(
                f"{key} is being deleted, so nothing can be created that needs it",
                hint="wait until it is gone, and deploy again",
            )
        found = target.get(key)
        if found is None:
            raise ClusterError(f"{key} was deleted by somebody else just after it was applied")
        states.append(found)
        return not problem_of(found)

    if not patience.waits(is_usable):
        raise ClusterError(f"{key} is applied, but {problem_of(states[-1])} after {patience.limit_s:g} s")
    return states[-1]


def _namespace_problem(live: Body) -> str:
    phase = (live.get("status") or {}).get("phase") or "Active"
    return "" if phase == "Active" else f"its phase is {phase}"


def _definition_problem(live: Body) -> str:
    found = (live.get("status") or {}).get("conditions") or ()
    conditions = {condition.get("type"): condition for condition in found}
    if conditions.get("Established", {}).get("status") == "True":
        return ""
    # It says what is wrong: another definition has the same names.
    names = conditions.get("NamesAccepted", {})
    said = f" ({names.get('message')})" if names.get("status") == "False" else ""
    return f"its kind is not established{said}"


def _served(crd: Body) -> Iterator[tuple[str, str]]:
    spec = crd.get("spec") or {}
    for version in spec.get("versions") or ():
        if version.get("served"):
            yield f"{spec.get('group')}/{version.get('name')}", str((spec.get("names") or {}).get("kind"))
