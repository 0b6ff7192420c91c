from __future__ import annotations

from typing import Any

import pytest

from kubectl_images.custom_kinds import CustomKind, defined_by


def _crd(**spec: Any) -> dict[str, Any]:
    names = {"kind": "Thing", "plural": "things", "singular": "thing", "shortNames": ["th", "tg"]}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "spec": {"group": "e.com", "scope": "Namespaced", "names": names, **spec},
    }


@pytest.mark.parametrize(("scope", "namespaced"), [("Namespaced", True), ("Cluster", False)])
def test_a_definition_tells_scope_and_names(scope: str, namespaced: bool) -> None:
    words = ("things", "thing", "th", "tg")

    assert defined_by([_crd(scope=scope)]) == {("e.com", "Thing"): CustomKind(namespaced, words)}


def test_several_definitions_tell_several_kinds() -> None:
    bodies = [
        _crd(names={"kind": "A", "plural": "as"}),
        {"kind": "ConfigMap", "spec": {"group": "e.com", "names": {"kind": "B"}}},
        _crd(group="f.com", names={"kind": "A", "plural": "as", "singular": "as"}),
    ]

    assert defined_by(bodies) == {("e.com", "A"): CustomKind(True, ("as",)), ("f.com", "A"): CustomKind(True, ("as",))}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"kind": "CustomResourceDefinition"}, id="no-spec"),
        pytest.param({"kind": "CustomResourceDefinition", "spec": "x"}, id="spec-is-a-text"),
        pytest.param(_crd(names=None), id="no-names"),
        pytest.param(_crd(names=["Thing"]), id="names-are-a-list"),
        pytest.param(_crd(group=1), id="group-is-a-number"),
        pytest.param(_crd(names={"plural": "things"}), id="no-kind"),
    ],
)
def test_a_definition_that_is_not_whole_is_none(body: dict[str, Any]) -> None:
    assert defined_by([body]) == {}


@pytest.mark.parametrize("short", [None, "th", [1, None]])
def test_names_that_are_none_are_left_out(short: object) -> None:
    body = _crd(names={"kind": "Thing", "plural": "things", "singular": None, "shortNames": short})

    assert defined_by([body]) == {("e.com", "Thing"): CustomKind(True, ("things",))}
