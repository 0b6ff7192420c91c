"""Waiting on a real control plane, where something plays the kubelets: its label `kubelab/pod` says how a pod fares."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sides import Side, real_side
from waits import PATIENT, Follower, key_of

from kubectl_images.errors import DeployError
from kubectl_images.objects import Body
from kubectl_images.patience import Limits
from kubectl_images.waiting import wait_for

LIMITS = replace(PATIENT, poll_s=0.1)


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Side]:
    with real_side(tmp_path) as side:
        yield side


def workload(kind: str, name: str, fate: str = "", **spec: Any) -> Body:
    """Return a workload with one container, whose pods have a fate."""
    labels = {"app": name} | ({"kubelab/pod": fate} if fate else {})
    pod = {"containers": [{"name": "app", "image": "example.com/web:1"}], **spec.pop("pod", {})}
    selector = {} if kind == "Job" else {"selector": {"matchLabels": {"app": name}}}
    return {
        "apiVersion": "batch/v1" if kind == "Job" else "apps/v1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": {"template": {"metadata": {"labels": labels}, "spec": pod}, **selector, **spec},
    }


def waited(real: Side, *bodies: Body, limits: Limits = LIMITS) -> list[str]:
    """Apply objects, wait for them, and return what was said, in the order of its words."""
    cluster, follower = real.cluster, Follower()
    live = [cluster.apply(body, replace(key_of(body), namespace=real.namespace)).live for body in bodies]
    try:
        wait_for(cluster, {key_of(body): body for body in live}, limits, follower)
    finally:
        cluster.close()
    return sorted(follower.said)


def failed(real: Side, *bodies: Body, limits: Limits = LIMITS) -> str:
    """Return the error of a wait, with fixed texts for what differs from run to run."""
    with pytest.raises(DeployError) as caught:
        waited(real, *bodies, limits=limits)
    return re.sub(
        r"\b(web|nowhere)-[a-z0-9]+-[a-z0-9]+\b", r"\1-N", str(caught.value).replace(real.namespace, "NAMESPACE")
    )


def test_workloads_are_ready_when_they_are_rolled_out(real: Side) -> None:
    job = workload("Job", "migrate", pod={"restartPolicy": "Never"})

    said = waited(
        real,
        workload("Deployment", "web", replicas=2),
        workload("StatefulSet", "db", serviceName="db"),
        workload("DaemonSet", "agent"),
        job,
    )

    assert said == [
        "daemonset.apps/agent ready",
        "deployment.apps/web ready",
        "job.batch/migrate ready",
        "statefulset.apps/db ready",
    ]


WEB = "applied, but deployment.apps/web in namespace NAMESPACE will not be ready: "
APP = '    pod web-N, container "app", image example.com/web:1: '


@pytest.mark.parametrize(
    ("fate", "reason"),
    [
        pytest.param(
            "pull-fails",
            'ImagePullBackOff: Back-off pulling image "example.com/web:1": ErrImagePull: rpc error: code = NotFound desc = '
            'failed to pull and unpack image "example.com/web:1": not found',
            id="pull-fails",
        ),
        pytest.param("crashes", "CrashLoopBackOff: it ended with exit code 1, and was restarted 5 times", id="crashes"),
    ],
)
def test_pods_that_cannot_run_end_it_at_once(real: Side, fate: str, reason: str) -> None:
    first, second = failed(real, workload("Deployment", "web", fate)).splitlines()

    # It may be known before the Deployment counts the pod.
    assert first.startswith(WEB)
    assert second == APP + reason


def test_a_new_image_that_fails_is_told_though_old_pods_run(real: Side) -> None:
    waited(real, workload("Deployment", "web"))

    _, second = failed(real, workload("Deployment", "web", "crashes")).splitlines()

    assert second == APP + "CrashLoopBackOff: it ended with exit code 1, and was restarted 5 times"


def test_pods_that_never_become_ready_end_it_at_the_timeout(real: Side) -> None:
    text = failed(real, workload("Deployment", "web", "never-ready"), limits=replace(LIMITS, timeout_s=1))

    assert text == (
        "applied, but after 1 s 1 object is not ready\n"
        "    deployment.apps/web in namespace NAMESPACE: 0 of 1 updated replicas are available\n"
        f"    {APP}it runs, and is not ready"
    )


def test_pods_without_a_node_end_it_when_that_lasts(real: Side) -> None:
    body = workload("Deployment", "nowhere", pod={"nodeSelector": {"no": "such"}})

    text = failed(real, body, limits=replace(LIMITS, unscheduled_s=0.1)).splitlines()[1]

    assert re.fullmatch(r"    pod nowhere-N: Unschedulable: 0/\d+ nodes are available: .*", text)


@pytest.mark.parametrize(
    ("body", "first", "second"),
    [
        pytest.param(
            workload("Deployment", "web"),
            f"{WEB}0 of 1 new replicas have been updated",
            'pods "web-N" is forbidden: ',
            id="deployment",
        ),
        pytest.param(
            workload("StatefulSet", "db", serviceName="db"),
            "applied, but statefulset.apps/db in namespace NAMESPACE will not be ready: 0 of 1 pods are ready",
            'create Pod db-0 in StatefulSet db failed error: pods "db-0" is forbidden: ',
            id="stateful-set",
        ),
    ],
)
def test_a_quota_without_room_ends_it_at_once(real: Side, body: Body, first: str, second: str) -> None:
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}}
    real.apply(quota)

    assert failed(real, body).splitlines() == [
        first,
        f"    FailedCreate: {second}exceeded quota: none, requested: pods=1, used: pods=0, limited: pods=0",
    ]


def test_a_paused_deployment_is_scaled(real: Side) -> None:
    waited(real, workload("Deployment", "web"))

    said = waited(real, workload("Deployment", "web", paused=True, replicas=2))

    assert said == ["deployment.apps/web ready"]


def test_a_paused_deployment_makes_no_new_pods(real: Side) -> None:
    waited(real, workload("Deployment", "web"))

    text = failed(real, workload("Deployment", "web", "never-ready", paused=True))

    assert text == f"{WEB}it is paused, and stays so: 0 of 1 new replicas have been updated"


def test_an_old_pod_that_cannot_run_blocks_a_stateful_set(real: Side) -> None:
    failed(real, workload("StatefulSet", "db", "pull-fails", serviceName="db"))

    first = failed(real, workload("StatefulSet", "db", serviceName="db")).splitlines()[0]

    assert first == (
        "applied, but statefulset.apps/db in namespace NAMESPACE will not be ready: "
        "pod db-0 of the old revision blocks the rollout"
    )


def test_a_suspended_job_is_not_waited_for(real: Side) -> None:
    job = workload("Job", "migrate", pod={"restartPolicy": "Never"}, suspend=True)

    assert waited(real, job) == ["job.batch/migrate: it is suspended"]


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        pytest.param("StatefulSet", {"serviceName": "db"}, id="stateful-set"),
        pytest.param("DaemonSet", {}, id="daemon-set"),
    ],
)
def test_pods_that_somebody_has_to_delete_are_awaited_when_they_are_new(
    real: Side, kind: str, spec: dict[str, Any]
) -> None:
    on_delete = {"updateStrategy": {"type": "OnDelete"}, **spec}

    said = [waited(real, workload(kind, "db", fate, **on_delete)) for fate in ("", "crashes")]

    name = f"{kind.lower()}.apps/db"
    note = "its update strategy is OnDelete: its pods are replaced when somebody deletes them"
    assert said == [[f"{name} ready"], [f"{name}: {note}"]]


def test_a_pod_whose_old_container_runs_on_is_not_ready(real: Side) -> None:
    pods = [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "web"},
            "spec": {"containers": [{"name": "app", "image": f"example.com/web:{number}"}]},
        }
        for number in (1, 2)
    ]
    waited(real, pods[0])
    # The server's times are whole seconds: a container that begins in the second of a change may be a new one.
    began = _running_since(real)
    while time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()) <= began:
        pass

    text = failed(real, pods[1], limits=replace(LIMITS, timeout_s=0.5))

    assert text == (
        "applied, but after 0.5 s 1 object is not ready\n"
        "    pod/web in namespace NAMESPACE: "
        'container "app" runs image example.com/web:1, and not example.com/web:2'
    )


def _running_since(real: Side) -> str:
    pod = real.send("GET", f"/api/v1/namespaces/{real.namespace}/pods/web").json() or {}
    return str(pod["status"]["containerStatuses"][0]["state"]["running"]["startedAt"])


def test_a_claim_whose_class_is_missing_will_not_be_ready(real: Side) -> None:
    spec = {"storageClassName": "none", "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": spec}

    text = failed(real, claim, limits=replace(LIMITS, unbound_s=0))

    assert text == (
        "applied, but persistentvolumeclaim/data in namespace NAMESPACE will not be ready: it is not bound to a volume\n"
        '    ProvisioningFailed: storageclass.storage.k8s.io "none" not found'
    )


def test_a_claim_that_its_first_pod_binds_is_not_waited_for(real: Side) -> None:
    name = f"{real.namespace}-late"
    storage_class = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name},
        "provisioner": "example.com/none",
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    cluster = real.cluster
    cluster.apply(storage_class, key_of(storage_class))
    spec = {"storageClassName": name, "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": spec}

    try:
        said = waited(real, claim)
    finally:
        real.send("DELETE", f"/apis/storage.k8s.io/v1/storageclasses/{name}")
        cluster.close()

    assert said == ["persistentvolumeclaim/data: it is bound when the first pod uses it"]
