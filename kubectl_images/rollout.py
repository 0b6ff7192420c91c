"""Whether what runs pods is rolled out, by kubectl's own rules.

Source: kubectl's `rollout status` (pkg/polymorphichelpers/rollout_status.go).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .objects import Body
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


def _deployment(body: Body) -> Progress:
    if not is_observed(body):
        return UNSEEN
    spec, status, name = spec_of(body), status_of(body), body["metadata"]["name"]
    progressing = condition_of(body, "Progressing")
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        said = progressing.get("message")
        return Failed(f"it exceeded its progress deadline{f': {said}' if said else ''}", f"describe deployment/{name}")
    found = _deployment_replicas(spec.get("replicas", 1), status)
    if isinstance(found, Pending) and spec.get("paused"):
        return Failed(f"it is paused, and stays so: {found.text}", f"rollout resume deployment/{name}")
    return found


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
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type", "RollingUpdate") != "RollingUpdate":
        return _not_rolled_out(strategy["type"])
    if not is_observed(body):
        return UNSEEN
    wanted, ready, updated = (
        spec.get("replicas", 1),
        count_of(status, "readyReplicas"),
        count_of(status, "updatedReplicas"),
    )
    if ready < wanted:
        return Pending(f"{ready} of {wanted} pods are ready")
    partition = (strategy.get("rollingUpdate") or {}).get("partition")
    if partition is None:
        revisions = (status.get("updateRevision"), status.get("currentRevision"))
        return READY if revisions[0] == revisions[1] else Pending(f"{updated} of {wanted} pods have been updated")
    if updated < wanted - partition:
        return Pending(f"{updated} of {wanted - partition} new pods have been updated")
    return READY


def _daemon_set(body: Body) -> Progress:
    strategy = spec_of(body).get("updateStrategy") or {}
    if strategy.get("type", "RollingUpdate") != "RollingUpdate":
        return _not_rolled_out(strategy["type"])
    if not is_observed(body):
        return UNSEEN
    status = status_of(body)
    wanted = count_of(status, "desiredNumberScheduled")
    updated, available = count_of(status, "updatedNumberScheduled"), count_of(status, "numberAvailable")
    if updated < wanted:
        return Pending(f"{updated} of {wanted} new pods have been updated")
    if available < wanted:
        return Pending(f"{available} of {wanted} updated pods are available")
    return READY


def _not_rolled_out(strategy: str) -> Ready:
    return Ready(f"its update strategy is {strategy}: its pods are replaced when somebody deletes them")


def _replica_set(body: Body) -> Progress:
    if not is_observed(body):
        return UNSEEN
    wanted, available = spec_of(body).get("replicas", 1), count_of(status_of(body), "availableReplicas")
    return READY if available >= wanted else Pending(f"{available} of {wanted} replicas are available")


def _job(body: Body) -> Progress:
    for type_ in ("Failed", "FailureTarget"):
        if is_true(failed := condition_of(body, type_)):
            return Failed(f"it failed: {words_of(failed)}", f"logs job/{body['metadata']['name']} --all-containers")
    if is_true(condition_of(body, "Complete")):
        return READY
    spec, status = spec_of(body), status_of(body)
    if spec.get("suspend"):
        return Pending("it is suspended until somebody resumes it")
    active, failed_pods = count_of(status, "active"), count_of(status, "failed")
    counts = f"{active} {'pod is' if active == 1 else 'pods are'} active" + (
        f", {failed_pods} failed" if failed_pods else ""
    )
    if spec.get("completions") is None:
        return Pending(counts)
    return Pending(f"{count_of(status, 'succeeded')} of {spec['completions']} completions have succeeded, {counts}")


def _pod(body: Body) -> Progress:
    status = status_of(body)
    phase = status.get("phase", "Pending")
    if phase == "Failed":
        said = words_of(status)
        return Failed(
            f"it failed{f': {said}' if said else ''}", f"logs pod/{body['metadata']['name']} --all-containers"
        )
    if phase == "Succeeded" or is_true(condition_of(body, "Ready")):
        return READY
    return Pending("it runs, and is not ready" if phase == "Running" else f"it is {phase}")


# By group and kind.
ROLLOUTS: Mapping[tuple[str, str], Callable[[Body], Progress]] = {
    ("apps", "Deployment"): _deployment,
    ("apps", "StatefulSet"): _stateful_set,
    ("apps", "DaemonSet"): _daemon_set,
    ("apps", "ReplicaSet"): _replica_set,
    ("", "ReplicationController"): _replica_set,
    ("batch", "Job"): _job,
    ("", "Pod"): _pod,
}
