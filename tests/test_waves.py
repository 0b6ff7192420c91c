from __future__ import annotations

import pytest
from builders import a_manifest

from kubectl_images.objects import Manifest
from kubectl_images.waves import waves


def objects(*kinds: str) -> list[Manifest]:
    return [a_manifest({"apiVersion": "v1", "kind": kind, "metadata": {"name": "x"}}) for kind in kinds]


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        pytest.param([], [], id="none"),
        pytest.param(["Deployment"], [["Deployment"]], id="one"),
        pytest.param(["Service", "Deployment"], [["Service", "Deployment"]], id="one-wave-in-its-order"),
        pytest.param(["Deployment", "ConfigMap"], [["ConfigMap"], ["Deployment"]], id="two"),
        pytest.param(
            [
                *(
                    "APIService",
                    "Widget",
                    "Role",
                    "CustomResourceDefinition",
                    "Ingress",
                    "MutatingWebhookConfiguration",
                ),
                *("Deployment", "Secret", "Namespace", "ValidatingAdmissionPolicyBinding", "PersistentVolumeClaim"),
            ],
            [
                ["CustomResourceDefinition", "Namespace"],
                ["Role"],
                ["Secret", "ValidatingAdmissionPolicyBinding", "PersistentVolumeClaim"],
                ["Widget", "Ingress", "Deployment"],
                ["APIService", "MutatingWebhookConfiguration"],
            ],
            id="all",
        ),
    ],
)
def test_objects_go_in_waves(kinds: list[str], expected: list[list[str]]) -> None:
    assert [[manifest.key.kind for manifest in wave] for wave in waves(objects(*kinds))] == expected


def test_what_is_late_goes_after_the_others_of_its_wave() -> None:
    manifests = objects("Service", "Deployment", "ConfigMap", "APIService")
    late = {manifest.key for manifest in manifests if manifest.key.kind in {"Service", "ConfigMap"}}

    assert [[manifest.key.kind for manifest in wave] for wave in waves(manifests, late)] == [
        *(["ConfigMap"], ["Deployment"], ["Service"], ["APIService"]),
    ]
