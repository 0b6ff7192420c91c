from __future__ import annotations

import pytest

from kubectl_images.access import Access
from kubectl_images.objects import BUILT_IN, ObjectKey
from kubectl_images.unknown_kinds import likely, unknown_kind

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

    assert unknown_kind(Access("https://one", context="c"), key, lambda _group: served) == (said, hint)
