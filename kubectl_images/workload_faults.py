"""Why the pods of a workload do not come: only those of its newest revision count.

Old pods may crash as long as new ones replace them, and are gone in the end.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from .objects import Body
from .pod_faults import Fault, Severity, pod_faults
from .progress import condition_of, is_observed, is_true, status_of

_REVISION = "deployment.kubernetes.io/revision"
_TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"
_DENIED = re.compile(r"violates PodSecurity|denied the request|unable to validate against any security context")
_QUOTA = re.compile(r"exceeded quota: .*used: (?P<used>.*), limited: (?P<limited>.*)")


@dataclass(frozen=True)
class Neighbours:
    """What is around the workloads of some namespaces, by the uid of its controller, or of what an event is about."""

    replica_sets: Mapping[str, Sequence[Body]]
    pods: Mapping[str, Sequence[Body]]
    events: Mapping[str, Sequence[Body]]


def neighbours(replica_sets: Iterable[Body], pods: Iterable[Body], events: Iterable[Body]) -> Neighbours:
    """Return them found by their owners; events in their order in time."""
    about: dict[str, list[Body]] = defaultdict(list)
    for event in sorted(events, key=_time):
        about[(event.get("involvedObject") or {}).get("uid", "")].append(event)
    return Neighbours(_by_owner(replica_sets), _by_owner(pods), about)


def workload_faults(workload: Body, around: Neighbours) -> tuple[Fault, ...]:
    """Return what keeps a workload's new pods from being ready, each fault once however many pods have it."""
    if workload["kind"] not in {"Pod", "Job"} and not is_observed(workload):
        # Which revision is the newest is not known yet.
        return ()
    pods = _new_pods(workload, around)
    found = [fault for pod in pods for fault in pod_faults(pod, around.events.get(pod["metadata"]["uid"], ()))]
    if workload["kind"] == "Job":
        # It counts failures by itself, and may well succeed after some.
        found = [replace(fault, severity="told") if fault.reason == "CrashLoopBackOff" else fault for fault in found]
    return _once([*_not_created(workload, pods, around), *found])


def _new_pods(workload: Body, around: Neighbours) -> Sequence[Body]:
    """Return the pods of a workload's newest revision, without those that are being deleted."""
    if workload["kind"] == "Pod":
        return (workload,)
    owner = _new_replica_set(workload, around) if workload["kind"] == "Deployment" else workload
    pods = around.pods.get(owner["metadata"]["uid"], ()) if owner else ()
    return [pod for pod in pods if _is_new(pod, workload) and not pod["metadata"].get("deletionTimestamp")]


def _new_replica_set(deployment: Body, around: Neighbours) -> Body | None:
    revision = _annotations(deployment).get(_REVISION)
    owned = around.replica_sets.get(deployment["metadata"]["uid"], ())
    return next((item for item in owned if revision and _annotations(item).get(_REVISION) == revision), None)


def _is_new(pod: Body, workload: Body) -> bool:
    labels = pod["metadata"].get("labels") or {}
    match workload["kind"]:
        case "StatefulSet":
            return bool(labels.get("controller-revision-hash") == status_of(workload).get("updateRevision"))
        case "DaemonSet":
            return bool(labels.get("pod-template-generation") == _annotations(workload).get(_TEMPLATE_GENERATION))
        case _:
            return True


def _not_created(workload: Body, pods: Sequence[Body], around: Neighbours) -> tuple[Fault, ...]:
    """Return why pods cannot even be created: by a condition where there is one, else by an event."""
    if workload["kind"] in {"Deployment", "ReplicaSet", "ReplicationController"}:
        # A Deployment repeats the condition of its ReplicaSets: of an old one, too.
        is_alone = not around.replica_sets.get(workload["metadata"]["uid"])
        owner = workload if is_alone else _new_replica_set(workload, around)
        failure = condition_of(owner, "ReplicaFailure") if owner else {}
        if not is_true(failure) or failure.get("reason") != "FailedCreate":
            return ()
        return (_creation_fault(str(failure.get("message"))),)
    # An event outlives its cause: when a pod was created later, or the workload was changed, the cause is gone.
    since = max([_changed(workload), *(pod["metadata"].get("creationTimestamp", "") for pod in pods)])
    created_later = bool(pods)
    failures = [
        event
        for event in around.events.get(workload["metadata"]["uid"], ())
        if event.get("reason") == "FailedCreate"
        if _time(event) > since or (_time(event) == since and not created_later)
    ]
    return tuple(_creation_fault(str(event.get("message"))) for event in failures[-1:])


def _creation_fault(message: str) -> Fault:
    quota = _QUOTA.search(message)
    # Nothing that ends makes room where nothing is used, or where nothing at all is allowed.
    is_closed = quota is not None and (_any_zero(quota["limited"]) or _all_zero(quota["used"]))
    severity: Severity = "final" if is_closed or _DENIED.search(message) else "passing"
    return Fault(severity, "FailedCreate", " ".join(message.split()))


def _any_zero(amounts: str) -> bool:
    return any(amount.endswith("=0") for amount in amounts.split(","))


def _all_zero(amounts: str) -> bool:
    return all(amount.endswith("=0") for amount in amounts.split(","))


def _once(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Return the first of the faults that differ in nothing but their pod, and the words about it."""
    found: dict[tuple[str, ...], Fault] = {}
    for fault in faults:
        found.setdefault((fault.severity, fault.reason, fault.container, fault.image), fault)
    return tuple(found.values())


def _by_owner(bodies: Iterable[Body]) -> Mapping[str, Sequence[Body]]:
    owned: dict[str, list[Body]] = defaultdict(list)
    for body in bodies:
        for owner in body["metadata"].get("ownerReferences") or ():
            if owner.get("controller"):
                owned[owner["uid"]].append(body)
    return owned


def _annotations(body: Body) -> Mapping[str, str]:
    return body["metadata"].get("annotations") or {}


def _time(event: Body) -> str:
    """Return when an event last happened, to the second."""
    series = (event.get("series") or {}).get("lastObservedTime")
    last = series or event.get("lastTimestamp") or event.get("eventTime") or event["metadata"].get("creationTimestamp")
    # The last one of them has microseconds: what has none would be later than it.
    return f"{str(last)[:19]}Z"


def _changed(body: Body) -> str:
    """Return when somebody last changed what an object should be, by the server's clock; "" when it is not known."""
    entries = body["metadata"].get("managedFields") or ()
    return max((entry.get("time", "") for entry in entries if entry.get("subresource") != "status"), default="")
