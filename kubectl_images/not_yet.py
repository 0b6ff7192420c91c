"""Refusals of a dry run that are not final: the server misses what the same deploy brings, or changes, before.

No dry run sees what the others would do. Whatever is refused for another reason would be refused again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from .apply import Outcome, Status
from .errors import ClusterError
from .objects import BUILT_IN, Body, ObjectKey
from .waves import waves

NOTE = "not checked before: it needs what this deploy changes"
_DEPLOY_THAT_FIRST = "if it needs what the same deploy brings, deploy that first"

# Somebody else's decision, which no schema makes.
_DENIED = re.compile(r"admission webhook |calling webhook |ValidatingAdmissionPolicy ")
_CALL_FAILED = re.compile(r"failed calling webhook ")
# With what does not fit the schema of its kind, or when there is no such kind.
_OF_SCHEMA = frozenset((400, 404, 422, 500))
# `pods "p" is forbidden: … serviceaccount "x" not found`, `… no PriorityClass with name x was found`.
_MISSES = (
    re.compile(r'\b(?P<kind>\w+)[\w.-]* "(?P<name>[^"]+)" not found'),
    re.compile(r"\bno (?P<kind>\w+) with name (?P<name>\S+) was found"),
)
# What refuses an object of a namespace, and the kinds that let it pass when one of them there, or of all, changes.
_LIMITS = (
    (
        re.compile(
            r"(exceeded|failed|insufficient) quota|(maximum|minimum) \S+ usage per |limit to request ratio per "
        ),
        frozenset(("ResourceQuota", "LimitRange")),
    ),
    (re.compile(r"must support resize"), frozenset(("StorageClass",))),
)
# For what is deleted there is room in a quota again, a moment later.
_FULL = re.compile(r"exceeded quota")
_ROLES = frozenset(("Role", "ClusterRole"))
_POD_SECURITY = "violates PodSecurity "
_ALLOCATED = re.compile(r"Invalid value: (?P<port>[0-9]+): provided port is already allocated")


def judged(outcomes: Sequence[Outcome], live: Mapping[ObjectKey, Body | None]) -> tuple[Outcome, ...]:
    """Return the outcomes of a dry run, with those that are not final as what becomes of them.

    `live` has the objects that were read, None for those that are not there. What is refused itself counts as a
    change: when that is final, nothing is applied anyway.
    """
    numbered = enumerate(waves([outcome.manifest for outcome in outcomes]))
    wave_of = {manifest.key: number for number, wave in numbered for manifest in wave}
    # Of an object that may not be read there is nothing to know.
    tried = [_Tried(outcome, live.get(key := outcome.manifest.key, {}), wave_of[key]) for outcome in outcomes]
    changes = [item for item in tried if item.outcome.status != "unchanged"]
    return tuple(_judged(item, changes) for item in tried)


@dataclass(frozen=True)
class _Tried:
    """What a dry run says of an object, its state before (None: it is not there), and when its turn is."""

    outcome: Outcome
    before: Body | None
    wave: int

    @property
    def key(self) -> ObjectKey:
        return self.outcome.manifest.key


def _judged(refused: _Tried, changes: Sequence[_Tried]) -> Outcome:
    outcome, error = refused.outcome, refused.outcome.error
    if not isinstance(error, ClusterError) or outcome.manifest.deleted:
        return outcome
    earlier = [change for change in changes if change.wave < refused.wave]
    stages_before = [change for change in earlier if change.outcome.manifest.stage < outcome.manifest.stage]
    if _may_pass(refused.key, error, earlier, stages_before) or _is_given_up(str(error), refused, changes):
        status: Status = "created" if refused.before is None else "applied"
        return Outcome(outcome.manifest, status, outcome.manifest.body, notes=(NOTE,))
    if earlier and (error.status in {403, 404} or _DENIED.search(str(error))):
        hint = f"{error.hint}\n{_DEPLOY_THAT_FIRST}" if error.hint else _DEPLOY_THAT_FIRST
        return replace(outcome, error=ClusterError(str(error), hint=hint, status=error.status, cause=error.cause))
    return outcome


def _may_pass(key: ObjectKey, error: ClusterError, earlier: Sequence[_Tried], stages_before: Sequence[_Tried]) -> bool:
    """Tell whether what changes before may be what an object is refused for the lack of."""
    if error.status in _OF_SCHEMA and not _DENIED.search(str(error)) and any(_defines(key, item) for item in earlier):
        return True
    # What a stage before brings may bring the kind itself, or be the webhook that does not answer.
    if stages_before and (_is_unknown_kind(key, error) or _CALL_FAILED.search(str(error))):
        return True
    if error.status not in {403, 404}:
        return False
    said = str(error)
    if any(item.key.kind == "Namespace" and item.key.name == key.namespace for item in earlier) and (
        error.status == 404 or _POD_SECURITY in said
    ):
        return True
    there = [item.key for item in earlier if item.key.namespace in {"", key.namespace}]
    if _FULL.search(said) and any(
        item.outcome.status == "deleted" and item.key.namespace == key.namespace for item in earlier
    ):
        return True
    kinds = {kind for words, kinds in _LIMITS if words.search(said) for kind in kinds}
    return any(item.kind in kinds for item in there) or any(_is_missed(item, said) for item in there)


def _is_unknown_kind(key: ObjectKey, error: ClusterError) -> bool:
    """Tell whether the cluster has no such kind, and no group of it is one of Kubernetes itself."""
    is_built_in = any(key.group == group for group, _ in BUILT_IN)
    return not is_built_in and f"knows no kind {key.kind} in " in str(error)


def _defines(key: ObjectKey, change: _Tried) -> bool:
    """Tell whether a change is about the definition of an object's kind."""
    if change.key.kind != "CustomResourceDefinition":
        return False
    spec = change.outcome.manifest.body.get("spec") or {}
    return (spec.get("group"), (spec.get("names") or {}).get("kind")) == (key.group, key.kind)


def _is_missed(key: ObjectKey, said: str) -> bool:
    """Tell whether the server says that an object is missing; it writes the kind in the singular or the plural.

    Of a binding without its role it says `rolebindings.rbac.authorization.k8s.io "ROLE" not found`.
    """
    found = [match for words in _MISSES for match in words.finditer(said) if match["name"] == key.name]
    kinds = [match["kind"].lower() for match in found]
    return any(kind.startswith(key.kind.lower()) or (key.kind in _ROLES and "rolebinding" in kind) for kind in kinds)


def _is_given_up(said: str, refused: _Tried, changes: Sequence[_Tried]) -> bool:
    """Tell whether a Service is refused for a port that another one gives up, at the latest beside it."""
    found = _ALLOCATED.search(said)
    if found is None:
        return False
    others = [change for change in changes if change.key.kind == "Service" and change.wave <= refused.wave]
    return any(
        int(found["port"]) in _node_ports(other.before) - _node_ports(other.outcome.live)
        for other in others
        if other.outcome.live is not None or other.outcome.status == "deleted"
    )


def _node_ports(service: Body | None) -> frozenset[int | None]:
    spec = (service or {}).get("spec") or {}
    ports = [port.get("nodePort") for port in spec.get("ports") or ()]
    return frozenset([*ports, spec.get("healthCheckNodePort")])
