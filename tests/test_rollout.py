"""Whether a workload is rolled out: the rules of `kubectl rollout status`, and what it does not wait for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.objects import Body
from kubectl_images.progress import READY, UNSEEN, Failed, Pending, Progress, Ready
from kubectl_images.readiness import progress

APPS = {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"}
SEEN = {"observedGeneration": 2}


def body(kind: str, spec: dict[str, Any], status: dict[str, Any] | None, **metadata: Any) -> Body:
    api_version = "apps/v1" if kind in APPS else "batch/v1" if kind == "Job" else "v1"
    made = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "web", "generation": 2, **metadata}}
    return made | {"spec": spec} | ({} if status is None else {"status": status})


def condition(type_: str, status: str = "True", **words: str) -> dict[str, Any]:
    return {"conditions": [{"type": type_, "status": status, **words}]}


def counts(updated: int = 0, replicas: int = 0, available: int = 0) -> dict[str, Any]:
    """Return the status of a Deployment, without what is 0, as the server writes it."""
    numbers = {"updatedReplicas": updated, "replicas": replicas, "availableReplicas": available}
    return SEEN | {name: number for name, number in numbers.items() if number}


@pytest.mark.parametrize(
    ("spec", "status", "expected"),
    [
        pytest.param({"replicas": 2}, None, UNSEEN, id="new"),
        pytest.param({"replicas": 2}, counts(2, 2, 2) | {"observedGeneration": 1}, UNSEEN, id="not-seen-yet"),
        pytest.param({"replicas": 3}, counts(), Pending("0 of 3 new replicas have been updated"), id="none-yet"),
        pytest.param({"replicas": 3}, counts(2, 3, 3), Pending("2 of 3 new replicas have been updated"), id="some"),
        pytest.param({}, counts(), Pending("0 of 1 new replicas have been updated"), id="one-is-the-default"),
        pytest.param({"replicas": 3}, counts(3, 4, 3), Pending("1 old replica is pending termination"), id="one-old"),
        pytest.param({"replicas": 3}, counts(3, 5, 3), Pending("2 old replicas are pending termination"), id="two-old"),
        pytest.param(
            {"replicas": 3}, counts(3, 3, 2), Pending("2 of 3 updated replicas are available"), id="available"
        ),
        pytest.param({"replicas": 3}, counts(3, 3, 3), READY, id="all"),
        pytest.param({"replicas": 0}, counts(), READY, id="no-replicas"),
        pytest.param({"replicas": 1}, counts(2, 2, 2), READY, id="more-than-wanted"),
        pytest.param(
            {"replicas": 3},
            counts(1, 1)
            | condition("Progressing", "False", reason="ProgressDeadlineExceeded", message='"web-1" is late.'),
            Failed('it exceeded its progress deadline: "web-1" is late.', "describe deployment/web"),
            id="deadline",
        ),
        pytest.param(
            {"replicas": 3},
            {"observedGeneration": 1} | condition("Progressing", "False", reason="ProgressDeadlineExceeded"),
            UNSEEN,
            id="deadline-of-the-generation-before",
        ),
        pytest.param(
            {"replicas": 3, "paused": True},
            counts(1, 3, 3),
            Failed(
                "it is paused, and stays so: 1 of 3 new replicas have been updated", "rollout resume deployment/web"
            ),
            id="paused",
        ),
        pytest.param({"replicas": 3, "paused": True}, counts(3, 3, 3), READY, id="paused-when-all-was-done"),
    ],
)
def test_a_deployment(spec: dict[str, Any], status: dict[str, Any] | None, expected: Progress) -> None:
    assert progress(body("Deployment", spec, status)) == expected


def rolling(partition: int | None = None, **spec: Any) -> dict[str, Any]:
    return {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": partition}}, **spec}


ON_DELETE = {"updateStrategy": {"type": "OnDelete"}}
NOT_ROLLED_OUT = Ready("its update strategy is OnDelete: its pods are replaced when somebody deletes them")


@pytest.mark.parametrize(
    ("spec", "status", "expected"),
    [
        pytest.param(rolling(0), None, UNSEEN, id="new"),
        pytest.param(rolling(0, replicas=2), SEEN, Pending("0 of 2 pods are ready"), id="none-ready"),
        pytest.param(
            rolling(0, replicas=2),
            SEEN | {"readyReplicas": 2, "updatedReplicas": 1},
            Pending("1 of 2 new pods have been updated"),
            id="one-is-old",
        ),
        pytest.param(rolling(0, replicas=2), SEEN | {"readyReplicas": 2, "updatedReplicas": 2}, READY, id="all"),
        pytest.param(
            rolling(1, replicas=3),
            SEEN | {"readyReplicas": 3, "updatedReplicas": 1},
            Pending("1 of 2 new pods have been updated"),
            id="above-the-partition",
        ),
        pytest.param(rolling(1, replicas=3), SEEN | {"readyReplicas": 3, "updatedReplicas": 2}, READY, id="partition"),
        pytest.param(rolling(9, replicas=3), SEEN | {"readyReplicas": 3}, READY, id="partition-above-all"),
        pytest.param(
            {"replicas": 2},
            SEEN | {"readyReplicas": 2, "updatedReplicas": 1, "updateRevision": "b", "currentRevision": "a"},
            Pending("1 of 2 pods have been updated"),
            id="without-partition",
        ),
        pytest.param(
            {"replicas": 2},
            SEEN | {"readyReplicas": 2, "updateRevision": "b", "currentRevision": "b"},
            READY,
            id="without-partition-all",
        ),
        pytest.param(rolling(0, replicas=0), SEEN, READY, id="no-replicas"),
        pytest.param(ON_DELETE | {"replicas": 2}, SEEN, NOT_ROLLED_OUT, id="on-delete"),
    ],
)
def test_a_stateful_set(spec: dict[str, Any], status: dict[str, Any] | None, expected: Progress) -> None:
    assert progress(body("StatefulSet", spec, status)) == expected


def scheduled(desired: int, updated: int, available: int) -> dict[str, Any]:
    numbers = {"desiredNumberScheduled": desired, "updatedNumberScheduled": updated, "numberAvailable": available}
    return SEEN | numbers


@pytest.mark.parametrize(
    ("spec", "status", "expected"),
    [
        pytest.param({}, None, UNSEEN, id="new"),
        pytest.param({}, scheduled(2, 1, 2), Pending("1 of 2 new pods have been updated"), id="one-is-old"),
        pytest.param({}, scheduled(2, 2, 1), Pending("1 of 2 updated pods are available"), id="one-is-not-available"),
        pytest.param({}, scheduled(2, 2, 2), READY, id="all"),
        pytest.param({}, scheduled(0, 0, 0), READY, id="no-node-for-it"),
        pytest.param(ON_DELETE, scheduled(2, 0, 2), NOT_ROLLED_OUT, id="on-delete"),
    ],
)
def test_a_daemon_set(spec: dict[str, Any], status: dict[str, Any] | None, expected: Progress) -> None:
    assert progress(body("DaemonSet", spec, status)) == expected


@pytest.mark.parametrize("kind", ["ReplicaSet", "ReplicationController"])
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param(None, UNSEEN, id="new"),
        pytest.param(SEEN | {"availableReplicas": 1}, Pending("1 of 2 replicas are available"), id="one"),
        pytest.param(SEEN | {"availableReplicas": 2}, READY, id="all"),
    ],
)
def test_a_set_of_replicas(kind: str, status: dict[str, Any] | None, expected: Progress) -> None:
    assert progress(body(kind, {"replicas": 2}, status)) == expected


@pytest.mark.parametrize(
    ("spec", "status", "expected"),
    [
        pytest.param(
            {"completions": 1}, None, Pending("0 of 1 completions have succeeded, 0 pods are active"), id="new"
        ),
        pytest.param(
            {"completions": 3},
            {"succeeded": 1, "active": 1, "failed": 2},
            Pending("1 of 3 completions have succeeded, 1 pod is active, 2 failed"),
            id="some",
        ),
        pytest.param({}, {"active": 2}, Pending("2 pods are active"), id="work-queue"),
        pytest.param({"completions": 1}, condition("Complete"), READY, id="complete"),
        pytest.param(
            {"completions": 1},
            condition("Complete", "False"),
            Pending("0 of 1 completions have succeeded, 0 pods are active"),
            id="not-complete",
        ),
        pytest.param(
            {"completions": 1},
            condition("Failed", reason="BackoffLimitExceeded", message="Job has reached the specified backoff limit"),
            Failed(
                "it failed: BackoffLimitExceeded: Job has reached the specified backoff limit",
                "logs job/web --all-containers",
            ),
            id="failed",
        ),
        pytest.param(
            {"completions": 1},
            condition("FailureTarget", reason="DeadlineExceeded"),
            Failed("it failed: DeadlineExceeded", "logs job/web --all-containers"),
            id="about-to-fail",
        ),
        pytest.param(
            {"completions": 1, "suspend": True},
            {},
            Pending("it is suspended until somebody resumes it"),
            id="suspended",
        ),
    ],
)
def test_a_job(spec: dict[str, Any], status: dict[str, Any] | None, expected: Progress) -> None:
    assert progress(body("Job", spec, status)) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param(None, Pending("it is Pending"), id="new"),
        pytest.param({"phase": "Running"}, Pending("it runs, and is not ready"), id="running"),
        pytest.param({"phase": "Running"} | condition("Ready"), READY, id="ready"),
        pytest.param({"phase": "Succeeded"}, READY, id="succeeded"),
        pytest.param(
            {"phase": "Failed", "reason": "Evicted", "message": "The node was low\non memory."},
            Failed("it failed: Evicted: The node was low on memory.", "logs pod/web --all-containers"),
            id="evicted",
        ),
        pytest.param(
            {"phase": "Failed"}, Failed("it failed", "logs pod/web --all-containers"), id="failed-without-words"
        ),
    ],
)
def test_a_pod(status: dict[str, Any] | None, expected: Progress) -> None:
    assert progress(body("Pod", {}, status)) == expected


@given(wanted=st.integers(0, 5), updated=st.integers(0, 5), old=st.integers(0, 5), available=st.integers(0, 5))
def test_a_deployment_is_ready_just_when_every_replica_is_new_and_available(
    wanted: int, updated: int, old: int, available: int
) -> None:
    found = progress(body("Deployment", {"replicas": wanted}, counts(updated, updated + old, available)))

    assert (found == READY) == (updated >= wanted and old == 0 and available >= updated)


@pytest.mark.parametrize(
    ("spec", "status", "expected"),
    [
        pytest.param({"replicas": 1}, counts(), Failed("it is being deleted"), id="not-ready"),
        pytest.param({"replicas": 1}, counts(1, 1, 1), READY, id="ready"),
    ],
)
def test_what_is_being_deleted_will_not_be_ready(
    spec: dict[str, Any], status: dict[str, Any], expected: Progress
) -> None:
    assert progress(body("Deployment", spec, status, deletionTimestamp="2026-01-01T00:00:00Z")) == expected
