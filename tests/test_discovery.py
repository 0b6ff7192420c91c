from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.discovery import Aggregated, ServedKind, aggregated, of_version
from kubectl_images.objects import Resource

ROLLOUT = {
    "resource": "rollouts",
    "responseKind": {"group": "argoproj.io", "version": "v1alpha1", "kind": "Rollout"},
    "scope": "Namespaced",
    "singularResource": "rollout",
    "verbs": ["get"],
    "shortNames": ["ro"],
    "subresources": [{"subresource": "scale", "responseKind": {"kind": "Scale"}, "verbs": ["get"]}],
}
CONFIG_MAP = {"resource": "configmaps", "responseKind": {"kind": "ConfigMap"}, "scope": "Namespaced", "verbs": []}


def _document(*items: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": list(items)}


def _group(name: str | None, *versions: Mapping[str, Any]) -> dict[str, Any]:
    return {"metadata": {"name": name} if name else {}, "versions": list(versions)}


def _version(name: str, *resources: object, freshness: str = "Current") -> dict[str, Any]:
    return {"version": name, "resources": list(resources), "freshness": freshness}


def test_an_aggregated_document_names_the_kinds_of_every_group_and_version() -> None:
    cluster = {**ROLLOUT, "resource": "clusterrollouts", "responseKind": {"kind": "ClusterRollout"}, "scope": "Cluster"}
    document = _document(
        _group(None, _version("v1", CONFIG_MAP)),
        _group("argoproj.io", _version("v1", cluster), _version("v1alpha1", ROLLOUT)),
    )

    found = aggregated(document)

    assert found == Aggregated(
        {
            "v1": {"ConfigMap": ServedKind("v1", "ConfigMap", Resource("configmaps", True), ("configmaps",))},
            "argoproj.io/v1": {
                "ClusterRollout": ServedKind(
                    "argoproj.io/v1",
                    "ClusterRollout",
                    Resource("clusterrollouts", False),
                    ("clusterrollouts", "rollout", "ro"),
                )
            },
            "argoproj.io/v1alpha1": {
                "Rollout": ServedKind(
                    "argoproj.io/v1alpha1", "Rollout", Resource("rollouts", True), ("rollouts", "rollout", "ro")
                )
            },
        },
        frozenset(),
    )


def test_the_servers_order_of_versions_is_kept() -> None:
    found = aggregated(_document(_group("e.com", *map(_version, ("v2", "v1", "v1beta1")))))

    assert found is not None
    assert list(found.catalogue) == ["e.com/v2", "e.com/v1", "e.com/v1beta1"]


def test_a_stale_version_hides_no_other() -> None:
    document = _document(
        _group("down.e.com", {"version": "v1", "freshness": "Stale"}),
        _group("argoproj.io", _version("v1alpha1", ROLLOUT)),
    )

    found = aggregated(document)

    assert found is not None
    assert found.stale == {"down.e.com/v1"}
    assert {name: list(kinds) for name, kinds in found.catalogue.items()} == {
        "down.e.com/v1": [],
        "argoproj.io/v1alpha1": ["Rollout"],
    }


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param("rollouts", id="no-map"),
        pytest.param({**ROLLOUT, "responseKind": None}, id="only-parts"),
        pytest.param({**ROLLOUT, "responseKind": {"kind": ""}}, id="kind-of-no-name"),
        pytest.param({**ROLLOUT, "resource": 1}, id="name-of-no-text"),
    ],
)
def test_what_is_no_kind_hides_no_other(resource: object) -> None:
    found = aggregated(_document(_group("argoproj.io", _version("v1alpha1", resource, {**CONFIG_MAP}))))

    assert found is not None
    assert list(found.catalogue["argoproj.io/v1alpha1"]) == ["ConfigMap"]


def test_of_two_resources_of_one_kind_the_first_counts() -> None:
    document = _document(_group("e.com", _version("v1", ROLLOUT, {**ROLLOUT, "resource": "rolloutreviews"})))

    found = aggregated(document)

    assert found is not None
    assert found.catalogue["e.com/v1"]["Rollout"].resource == Resource("rollouts", namespaced=True)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(None, id="no-json"),
        pytest.param({"kind": "APIGroupList", "apiVersion": "v1", "groups": []}, id="old-server"),
        pytest.param({"kind": "APIVersions", "versions": ["v1"]}, id="old-core"),
        pytest.param({}, id="empty"),
    ],
)
def test_another_document_is_none(document: dict[str, Any] | None) -> None:
    assert aggregated(document) is None


def test_a_list_of_one_version_names_its_kinds_without_their_parts() -> None:
    document = {
        "kind": "APIResourceList",
        "resources": [
            {"name": "things", "singularName": "thing", "namespaced": False, "kind": "Thing", "shortNames": ["th"]},
            {"name": "things/status", "singularName": "", "namespaced": False, "kind": "Thing"},
        ],
    }

    assert of_version("e.com/v1", document) == {
        "Thing": ServedKind("e.com/v1", "Thing", Resource("things", namespaced=False), ("things", "thing", "th"))
    }


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["metadata", "versions", "version", "resources", "resource", "responseKind", "kind", "name"]
            ),
            children,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(_JSON)
def test_no_document_breaks_us(nonsense: object) -> None:
    """Add-ons answer for their own groups, and some do so badly."""
    assert aggregated({"kind": "APIGroupDiscoveryList", "items": nonsense}) is not None
    assert all(isinstance(kind, ServedKind) for kind in of_version("v1", {"resources": nonsense}).values())
