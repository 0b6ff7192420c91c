from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from kubectl_images.errors import ClusterError
from kubectl_images.objects import Body, ObjectKey
from kubectl_images.prerequisites import Patience, await_usable

CRD = ObjectKey("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "things.example.com")
NAMESPACE = ObjectKey("v1", "Namespace", "", "shop")
NAME = "customresourcedefinition.apiextensions.k8s.io/things.example.com"


def a_definition(*conditions: Body) -> Body:
    versions = [{"name": "v1", "served": True}, {"name": "v2", "served": True}, {"name": "v0", "served": False}]
    spec = {"group": "example.com", "names": {"kind": "Thing"}, "versions": versions}
    return {"spec": spec, "status": {"conditions": list(conditions)}}


ESTABLISHED = a_definition({"type": "Established", "status": "True"})


@dataclass
class Cluster:
    """Answers `get` with these states, one after the other, and serves a kind when it was asked for it this often."""

    states: list[Body | None] = field(default_factory=list)
    asked_before: int = 0
    asked: list[str] = field(default_factory=list)

    def get(self, key: ObjectKey) -> Body | None:
        return self.states.pop(0)

    def serves(self, api_version: str, kind: str) -> bool:
        self.asked.append(f"{kind} of {api_version}")
        return self.asked.count(self.asked[-1]) > self.asked_before


def test_what_nothing_depends_on_is_not_asked_for() -> None:
    await_usable(Cluster(), ObjectKey("v1", "ConfigMap", "shop", "c"), {}, Patience(0, 0))
    await_usable(Cluster(), ObjectKey("example.com/v1", "Namespace", "", "n"), {}, Patience(0, 0))


def test_a_definition_that_is_not_new_is_served_when_it_is_established() -> None:
    cluster = Cluster()

    await_usable(cluster, CRD, ESTABLISHED, Patience(0, 0), is_new=False)

    assert cluster.asked == []


@pytest.mark.parametrize("asked_before", [0, 1, 2])
def test_a_definition_is_usable_when_each_of_its_versions_is_served(asked_before: int) -> None:
    cluster = Cluster(asked_before=asked_before)

    await_usable(cluster, CRD, ESTABLISHED, Patience(30, 0))

    assert cluster.asked == [
        *["Thing of example.com/v1"] * (asked_before + 1),
        *["Thing of example.com/v2"] * (asked_before + 1),
    ]


@pytest.mark.parametrize(
    "states",
    [[ESTABLISHED], [a_definition(), {}, a_definition({"type": "Established", "status": "False"}), ESTABLISHED]],
)
def test_a_definition_is_asked_for_until_it_is_established(states: list[Body | None]) -> None:
    cluster = Cluster(states)

    await_usable(cluster, CRD, {}, Patience(30, 0))

    assert cluster.states == []


@pytest.mark.parametrize(
    ("key", "applied", "states", "message"),
    [
        pytest.param(CRD, {}, [{}], f"{NAME} is applied, but its kind is not established after 0 s", id="never"),
        pytest.param(
            CRD,
            a_definition(),
            [a_definition({"type": "NamesAccepted", "status": "False", "message": "things is taken"})],
            f"{NAME} is applied, but its kind is not established (things is taken) after 0 s",
            id="names-are-taken",
        ),
        pytest.param(CRD, {}, [None], f"{NAME} was deleted by somebody else just after it was applied", id="deleted"),
        pytest.param(
            CRD,
            {"metadata": {"deletionTimestamp": "x"}},
            [],
            f"{NAME} is being deleted, so nothing can be created that needs it",
            id="definition-that-ends",
        ),
        pytest.param(
            NAMESPACE,
            {"metadata": {"deletionTimestamp": "x"}, "status": {"phase": "Terminating"}},
            [],
            "namespace/shop is being deleted, so nothing can be created that needs it",
            id="namespace-that-ends",
        ),
        pytest.param(
            NAMESPACE,
            {"status": {"phase": "New"}},
            [{"status": {"phase": "New"}}],
            "namespace/shop is applied, but its phase is New after 0 s",
            id="namespace-that-never-begins",
        ),
        pytest.param(
            CRD,
            ESTABLISHED,
            [],
            f"{NAME} is applied, but Thing of example.com/v1 is not served after 0 s",
            id="never-served",
        ),
    ],
)
def test_what_cannot_be_used_is_an_error(
    key: ObjectKey, applied: Body, states: list[Body | None], message: str
) -> None:
    with pytest.raises(ClusterError) as caught:
        await_usable(Cluster(states, asked_before=9), key, applied, Patience(0, 0))

    assert str(caught.value) == message


@pytest.mark.parametrize("status", [{}, {"phase": "Active"}])
def test_a_namespace_is_usable_at_once(status: Body) -> None:
    await_usable(Cluster(), NAMESPACE, {"status": status}, Patience(0, 0))
