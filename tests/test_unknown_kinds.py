from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from kubectl_images.access import Access
from kubectl_images.objects import BUILT_IN, ObjectKey
from kubectl_images.unknown_kinds import Kind, likely, unknown_kind

CUSTOM = [
    Kind("cert-manager.io", "Certificate"),
    Kind("cert-manager.io", "Issuer"),
    Kind("argoproj.io", "Rollout"),
    Kind("serving.knative.dev", "Service"),
    Kind("gateway.networking.k8s.io", "Gateway"),
]


@dataclass(frozen=True)
class Served:
    """A cluster that serves these versions of the kind in question, and these custom kinds."""

    found: tuple[str, ...]
    custom: Sequence[tuple[str, str]] = ()

    def names(self) -> Sequence[tuple[str, str]]:
        return self.custom

    def versions(self, _group: str, _kind: str) -> Sequence[str]:
        return self.found


INSTALL = "install its CustomResourceDefinition first; the kinds of its group that are known: "


@pytest.mark.parametrize(
    ("group", "kind", "meant"),
    [
        pytest.param("apps", "Deploymnt", ("apps", "Deployment"), id="misspelled-kind"),
        pytest.param("apps", "deployment", ("apps", "Deployment"), id="lower-case"),
        pytest.param("apps", "Deployments", ("apps", "Deployment"), id="plural"),
        pytest.param("app", "Deployment", ("apps", "Deployment"), id="misspelled-group"),
        pytest.param("networking.k8s.oi", "Ingres", ("networking.k8s.io", "Ingress"), id="both"),
        pytest.param("", "Deployment", ("apps", "Deployment"), id="group-left-out"),
        pytest.param("extensions", "Ingress", ("networking.k8s.io", "Ingress"), id="old-group"),
        pytest.param("events.k8s.io", "Event", ("events.k8s.io", "Event"), id="its-own-group-first"),
        pytest.param("apps", "Thing", None, id="nothing-like-it"),
        pytest.param("gateway.networking.k8s.io", "Gateway", None, id="add-on"),
        pytest.param("policy.networking.k8s.io", "AdminNetworkPolicy", None, id="add-on-with-a-like-kind"),
        pytest.param("serving.knative.dev", "Service", None, id="same-kind-of-another-group"),
    ],
)
def test_what_was_probably_meant(group: str, kind: str, meant: tuple[str, str] | None) -> None:
    assert likely(group, kind) == meant


@pytest.mark.parametrize(
    ("group", "kind", "meant"),
    [
        pytest.param("cert-manager.io", "Certifcate", ("cert-manager.io", "Certificate"), id="misspelled-kind"),
        pytest.param("cert-manager.io", "Certificate", ("cert-manager.io", "Certificate"), id="itself"),
        pytest.param("certmanager.io", "Issuer", ("cert-manager.io", "Issuer"), id="misspelled-group"),
        pytest.param("argoproj.oi", "Rolout", ("argoproj.io", "Rollout"), id="both"),
        pytest.param("", "Rollout", ("argoproj.io", "Rollout"), id="group-left-out"),
        pytest.param("", "Service", ("", "Service"), id="built-in-first"),
        pytest.param("apps", "Rollout", ("argoproj.io", "Rollout"), id="kind-of-another-group"),
        pytest.param("serving.knative.dev", "Servce", ("serving.knative.dev", "Service"), id="its-own-group-first"),
        pytest.param("cert-manager.io", "Deployment", None, id="built-in-kind-of-another-group"),
        pytest.param("argoproj.io", "Certificate", None, id="kind-of-another-custom-group"),
        pytest.param("gateway.networking.k8s.io", "Ingress", None, id="built-in-kind-in-an-add-on"),
        pytest.param("example.com", "Rollout", None, id="unknown-group"),
    ],
)
def test_what_was_probably_meant_where_custom_kinds_are_served(
    group: str, kind: str, meant: tuple[str, str] | None
) -> None:
    assert likely(group, kind, CUSTOM) == meant


@pytest.mark.parametrize("kind", ["configmap", "CONFIGMAP", "Configmap"])
def test_the_case_of_a_kind_alone_is_a_slip(kind: str) -> None:
    assert likely("", kind) == ("", "ConfigMap")


@pytest.mark.parametrize(("group", "kind"), BUILT_IN)
def test_a_built_in_kind_is_itself(group: str, kind: str) -> None:
    assert likely(group, kind) == (group, kind)


@pytest.mark.parametrize(
    ("key", "served", "hint"),
    [
        pytest.param(
            ObjectKey("autoscaling/v2beta1", "HorizontalPodAutoscaler", "n", "a"),
            ("autoscaling/v2", "autoscaling/v1"),
            "did you mean kind HorizontalPodAutoscaler of apiVersion autoscaling/v2 or autoscaling/v1?",
            id="other-versions",
        ),
        pytest.param(
            ObjectKey("policy/v1", "PodSecurityPolicy", "", "a"),
            ("policy/v1",),
            "the kinds of its group that are known: kubectl api-resources --api-group=policy --context=c",
            id="no-longer-served",
        ),
        pytest.param(
            ObjectKey("resource.k8s.io/v1", "DeviceClass", "", "a"),
            (),
            "the kinds of its group that are known: kubectl api-resources --api-group=resource.k8s.io --context=c",
            id="group-not-served",
        ),
        pytest.param(
            ObjectKey("example.com/v1", "Thing", "", "a"),
            ("example.com/v1",),
            f"{INSTALL}kubectl api-resources --api-group=example.com --context=c",
            id="custom",
        ),
    ],
)
def test_the_way_out_depends_on_what_the_cluster_serves(key: ObjectKey, served: tuple[str, ...], hint: str) -> None:
    said = f'API server https://one (context "c") knows no kind {key.kind} in {key.api_version}'

    assert unknown_kind(Access("https://one", context="c"), key, Served(served)) == (said, hint)


def test_a_group_that_is_installed_is_not_to_be_installed() -> None:
    key = ObjectKey("argoproj.io/v1alpha1", "Thing", "n", "a")

    _, hint = unknown_kind(Access("https://one", context="c"), key, Served((), CUSTOM))

    assert hint == ("the kinds of its group that are known: kubectl api-resources --api-group=argoproj.io --context=c")
