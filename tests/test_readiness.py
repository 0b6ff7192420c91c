"""Whether an object that runs no pods is ready: by its phase, or by its conditions."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_images.objects import Body
from kubectl_images.progress import READY, UNSEEN, Failed, Pending, Progress
from kubectl_images.readiness import progress, unbound_class

API_VERSIONS = {"CustomResourceDefinition": "apiextensions.k8s.io/v1", "APIService": "apiregistration.k8s.io/v1"}


def body(kind: str, status: object = None, spec: dict[str, Any] | None = None, **metadata: Any) -> Body:
    metadata = {"name": "web", "generation": 2, **metadata}
    made = {"apiVersion": API_VERSIONS.get(kind, "v1"), "kind": kind, "metadata": metadata, "spec": spec or {}}
    return made if status is None else made | {"status": status}


def condition(type_: str, status: str = "True", **words: Any) -> dict[str, Any]:
    return {"conditions": [{"type": type_, "status": status, **words}]}


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        pytest.param(body("ConfigMap"), READY, id="nothing-to-wait-for"),
        pytest.param(body("Namespace", {"phase": "Active"}), READY, id="namespace"),
        pytest.param(body("Namespace"), Pending("it is not Active"), id="namespace-new"),
        pytest.param(body("Namespace", {"phase": "Terminating"}), Failed("it is being deleted"), id="namespace-ends"),
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
        pytest.param(None, Pending("it has no status", silent=True), id="no-status"),
        pytest.param({}, Pending("it has no status", silent=True), id="empty-status"),
        pytest.param({"replicas": 1}, READY, id="no-conditions"),
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
