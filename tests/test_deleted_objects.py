from __future__ import annotations

from collections.abc import Sequence

import pytest
from builders import a_manifest

from kubectl_images.deleted_objects import DeletedObject, doubts, parse_deletions, served
from kubectl_images.discovery import ServedKind
from kubectl_images.errors import InputError
from kubectl_images.fields import read_fields
from kubectl_images.manifests import Namespaces
from kubectl_images.objects import Body, Manifest, ObjectKey, Place, Resource
from kubectl_images.project_items import Deletion

PLACE = Place("deployment.yaml", 1)
WIDGETS: Body = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.com"},
    "spec": {"group": "example.com", "scope": "Namespaced", "names": {"kind": "Widget", "plural": "widgets"}},
}


def parsed(
    *entries: str, bodies: Sequence[Body] = (), namespaces: Namespaces | None = None, override: str | None = None
) -> list[DeletedObject]:
    fields = [read_fields(entry, "deployment.yaml") for entry in entries]
    deletions = [Deletion(field, 2, override) for field in fields if field]
    manifests = [a_manifest(body) for body in bodies]
    return list(parse_deletions(deletions, manifests, namespaces or Namespaces("shop")))


@pytest.mark.parametrize(
    ("entry", "group", "namespace"),
    [
        pytest.param("{kind: ConfigMap, name: a}", "", "shop", id="core"),
        pytest.param("{kind: Deployment, name: a}", "apps", "shop", id="built-in"),
        pytest.param("{kind: Widget, name: a}", "example.com", "shop", id="defined-by-the-input"),
        pytest.param("{kind: Other, name: a}", None, "shop", id="unknown"),
        pytest.param("{kind: Namespace, name: a}", "", "", id="cluster-scoped"),
        pytest.param("{kind: Event, group: events.k8s.io, name: a}", "events.k8s.io", "shop", id="given"),
        pytest.param("{kind: Event, group: '', name: a}", "", "shop", id="given-core"),
        pytest.param("{kind: Event, version: v1, name: a, namespace: prod}", "", "prod", id="namespace"),
    ],
)
def test_an_object_is_named_by_kind_and_name(entry: str, group: str | None, namespace: str) -> None:
    (found,) = parsed(entry, bodies=[WIDGETS])

    kind = entry.partition("kind: ")[2].partition(",")[0]
    assert found == DeletedObject(group, kind, namespace, "a", PLACE, 2)


@pytest.mark.parametrize(
    ("entry", "override", "namespace"),
    [
        pytest.param("{kind: Pod, name: a}", None, "shop", id="none"),
        pytest.param("{kind: Pod, name: a}", "other", "other", id="of-the-project"),
        pytest.param("{kind: Pod, name: a, namespace: prod}", "other", "prod", id="its-own"),
        pytest.param("{kind: Namespace, name: a}", "other", "", id="cluster-scoped"),
    ],
)
def test_an_object_without_namespace_is_in_that_of_its_project(
    entry: str, override: str | None, namespace: str
) -> None:
    assert parsed(entry, override=override)[0].namespace == namespace


def test_the_namespace_of_the_project_must_be_the_one_that_is_typed() -> None:
    with pytest.raises(InputError) as caught:
        parsed("{kind: Pod, name: a}", namespaces=Namespaces("shop", explicit=True), override="prod")

    assert str(caught.value) == (
        "deployment.yaml:1: Pod/a: its namespace prod, that of overrideNamespace, is not the namespace shop of"
        " --namespace"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("{kind: Deployment, name: a}", "{group: apps, kind: Deployment, name: a}", id="group"),
        pytest.param("{kind: Event, name: a}", "{group: events.k8s.io, kind: Event, name: a}", id="events"),
        pytest.param("{kind: Node, name: a}", "{kind: Node, name: a, namespace: other}", id="cluster-scoped"),
    ],
)
def test_an_object_that_is_named_twice_is_deleted_once(one: str, other: str) -> None:
    assert len(parsed(one, other)) == 1


def test_an_object_that_is_named_with_its_group_and_without_is_deleted_once() -> None:
    manifests, _ = found("{kind: Sprocket, name: a}", "{group: g.com, kind: Sprocket, name: a}")

    assert [manifest.key for manifest in manifests] == [ObjectKey("g.com/v1", "Sprocket", "shop", "a")]


def test_an_event_is_one_object_in_both_groups() -> None:
    event: Body = {"apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": {"name": "a", "namespace": "shop"}}

    with pytest.raises(InputError, match=r"event\.events\.k8s\.io/a is deleted and deployed by"):
        parsed("{kind: Event, name: a}", bodies=[event])


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        pytest.param("[]", "the file is a list, not a map", id="no-map"),
        pytest.param("{kind: Pod, name: 1}", "name is a number, not a text", id="number"),
        pytest.param("{kind: Pod, name: a, version: {}}", "version is a map, not a text", id="version"),
        pytest.param(
            "{kind: Pod, name: a, namespace: prod}",
            "Pod/a: its namespace prod is not the namespace shop of --namespace",
            id="namespace",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(entry: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parsed(entry, namespaces=Namespaces("shop", explicit=True))

    assert str(caught.value) == f"deployment.yaml:1: {message}"


def test_what_is_deployed_is_not_deleted() -> None:
    with pytest.raises(InputError) as caught:
        parsed("{kind: CustomResourceDefinition, name: widgets.example.com}", bodies=[WIDGETS])

    assert str(caught.value) == (
        "deployment.yaml:1: customresourcedefinition.apiextensions.k8s.io/widgets.example.com is deleted and deployed by"
        " the same project: it is written in web.yaml:1"
    )


@pytest.mark.parametrize(
    "entry",
    ["{kind: CustomResourceDefinition, name: others.example.com}", "{kind: Widget, name: widgets.example.com}"],
)
def test_what_only_looks_like_an_object_to_deploy_is_deleted(entry: str) -> None:
    assert len(parsed(entry, bodies=[WIDGETS])) == 1


@pytest.mark.parametrize("namespace", ["shop", "prod"])
def test_an_object_of_the_same_name_in_another_namespace_is_another_one(namespace: str) -> None:
    body: Body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "shop"}}

    same = parsed(f"{{kind: Pod, name: a, namespace: {namespace}}}")[0].is_same(a_manifest(body).key)

    assert same is (namespace == "shop")


class Cluster:
    """Serves Things in two groups, Sprockets, and Nodes, which have no namespaces."""

    def kinds_named(self, kind: str, group: str | None) -> Sequence[ServedKind]:
        kinds = [
            ServedKind("e.com/v2", "Thing", Resource("things", namespaced=True)),
            ServedKind("f.com/v1", "Thing", Resource("things", namespaced=True)),
            ServedKind("g.com/v1", "Sprocket", Resource("sprockets", namespaced=True)),
            ServedKind("v1", "Node", Resource("nodes", namespaced=False)),
        ]
        return [known for known in kinds if known.kind == kind and known.api_version.startswith(group or "")]


def found(*entries: str) -> tuple[tuple[Manifest, ...], list[str]]:
    warned: list[str] = []
    return served(parsed(*entries), Cluster(), warned.append), warned


def test_an_object_is_found_under_the_kind_that_is_served() -> None:
    manifests, warned = found("{kind: Thing, group: e.com, name: a}", "{kind: Node, name: b, namespace: shop}")

    assert [manifest.key for manifest in manifests] == [
        ObjectKey("e.com/v2", "Thing", "shop", "a"),
        ObjectKey("v1", "Node", "", "b"),
    ]
    assert all((item.deleted, item.stage, item.place, item.body) == (True, 2, PLACE, {}) for item in manifests)
    assert warned == []


def test_a_kind_of_several_groups_needs_its_group() -> None:
    with pytest.raises(InputError) as caught:
        found("{kind: Thing, name: a}")

    assert str(caught.value) == ("deployment.yaml:1: thing/a: several groups have this kind: thing.e.com, thing.f.com")


def test_a_kind_that_is_not_served_has_no_objects() -> None:
    assert found("{kind: Other, name: a}") == (
        (),
        ["deployment.yaml:1: other/a: the cluster knows no kind Other, so there is none to delete"],
    )


@pytest.mark.parametrize(
    ("entry", "meant"),
    [
        pytest.param("{kind: Configmap, name: a}", "did you mean ConfigMap?", id="kind"),
        pytest.param("{kind: Deploymnt, group: apps, name: a}", "did you mean Deployment?", id="in-its-group"),
        pytest.param(
            "{kind: Deploymnt, group: batch, name: a}", "did you mean Deployment of group apps?", id="of-another-group"
        ),
    ],
)
def test_a_misspelt_kind_is_asked_for_with_a_cluster_and_without(entry: str, meant: str) -> None:
    (item,) = parsed(entry)

    assert doubts([item]) == [f"deployment.yaml:1: {item}: there may be no kind {item.kind}; {meant}"]
    assert found(entry)[1][0].endswith(f"so there is none to delete; {meant}")


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param("{kind: Deployment, name: a}", id="built-in"),
        pytest.param("{kind: Widget, name: a}", id="custom"),
        pytest.param("{kind: Deploymnt, group: example.com, name: a}", id="custom-group"),
    ],
)
def test_other_kinds_are_not_doubted(entry: str) -> None:
    assert doubts(parsed(entry)) == []
