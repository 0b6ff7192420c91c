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


PAUSED = Failed(
    "it is paused, and stays so: 0 of 3 new replicas have been updated", "rollout resume deployment/web", "to go on"
)


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
        pytest.param({"replicas": 3, "paused": True}, counts(0, 3, 3), PAUSED, id="paused-and-only-old-pods"),
        pytest.param(
            {"replicas": 3, "paused": True},
            counts(),
            Pending("0 of 3 new replicas have been updated", PAUSED),
            id="paused-without-pods",
        ),
        pytest.param(
            {"replicas": 3, "paused": True},
            counts(1, 1, 1),
            Pending("1 of 3 new replicas have been updated"),
            id="paused-and-scaled",
        ),
        pytest.param(
            {"replicas": 1, "paused": True},
            counts(1, 1),
            Pending("0 of 1 updated replicas are available"),
            id="paused-and-not-ready-for-a-while",
        ),
        pytest.param(
            {"replicas": 3, "paused": True},
            counts(0, 3, 3) | {"observedGeneration": 1},
            UNSEEN,
            id="paused-and-not-seen-yet",
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
        pytest.param(ON_DELETE | {"replicas": 2}, None, UNSEEN, id="on-delete-new"),
        pytest.param(
            ON_DELETE | {"replicas": 2},
            SEEN | {"readyReplicas": 1, "updateRevision": "a", "currentRevision": "a"},
            Pending("1 of 2 pods are ready"),
            id="on-delete-when-it-is-created",
        ),
        pytest.param(
            ON_DELETE | {"replicas": 2},
            SEEN | {"readyReplicas": 1, "updateRevision": "b", "currentRevision": "a"},
            NOT_ROLLED_OUT,
            id="on-delete-when-it-is-changed",
        ),
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
        pytest.param(ON_DELETE, None, UNSEEN, id="on-delete-new"),
        pytest.param(
            ON_DELETE,
            scheduled(2, 1, 1) | {"currentNumberScheduled": 1},
            Pending("1 of 2 new pods have been updated"),
            id="on-delete-when-it-is-created",
        ),
        pytest.param(
            ON_DELETE,
            scheduled(2, 1, 2) | {"currentNumberScheduled": 2},
            NOT_ROLLED_OUT,
            id="on-delete-when-it-is-changed",
        ),
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
            {"completions": 1, "template": {"spec": {"restartPolicy": "Never"}}},
            condition("Failed", reason="BackoffLimitExceeded", message="Job has reached the specified backoff limit"),
            Failed(
                "it failed: BackoffLimitExceeded: Job has reached the specified backoff limit",
                "logs job/web --all-containers",
            ),
            id="failed",
        ),
        pytest.param(
            {"completions": 1, "template": {"spec": {"restartPolicy": "OnFailure"}}},
            condition("Failed", reason="BackoffLimitExceeded"),
            Failed("it failed: BackoffLimitExceeded", "describe job/web"),
            id="failed-and-its-pods-are-gone",
        ),
        pytest.param(
            {"completions": 1, "template": {"spec": {"restartPolicy": "Never"}}},
            condition("FailureTarget", reason="DeadlineExceeded"),
            Failed("it failed: DeadlineExceeded", "describe job/web"),
            id="about-to-fail-and-its-pods-end",
        ),
        pytest.param({"completions": 1, "suspend": True}, {}, Ready("it is suspended"), id="suspended"),
        pytest.param(
            {"completions": 1, "suspend": False},
            condition("Suspended"),
            Pending("0 of 1 completions have succeeded, 0 pods are active"),
            id="resumed",
        ),
    ],
)
def test_a_job(spec: dict[str, Any], status: dict[str, Any] | None, expected: Progress) -> None:
    assert progress(body("Job", spec, status)) == expected


@given(wanted=st.integers(0, 5), updated=st.integers(0, 5), old=st.integers(0, 5), available=st.integers(0, 5))
def test_a_deployment_is_ready_just_when_every_replica_is_new_and_available(
    wanted: int, updated: int, old: int, available: int
) -> None:
    found = progress(body("Deployment", {"replicas": wanted}, counts(updated, updated + old, available)))

    assert (found == READY) == (updated >= wanted and old == 0 and available >= updated)
