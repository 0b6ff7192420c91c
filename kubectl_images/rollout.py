"""Whether what runs pods is rolled out, by kubectl's own rules.

Source: kubectl's `rollout status` (pkg/polymorphichelpers/rollout_status.go).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from .objects import Body
from .pod_progress import pod_progress
from .progress import (
    READY,
    UNSEEN,
    Failed,
    Pending,
    Progress,
    Ready,
    condition_of,
    count_of,
    is_observed,
    is_true,
    spec_of,
    status_of,
    words_of,
)

_NOT_ROLLED_OUT = Ready("its update strategy is OnDelete: its pods are replaced when somebody deletes them")


def _deployment(body: Body) -> Progress:
    if not is_observed(body):
        return UNSEEN
    spec, status, name = spec_of(body), status_of(body), body["metadata"]["name"]
    progressing = condition_of(body, "Progressing")
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        said = progressing.get("message")
        return Failed(f"it exceeded its progress deadline{f': {said}' if said else ''}", f"describe deployment/{name}")
    found = _deployment_replicas(spec.get("replicas", 1), status)
    return _paused(name, found, status) if spec.get("paused") and isinstance(found, Pending) else found


def _paused(name: str, found: Pending, status: Mapping[str, Any]) -> Progress:
    """Judge one whose template makes no new pods: those that it has made already are scaled, and become ready."""
    if count_of(status, "updatedReplicas"):
        return found
    failed = Failed(f"it is paused, and stays so: {found.text}", f"rollout resume deployment/{name}", "to go on")
    # Without any pod it may be on its way from 0 replicas to more.
    return failed if count_of(status, "replicas") else replace(found, then=failed)


def _deployment_replicas(wanted: int, status: Mapping[str, Any]) -> Progress:
    updated, available = count_of(status, "updatedReplicas"), count_of(status, "availableReplicas")
    if updated < wanted:
        return Pending(f"{updated} of {wanted} new replicas have been updated")
    if old := max(0, count_of(status, "replicas") - updated):
        return Pending(f"{old} old {'replica is' if old == 1 else 'replicas are'} pending termination")
    if available < updated:
        return Pending(f"{available} of {updated} updated replicas are available")
    return READY


def _stateful_set(body: Body) -> Progress:
    spec, status = spec_of(body), status_of(body)
    if not is_observed(body):
        return UNSEEN
    strategy = spec.get("updateStrategy") or {}
    is_update = status.get("updateRevision") != status.get("currentRevision")
    if is_update and _waits_for_deletion(strategy):
        return _NOT_ROLLED_OUT
    wanted, ready, updated = (
        spec.get("replicas", 1),
        count_of(status, "readyReplicas"),
        count_of(status, "updatedReplicas"),
    )
    if ready < wanted:
        return Pending(f"{ready} of {wanted} pods are ready")
    partition = (strategy.get("rollingUpdate") or {}).get("partition")
    if partition is None:
        return Pending(f"{updated} of {wanted} pods have been updated") if is_update else READY
    if updated < wanted - partition:
        return Pending(f"{updated} of {wanted - partition} new pods have been updated")
    return READY


def _daemon_set(body: Body) -> Progress:
    if not is_observed(body):
        return UNSEEN
    status = status_of(body)
    is_update = count_of(status, "updatedNumberScheduled") < count_of(status, "currentNumberScheduled")
    if is_update and _waits_for_deletion(spec_of(body).get("updateStrategy") or {}):
        return _NOT_ROLLED_OUT
    wanted = count_of(status, "desiredNumberScheduled")
    updated, available = count_of(status, "updatedNumberScheduled"), count_of(status, "numberAvailable")
    if updated < wanted:
        return Pending(f"{updated} of {wanted} new pods have been updated")
    if available < wanted:
        return Pending(f"{available} of {wanted} updated pods are available")
    return READY


def _waits_for_deletion(strategy: Mapping[str, Any]) -> bool:
    return bool(strategy.get("type") == "OnDelete")


def _replica_set(body: Body) -> Progress:
    if not is_observed(body):
        return UNSEEN
    wanted, available = spec_of(body).get("replicas", 1), count_of(status_of(body), "availableReplicas")
    return READY if available >= wanted else Pending(f"{available} of {wanted} replicas are available")


def _job(body: Body) -> Progress:
    for type_ in ("Failed", "FailureTarget"):
        if is_true(failed := condition_of(body, type_)):
            return Failed(f"it failed: {words_of(failed)}", _more_about_job(body, failed.get("reason")))
    if is_true(condition_of(body, "Complete")):
        return READY
    spec, status = spec_of(body), status_of(body)
    if spec.get("suspend"):
        return Ready("it is suspended")
    active, failed_pods = count_of(status, "active"), count_of(status, "failed")
    counts = f"{active} {'pod is' if active == 1 else 'pods are'} active" + (
        f", {failed_pods} failed" if failed_pods else ""
    )
    if spec.get("completions") is None:
        return Pending(counts)
    return Pending(f"{count_of(status, 'succeeded')} of {spec['completions']} completions have succeeded, {counts}")


def _more_about_job(body: Body, reason: object) -> str:
    """Return the command that tells more: `kubectl logs` waits for ever where no pod is left."""
    name, pod = body["metadata"]["name"], (spec_of(body).get("template") or {}).get("spec") or {}
    keeps_pods = pod.get("restartPolicy") == "Never" and reason != "DeadlineExceeded"
    return f"logs job/{name} --all-containers" if keeps_pods else f"describe job/{name}"


# By group and kind.
ROLLOUTS: Mapping[tuple[str, str], Callable[[Body], Progress]] = {
    ("apps", "Deployment"): _deployment,
    ("apps", "StatefulSet"): _stateful_set,
    ("apps", "DaemonSet"): _daemon_set,
    ("apps", "ReplicaSet"): _replica_set,
    ("", "ReplicationController"): _replica_set,
    ("batch", "Job"): _job,
    ("", "Pod"): pod_progress,
}
