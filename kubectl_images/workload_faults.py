"""Why the pods of a workload do not come: only those of its newest revision count.

Old pods may crash as long as new ones replace them, and are gone in the end.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from .objects import Body
from .pod_faults import Fault, Severity, event_time, pod_faults
from .progress import changed_at, condition_of, is_observed, is_true, spec_of, status_of

_REVISION = "deployment.kubernetes.io/revision"
_TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"
_DENIED = re.compile(r"violates PodSecurity|denied the request|unable to validate against any security context")
_QUOTA = re.compile(r"exceeded quota: .*used: (?P<used>.*), limited: (?P<limited>.*)")


@dataclass(frozen=True)
class Neighbours:
    """What is around the workloads of some namespaces, by the uid of its controller, or of what an event is about.

    Events before `stale_before` may speak of what has passed.
    """

    replica_sets: Mapping[str, Sequence[Body]]
    pods: Mapping[str, Sequence[Body]]
    events: Mapping[str, Sequence[Body]]
    stale_before: str = ""


def neighbours(
    replica_sets: Iterable[Body], pods: Iterable[Body], events: Iterable[Body], *, stale_before: str = ""
) -> Neighbours:
    """Return them found by their owners; events in their order in time."""
    about: dict[str, list[Body]] = defaultdict(list)
    for event in sorted(events, key=event_time):
        about[(event.get("involvedObject") or {}).get("uid", "")].append(event)
    return Neighbours(_by_owner(replica_sets), _by_owner(pods), about, stale_before)


def workload_faults(workload: Body, around: Neighbours) -> tuple[Fault, ...]:
    """Return what keeps a workload's new pods from being ready, each fault once however many pods have it."""
    if workload["kind"] not in {"Pod", "Job"} and not is_observed(workload):
        # Which revision is the newest is not known yet.
        return ()
    pods = _new_pods(workload, around)
    found = [fault for pod in pods for fault in _of_pod(pod, around)]
    if workload["kind"] == "Job":
        # It counts failures by itself, and may well succeed after some.
        found = [replace(fault, severity="told") if fault.reason == "CrashLoopBackOff" else fault for fault in found]
    return _once([*_not_created(workload, pods, around), *found])


def blocking_fault(workload: Body, around: Neighbours) -> Fault | None:
    """Return the fault of an old pod that keeps a StatefulSet from its rollout; None when there is none.

    One that makes its pods in order waits until all of them are ready, before it replaces the first:
    https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback
    """
    spec, status = spec_of(workload), status_of(workload)
    strategy = spec.get("updateStrategy") or {}
    is_ordered = spec.get("podManagementPolicy", "OrderedReady") == "OrderedReady"
    is_rolling = strategy.get("type", "RollingUpdate") == "RollingUpdate"
    if workload["kind"] != "StatefulSet" or not (is_ordered and is_rolling and is_observed(workload)):
        return None
    first = (strategy.get("rollingUpdate") or {}).get("partition") or 0
    first += (spec.get("ordinals") or {}).get("start") or 0
    old = [pod for pod in around.pods.get(workload["metadata"]["uid"], ()) if not _is_new(pod, workload)]
    faults = (
        fault
        for pod in old
        if status.get("updateRevision") and not pod["metadata"].get("deletionTimestamp")
        # Pods before the partition stay old, and so would the one that takes the place of such a pod.
        if _ordinal(pod) >= first
        for fault in _of_pod(pod, around)
    )
    return next((fault for fault in faults if fault.severity == "final"), None)


def _ordinal(pod: Body) -> int:
    return int(pod["metadata"]["name"].rpartition("-")[2])


def _of_pod(pod: Body, around: Neighbours) -> tuple[Fault, ...]:
    return pod_faults(pod, around.events.get(pod["metadata"]["uid"], ()), around.stale_before)


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
    since = max([changed_at(workload), *(pod["metadata"].get("creationTimestamp", "") for pod in pods)])
    created_later = bool(pods)
    failures = [
        event
        for event in around.events.get(workload["metadata"]["uid"], ())
        if event.get("reason") == "FailedCreate"
        if event_time(event) > since or (event_time(event) == since and not created_later)
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
