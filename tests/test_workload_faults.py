"""Which pods of a workload count, and why some cannot even be created."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_images.objects import Body
from kubectl_images.pod_faults import Fault, Severity
from kubectl_images.workload_faults import blocking_fault, neighbours, workload_faults

IMAGE = "example.com/web:2"
NOTHING = neighbours([], [], [])


def workload(kind: str = "Deployment", generation: int = 1, seen: int = 1, **changes: Any) -> Body:
    """Return a workload at revision 2, as its controller sees it."""
    annotations = {"deployment.kubernetes.io/revision": "2", "deprecated.daemonset.template.generation": "2"}
    return {
        "apiVersion": "batch/v1" if kind == "Job" else "apps/v1",
        "kind": kind,
        "metadata": {"name": "web", "uid": "web", "generation": generation, "annotations": annotations, **changes},
        "status": {"updateRevision": "two", "observedGeneration": seen},
    }


def replica_set(revision: str, **status: Any) -> Body:
    metadata = {"name": f"web-{revision}", "uid": f"web-{revision}", **owned_by("web")}
    annotations = {"deployment.kubernetes.io/revision": revision}
    return {"kind": "ReplicaSet", "metadata": {**metadata, "annotations": annotations}, "status": status}


def owned_by(uid: str) -> dict[str, Any]:
    return {"ownerReferences": [{"uid": uid, "controller": True}]}


def pod(name: str, owner: str, reason: str = "ImagePullBackOff", **metadata: Any) -> Body:
    status = {"containerStatuses": [{"name": "app", "state": {"waiting": {"reason": reason, "message": "no"}}}]}
    metadata = {"name": name, "uid": name, **owned_by(owner), **metadata}
    return {"metadata": metadata, "spec": {"containers": [{"name": "app", "image": IMAGE}]}, "status": status}


def fault(name: str, reason: str = "ImagePullBackOff", severity: Severity = "final", message: str = "no") -> Fault:
    return Fault(severity, reason, message, name, "app", IMAGE)


def event(uid: str, message: str, at: str = "12:00:05", reason: str = "FailedCreate") -> Body:
    when = f"2026-01-01T{at}Z"
    about = {"uid": uid}
    return {"metadata": {"name": f"{uid}.{at}"}, "involvedObject": about, "reason": reason, "message": message,
            "lastTimestamp": when}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        pytest.param("Deployment", pod("old", "web-1"), pod("new", "web-2"), id="deployment"),
        pytest.param(
            "StatefulSet",
            pod("old", "web", labels={"controller-revision-hash": "one"}),
            pod("new", "web", labels={"controller-revision-hash": "two"}),
            id="stateful-set",
        ),
        pytest.param(
            "DaemonSet",
            pod("old", "web", labels={"pod-template-generation": "1"}),
            pod("new", "web", labels={"pod-template-generation": "2"}),
            id="daemon-set",
        ),
        pytest.param("ReplicaSet", pod("old", "another"), pod("new", "web"), id="replica-set"),
        pytest.param("Job", pod("old", "another"), pod("new", "web"), id="job"),
    ],
)
def test_only_the_pods_of_the_newest_revision_count(kind: str, old: Body, new: Body) -> None:
    around = neighbours([replica_set("1"), replica_set("2")], [old, new], [])

    assert workload_faults(workload(kind), around) == (fault("new"),)


@pytest.mark.parametrize(
    ("live", "around"),
    [
        pytest.param(workload(), NOTHING, id="nothing-is-there"),
        pytest.param(
            workload(generation=2, seen=1),
            neighbours([replica_set("2")], [pod("web-1", "web-2")], []),
            id="its-change-is-not-seen",
        ),
        pytest.param(
            workload(),
            neighbours([replica_set("1")], [pod("web-1", "web-1")], []),
            id="its-new-replica-set-is-not-known",
        ),
        pytest.param(
            workload(annotations={}),
            neighbours([replica_set("1")], [pod("web-1", "web-1")], []),
            id="it-has-no-revision",
        ),
        pytest.param(
            workload(),
            neighbours([replica_set("2")], [pod("web-1", "web-2", deletionTimestamp="2026-01-01T00:00:00Z")], []),
            id="the-pod-is-being-deleted",
        ),
        pytest.param(
            workload("ReplicaSet"),
            neighbours([], [{**pod("web-1", "web"), "metadata": {"name": "web-1", "uid": "1"}}], []),
            id="the-pod-is-nobodys",
        ),
    ],
)
def test_there_is_no_fault_where_no_new_pod_has_one(live: Body, around: Any) -> None:
    assert workload_faults(live, around) == ()


def test_a_fault_of_several_pods_is_told_once() -> None:
    pods = [pod("one", "web"), pod("two", "web"), pod("three", "web", "ErrImagePull")]

    found = workload_faults(workload("ReplicaSet"), neighbours([], pods, []))

    assert found == (fault("one"), fault("three", "ErrImagePull", "told"))


def test_a_pod_alone_has_its_own_faults_and_events() -> None:
    alone = {"kind": "Pod", **pod("web-1", "", "ContainerCreating")}
    events = [event("web-1", 'configmap "a" not found', reason="FailedMount")]

    found = workload_faults(alone, neighbours([], [], events))

    assert found == (Fault("passing", "FailedMount", 'configmap "a" not found', "web-1"),)


def test_a_job_counts_its_crashes_itself() -> None:
    found = workload_faults(workload("Job"), neighbours([], [pod("web-1", "web", "CrashLoopBackOff")], []))

    message = "it ended with exit code ?, and was restarted 0 times"
    assert found == (fault("web-1", "CrashLoopBackOff", "told", message),)


FORBIDDEN = 'pods "web-1" is forbidden: '


@pytest.mark.parametrize(
    ("message", "severity"),
    [
        pytest.param(
            FORBIDDEN + "exceeded quota: none, requested: pods=1, used: pods=3, limited: pods=0",
            "final",
            id="no-room-ever",
        ),
        pytest.param(
            FORBIDDEN + "exceeded quota: small, requested: cpu=2,pods=1, used: cpu=0,pods=0, limited: cpu=1,pods=9",
            "final",
            id="too-much-for-an-empty-quota",
        ),
        pytest.param(
            FORBIDDEN + "exceeded quota: full, requested: pods=1, used: pods=10, limited: pods=10",
            "passing",
            id="room-when-others-end",
        ),
        pytest.param(FORBIDDEN + 'violates PodSecurity "restricted:latest": runAsNonRoot', "final", id="pod-security"),
        pytest.param('admission webhook "a.example.com" denied the request: no', "final", id="denied"),
        pytest.param(
            'failed calling webhook "a.example.com": connection refused', "passing", id="webhook-is-not-there"
        ),
        pytest.param(
            FORBIDDEN + 'error looking up service account a/b: serviceaccount "b" not found', "passing", id="account"
        ),
    ],
)
def test_why_a_pod_cannot_be_created_says_whether_it_may_pass(message: str, severity: Severity) -> None:
    failure = {
        "conditions": [{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": message}]
    }

    found = workload_faults(workload(), neighbours([replica_set("2", **failure)], [], []))

    assert found == (Fault(severity, "FailedCreate", message),)


FAILURE = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "denied"}


@pytest.mark.parametrize(
    ("replica_sets", "expected"),
    [
        pytest.param([], (Fault("passing", "FailedCreate", "denied"),), id="none-is-known"),
        pytest.param([replica_set("1", conditions=[FAILURE])], (), id="the-old-one-fails"),
        pytest.param([replica_set("2")], (), id="the-new-one-does-not-fail"),
    ],
)
def test_a_deployments_failure_is_its_new_replica_sets(replica_sets: list[Body], expected: tuple[Fault, ...]) -> None:
    live = workload()
    live["status"]["conditions"] = [FAILURE]

    assert workload_faults(live, neighbours(replica_sets, [], [])) == expected


def healthy(created: str) -> Body:
    return pod("web-1", "web", "ContainerCreating", creationTimestamp=f"2026-01-01T{created}Z",
               labels={"controller-revision-hash": "two"})  # fmt: skip


def changed(at: str, **more: Any) -> Body:
    return workload("StatefulSet", managedFields=[{"time": f"2026-01-01T{at}Z", **more}])


DENIED = (Fault("passing", "FailedCreate", "denied"),)


@pytest.mark.parametrize(
    ("live", "pods", "expected"),
    [
        pytest.param(workload("StatefulSet"), [], DENIED, id="nothing-is-known"),
        pytest.param(changed("12:00:04"), [], DENIED, id="after-the-change"),
        pytest.param(changed("12:00:05"), [], DENIED, id="in-the-second-of-the-change"),
        pytest.param(changed("12:00:06"), [], (), id="before-the-change"),
        pytest.param(changed("12:00:06", subresource="status"), [], DENIED, id="a-status-is-no-change"),
        pytest.param(workload("StatefulSet"), [healthy("12:00:04")], DENIED, id="after-the-last-pod"),
        pytest.param(workload("StatefulSet"), [healthy("12:00:05")], (), id="in-the-second-of-the-last-pod"),
        pytest.param(workload("StatefulSet"), [healthy("12:00:06")], (), id="before-the-last-pod"),
    ],
)
def test_an_event_counts_as_long_as_nothing_came_after_it(
    live: Body, pods: list[Body], expected: tuple[Fault, ...]
) -> None:
    events = [event("web", "denied"), event("web", "another matter", reason="FailedDelete"), event("other", "denied")]

    assert workload_faults(live, neighbours([], pods, events)) == expected


@pytest.mark.parametrize(
    "times",
    [
        pytest.param({"lastTimestamp": "2026-01-01T12:00:09Z"}, id="last"),
        pytest.param({"lastTimestamp": None, "eventTime": "2026-01-01T12:00:09.123456Z"}, id="event-time"),
        pytest.param(
            {"lastTimestamp": "2026-01-01T12:00:00Z", "series": {"lastObservedTime": "2026-01-01T12:00:09.5Z"}},
            id="series",
        ),
    ],
)
def test_of_several_events_the_last_one_is_told(times: Body) -> None:
    events = [{**event("web", "late"), **times}, event("web", "early")]

    found = workload_faults(changed("12:00:00"), neighbours([], [], events))

    assert found == (Fault("passing", "FailedCreate", "late"),)


def test_what_is_stale_is_known_to_the_faults_of_pods() -> None:
    events = [event("web-1", 'configmap "a" not found', reason="FailedMount")]
    around = neighbours([], [pod("web-1", "web", "ContainerCreating")], events, stale_before="2026-01-01T12:00:06Z")

    assert workload_faults(workload("ReplicaSet"), around) == (
        Fault("told", "FailedMount", 'configmap "a" not found', "web-1"),
    )


def replica(number: int, revision: str = "one", reason: str = "ImagePullBackOff", **metadata: Any) -> Body:
    return pod(f"web-{number}", "web", reason, labels={"controller-revision-hash": revision}, **metadata)


def ordered(**spec: Any) -> Body:
    return workload("StatefulSet") | {"spec": spec}


def partition(number: int, **spec: Any) -> Body:
    return ordered(updateStrategy={"rollingUpdate": {"partition": number}}, **spec)


@pytest.mark.parametrize(
    ("live", "pods", "expected"),
    [
        pytest.param(ordered(), [replica(0)], fault("web-0"), id="old"),
        pytest.param(ordered(), [replica(0, "one", "ContainerCreating"), replica(1)], fault("web-1"), id="the-second"),
        pytest.param(ordered(), [replica(0, "two")], None, id="new"),
        pytest.param(ordered(), [replica(0, reason="ErrImagePull")], None, id="it-may-pass"),
        pytest.param(ordered(), [replica(0, deletionTimestamp="2026-01-01T00:00:00Z")], None, id="it-is-on-its-way"),
        pytest.param(ordered(), [], None, id="no-pod"),
        pytest.param(ordered(podManagementPolicy="OrderedReady"), [replica(0)], fault("web-0"), id="in-order"),
        pytest.param(ordered(podManagementPolicy="Parallel"), [replica(0)], None, id="in-parallel"),
        pytest.param(ordered(updateStrategy={"type": "OnDelete"}), [replica(0)], None, id="on-delete"),
        pytest.param(partition(1), [replica(0)], None, id="before-the-partition"),
        pytest.param(partition(1), [replica(1)], fault("web-1"), id="after-the-partition"),
        pytest.param(
            partition(1, ordinals={"start": 5}), [replica(5)], None, id="before-the-partition-of-later-numbers"
        ),
        pytest.param(workload("StatefulSet", generation=2, seen=1), [replica(0)], None, id="its-change-is-not-seen"),
        pytest.param(workload("DaemonSet"), [replica(0)], None, id="another-kind"),
    ],
)
def test_an_old_pod_that_cannot_run_blocks_a_stateful_set(live: Body, pods: list[Body], expected: Fault | None) -> None:
    assert blocking_fault(live, neighbours([], pods, [])) == expected
