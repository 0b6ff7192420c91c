from __future__ import annotations

import pytest

from kubectl_images.objects import BUILT_IN, ObjectKey, Place, Resource, built_in, group_of, kind_name


@pytest.mark.parametrize(
    ("place", "text"), [(Place("web.yaml"), "web.yaml"), (Place("web.yaml", 1), "web.yaml:1"), (Place("-", 12), "-:12")]
)
def test_a_place_is_a_file_and_a_line_when_it_is_known(place: Place, text: str) -> None:
    assert str(place) == text


@pytest.mark.parametrize(
    ("key", "text"),
    [
        pytest.param(ObjectKey("apps/v1", "Deployment", "prod", "web"), "deployment.apps/web", id="with-group"),
        pytest.param(ObjectKey("v1", "Service", "prod", "web"), "service/web", id="core-group"),
        pytest.param(
            ObjectKey("rbac.authorization.k8s.io/v1", "ClusterRole", "", "system:x"),
            "clusterrole.rbac.authorization.k8s.io/system:x",
            id="cluster-scoped",
        ),
    ],
)
def test_an_object_is_named_as_kubectl_names_it(key: ObjectKey, text: str) -> None:
    assert str(key) == text
    assert text.startswith(kind_name(key.kind, key.group))


@pytest.mark.parametrize(
    ("api_version", "group"), [("v1", ""), ("apps/v1", "apps"), ("a.example.com/v1beta1", "a.example.com")]
)
def test_the_group_is_what_stands_before_the_version(api_version: str, group: str) -> None:
    assert group_of(api_version) == group


@pytest.mark.parametrize(
    ("api_version", "kind", "resource"),
    [
        pytest.param("v1", "Namespace", Resource("namespaces", namespaced=False), id="core-cluster"),
        pytest.param("v1", "Endpoints", Resource("endpoints", namespaced=True), id="plural-already"),
        pytest.param("apps/v1", "Deployment", Resource("deployments", namespaced=True), id="group"),
        pytest.param("apps/v1beta1", "Deployment", Resource("deployments", namespaced=True), id="any-version"),
        pytest.param("networking.k8s.io/v1", "Ingress", Resource("ingresses", namespaced=True), id="plural-in-es"),
        pytest.param(
            "networking.k8s.io/v1", "NetworkPolicy", Resource("networkpolicies", namespaced=True), id="plural-in-ies"
        ),
        pytest.param(
            "policy/v1beta1", "PodSecurityPolicy", Resource("podsecuritypolicies", namespaced=False), id="old"
        ),
        pytest.param("resource.k8s.io/v1", "DeviceClass", Resource("deviceclasses", namespaced=False), id="new"),
        pytest.param("example.com/v1", "Deployment", None, id="another-group"),
        pytest.param("v1", "Deployment", None, id="no-group"),
        pytest.param("apps/v1", "deployment", None, id="another-case"),
    ],
)
def test_the_scope_of_a_built_in_kind_is_known_without_a_cluster(
    api_version: str, kind: str, resource: Resource | None
) -> None:
    assert built_in(api_version, kind) == resource


def test_no_group_serves_two_kinds_under_one_plural() -> None:
    plurals = [(group, resource.plural) for (group, _), resource in BUILT_IN.items()]

    assert len(plurals) == len(set(plurals))
