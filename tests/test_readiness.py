"""Whether an object that runs no pods is ready: by its phase, or by its conditions."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_images.objects import Body
from kubectl_images.progress import READY, UNSEEN, Failed, Pending, Progress, Ready
from kubectl_images.readiness import progress, unbound_class

API_VERSIONS = {"CustomResourceDefinition": "apiextensions.k8s.io/v1", "APIService": "apiregistration.k8s.io/v1"}


def body(kind: str, status: object = None, spec: dict[str, Any] | None = None, **metadata: Any) -> Body:
    metadata = {"name": "web", "generation": 2, **metadata}
    made = {"apiVersion": API_VERSIONS.get(kind, "v1"), "kind": kind, "metadata": metadata, "spec": spec or {}}
    return made if status is None else made | {"status": status}


def condition(type_: str, status: str = "True", **words: Any) -> dict[str, Any]:
    return {"conditions": [{"type": type_, "status": status, **words}]}


def being_deleted(held: str = "") -> Failed:
    return Failed(f"it is being deleted{held}", advice="run the same command again when it is gone")


SILENT = Pending("it has no status", Ready("nothing reports its state"), "silent")


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        pytest.param(body("ConfigMap"), READY, id="nothing-to-wait-for"),
        pytest.param(body("Namespace", {"phase": "Active"}), READY, id="namespace"),
        pytest.param(body("Namespace"), Pending("it is not Active"), id="namespace-new"),
        pytest.param(body("Namespace", {"phase": "Terminating"}), being_deleted(), id="namespace-ends"),
        pytest.param(body("PersistentVolumeClaim", {"phase": "Bound"}), READY, id="claim"),
        pytest.param(
            body("PersistentVolumeClaim", {"phase": "Pending"}), Pending("it is not bound to a volume"), id="claim-new"
        ),
        pytest.param(
            body("PersistentVolumeClaim", {"phase": "Lost"}),
            Failed("it lost its volume", "describe persistentvolumeclaim/web"),
            id="claim-lost",
        ),
        pytest.param(body("PersistentVolume", {"phase": "Available"}), READY, id="volume"),
        pytest.param(body("PersistentVolume", {"phase": "Bound"}), READY, id="volume-bound"),
        pytest.param(body("PersistentVolume", {"phase": "Pending"}), Pending("it is Pending"), id="volume-new"),
        pytest.param(
            body("PersistentVolume", {"phase": "Failed", "message": "no recycler"}),
            Failed("it failed: no recycler", "describe persistentvolume/web"),
            id="volume-failed",
        ),
        pytest.param(body("Service", {"loadBalancer": {}}, {"type": "ClusterIP"}), READY, id="service"),
        pytest.param(
            body("Service", {"loadBalancer": {}}, {"type": "LoadBalancer"}),
            Pending("it has no address of a load balancer"),
            id="load-balancer-new",
        ),
        pytest.param(
            body("Service", {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}, {"type": "LoadBalancer"}),
            READY,
            id="load-balancer",
        ),
        pytest.param(body("CustomResourceDefinition", condition("Established")), READY, id="definition"),
        pytest.param(body("CustomResourceDefinition"), Pending("it is not Established"), id="definition-new"),
        pytest.param(
            body("CustomResourceDefinition", condition("NamesAccepted", "False", reason="PluralConflict")),
            Failed("its names are not accepted: PluralConflict"),
            id="definition-conflict",
        ),
        pytest.param(body("APIService", condition("Available")), READY, id="api-service"),
        pytest.param(
            body("APIService", condition("Available", "False", reason="MissingEndpoints", message="no addresses")),
            Pending("it is not Available: MissingEndpoints: no addresses"),
            id="api-service-new",
        ),
    ],
)
def test_a_kind_of_kubernetes(live: Body, expected: Progress) -> None:
    assert progress(live) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param(None, SILENT, id="no-status"),
        pytest.param({}, SILENT, id="empty-status"),
        pytest.param({"replicas": 1}, READY, id="no-conditions"),
        pytest.param(
            condition("Reconciling", reason="Progressing", message="fetching"),
            Pending("it is reconciling: Progressing: fetching"),
            id="reconciling",
        ),
        pytest.param(condition("Reconciling"), Pending("it is reconciling"), id="reconciling-without-words"),
        pytest.param(condition("Reconciling", "False"), READY, id="not-reconciling"),
        pytest.param(condition("Synced"), READY, id="no-such-condition"),
        pytest.param(condition("Ready"), READY, id="ready"),
        pytest.param(
            condition("Ready", "False", reason="Issuing", message="it is being issued"),
            Pending("it is not Ready: Issuing: it is being issued"),
            id="not-ready",
        ),
        pytest.param(condition("Ready", "Unknown"), Pending("it is not Ready"), id="unknown"),
        pytest.param({"observedGeneration": 1} | condition("Ready"), UNSEEN, id="not-seen-yet"),
        pytest.param({"observedGeneration": 2} | condition("Ready"), READY, id="seen"),
        pytest.param({"observedGeneration": "1"} | condition("Ready"), UNSEEN, id="generation-as-text"),
        pytest.param({"observedGeneration": {}} | condition("Ready"), READY, id="generation-is-nonsense"),
        pytest.param(condition("Ready", observedGeneration=1), UNSEEN, id="condition-of-the-generation-before"),
        pytest.param(condition("Ready", observedGeneration=2), READY, id="condition-of-this-generation"),
        pytest.param(
            condition("Stalled", reason="InvalidSpec", message="no chart"),
            Failed("it is stalled: InvalidSpec: no chart"),
            id="stalled",
        ),
        pytest.param(condition("Stalled", "False"), READY, id="not-stalled"),
        pytest.param({"conditions": {"Ready": "True"}}, READY, id="conditions-are-a-map"),
        pytest.param({"conditions": ["Ready"]}, READY, id="conditions-are-texts"),
    ],
)
def test_a_custom_resource(status: object, expected: Progress) -> None:
    live = body("Deployment", status) | {"apiVersion": "example.com/v1"}

    assert progress(live) == expected


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        pytest.param(body("PersistentVolumeClaim", spec={"storageClassName": "fast"}), "fast", id="unused"),
        pytest.param(body("PersistentVolumeClaim", spec={"storageClassName": ""}), "", id="by-hand"),
        pytest.param(body("PersistentVolumeClaim"), "", id="no-class"),
        pytest.param(
            body(
                "PersistentVolumeClaim",
                spec={"storageClassName": "fast"},
                annotations={"volume.kubernetes.io/selected-node": "node-1"},
            ),
            "",
            id="a-pod-uses-it",
        ),
        pytest.param(body("Service", spec={"storageClassName": "fast"}), "", id="another-kind"),
    ],
)
def test_a_claim_that_no_pod_uses_has_a_class_to_ask(live: Body, expected: str) -> None:
    assert unbound_class(live) == expected


COMPLETE = condition("Complete")


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        pytest.param(body("ConfigMap"), being_deleted(), id="nothing-to-wait-for"),
        pytest.param(body("PersistentVolumeClaim"), being_deleted(), id="not-ready"),
        pytest.param(
            body("PersistentVolumeClaim", {"phase": "Bound"}, finalizers=["kubernetes.io/pvc-protection"]),
            being_deleted("; kubernetes.io/pvc-protection holds it"),
            id="held",
        ),
        pytest.param(
            body("ConfigMap", finalizers=["a/b", "c/d"]), being_deleted("; a/b, c/d hold it"), id="held-twice"
        ),
        pytest.param(body("Pod", {"phase": "Running"} | condition("Ready")), being_deleted(), id="pod"),
        pytest.param(body("Pod", {"phase": "Succeeded"}), READY, id="pod-that-is-done"),
        pytest.param(body("Job", COMPLETE) | {"apiVersion": "batch/v1"}, READY, id="job-that-is-done"),
        pytest.param(body("Job") | {"apiVersion": "batch/v1"}, being_deleted(), id="job"),
        pytest.param(
            body("Job", spec={"suspend": True}) | {"apiVersion": "batch/v1"}, being_deleted(), id="suspended-job"
        ),
        pytest.param(
            body("Job", condition("Ready")) | {"apiVersion": "example.com/v1"}, being_deleted(), id="custom-job"
        ),
    ],
)
def test_what_is_being_deleted_will_not_be_ready_but_for_what_is_done(live: Body, expected: Progress) -> None:
    live["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"

    assert progress(live) == expected
