"""Labels, annotations and the namespace that a project gives to the objects of its items."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from kubectl_images import documents
from kubectl_images.custom_kinds import defined_by
from kubectl_images.errors import InputError
from kubectl_images.found_objects import Found
from kubectl_images.item_metadata import with_metadata
from kubectl_images.objects import Body, Item, Place
from kubectl_images.project_items import LoadedItem

ITEM = Item("app", ("app",), (1,), wait=True)


def an_item(**said: Any) -> LoadedItem:
    return LoadedItem(Path("app"), ITEM, Place("deployment.yaml", 2), {}, 3, **said)


def found_in(text: str) -> list[Found]:
    return [Found(each.value, Place("app/all.yaml", each.line)) for each in documents.read(text, "app/all.yaml")]


def bodies(found: Sequence[Found], item: LoadedItem) -> list[Body]:
    custom = defined_by(one.body for one in found)
    return [one.body for one in with_metadata(found, item, custom)]


def metadata(text: str, **said: Any) -> Body:
    (body,) = bodies(found_in(f"kind: ConfigMap\napiVersion: v1\nmetadata: {text}\n"), an_item(**said))
    found: Body = body["metadata"]
    return found


@pytest.mark.parametrize("name", ["labels", "annotations"])
@pytest.mark.parametrize(
    ("written", "common", "expected"),
    [
        pytest.param("{NAME: {a: own}}", {}, {"a": "own"}, id="nothing-common"),
        pytest.param("{}", {"a": "1"}, {"a": "1"}, id="none-of-its-own"),
        pytest.param("{NAME: null}", {"a": "1"}, {"a": "1"}, id="null"),
        pytest.param("{NAME: {a: own, b: own}}", {"a": "1", "c": "2"}, {"a": "1", "b": "own", "c": "2"}, id="both"),
    ],
)
def test_what_is_common_overrides_what_the_object_has(
    name: str, written: str, common: dict[str, str], expected: dict[str, str]
) -> None:
    assert metadata(written.replace("NAME", name), **{name: common}) == {name: expected}


def test_an_object_without_metadata_is_left_to_whoever_tells_that_it_has_no_name() -> None:
    assert bodies(found_in("kind: ConfigMap\n"), an_item(labels={"a": "1"})) == [{"kind": "ConfigMap"}]


@pytest.mark.parametrize("name", ["labels", "annotations"])
def test_labels_that_are_no_map_are_told_with_their_place(name: str) -> None:
    with pytest.raises(InputError) as caught:
        metadata(f"{{{name}: [a]}}", **{name: {"a": "1"}})

    assert str(caught.value) == f"app/all.yaml:1: metadata.{name} of ConfigMap is a list, not a map"


def test_objects_know_their_item_and_stage() -> None:
    (one,) = with_metadata(found_in("kind: ConfigMap\n"), an_item(), {})

    assert (one.item, one.stage) == (ITEM, 3)


OBJECTS = """
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: example.com/v1
kind: Namespace
metadata: {name: not-the-core-one}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: app, namespace: elsewhere}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: bare}
---
apiVersion: v1
kind: Service
metadata: {name: hook, namespace: elsewhere}
---
apiVersion: v1
kind: Service
metadata: {name: bare-hook}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: volume}
---
apiVersion: example.com/v1
kind: Unknown
metadata: {name: unknown, namespace: elsewhere}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: none, namespace: elsewhere}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: all}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
- {kind: ServiceAccount, name: app, namespace: elsewhere}
- {kind: ServiceAccount, name: app, namespace: third}
- {kind: ServiceAccount, name: app}
- {kind: ServiceAccount, name: bare, namespace: elsewhere}
- {kind: ServiceAccount, name: bare, namespace: default}
- {kind: ServiceAccount, name: bare}
- {kind: ServiceAccount, name: other, namespace: elsewhere}
- {kind: ServiceAccount, name: other}
- {kind: ServiceAccount, name: default, namespace: elsewhere}
- {kind: ServiceAccount, name: default}
- {kind: User, apiGroup: rbac.authorization.k8s.io, name: somebody}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: hooks}
webhooks:
- {name: a.example.com, clientConfig: {service: {name: hook, namespace: elsewhere}}}
- {name: b.example.com, clientConfig: {service: {name: hook, namespace: third}}}
- {name: c.example.com, clientConfig: {service: {name: bare-hook, namespace: default}}}
- {name: d.example.com, clientConfig: {service: {name: other, namespace: third}}}
- {name: e.example.com, clientConfig: {url: "https://hooks.example.com"}}
- {name: f.example.com}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.example.com}
spec: {service: {name: hook, namespace: elsewhere}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec:
  group: example.com
  names: {kind: Thing, plural: things}
  conversion: {strategy: Webhook, webhook: {clientConfig: {service: {name: hook, namespace: elsewhere}}}}
"""


def moved(text: str) -> list[Body]:
    return bodies(found_in(text), an_item(namespace="moved"))


def test_objects_move_as_with_the_namespace_of_the_real_kustomize(tmp_path: Path) -> None:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("needs kubectl on PATH")
    (tmp_path / "kustomization.yaml").write_text("namespace: moved\nresources: [all.yaml]\n", encoding="utf-8")
    (tmp_path / "all.yaml").write_text(OBJECTS, encoding="utf-8")

    done = subprocess.run([kubectl, "kustomize", str(tmp_path)], capture_output=True, text=True, check=True)

    expected = [each.value for each in documents.read(done.stdout, "kustomize")]
    assert by_identity(moved(OBJECTS)) == by_identity(expected)


def by_identity(found: list[Body]) -> dict[tuple[str, str, str], Body]:
    return {(body["apiVersion"], body["kind"], body["metadata"]["name"]): body for body in found}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}", "moved", id="none"),
        pytest.param("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: b}}", "moved", id="another"),
        pytest.param("{apiVersion: v1, kind: Node, metadata: {name: a}}", None, id="cluster-scoped"),
        pytest.param("{apiVersion: example.com/v1, kind: Any, metadata: {name: a}}", "moved", id="unknown-kind"),
    ],
)
def test_namespaced_objects_move(text: str, expected: str | None) -> None:
    (body,) = moved(text)

    assert body["metadata"].get("namespace") == expected


def test_kinds_that_the_input_defines_as_cluster_scoped_stay() -> None:
    definition = "{kind: CustomResourceDefinition, apiVersion: apiextensions.k8s.io/v1, metadata: {name: x},\n"
    spec = " spec: {group: example.com, scope: Cluster, names: {kind: Thing}}}\n"

    *_, thing = moved(f"{definition}{spec}---\n{{apiVersion: example.com/v1, kind: Thing, metadata: {{name: a}}}}\n")

    assert thing["metadata"] == {"name": "a"}


def test_an_account_of_another_item_is_not_followed() -> None:
    subjects = "[{kind: ServiceAccount, name: app, namespace: shop}, text]"
    text = f"{{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {{}}, subjects: {subjects}}}"

    (body,) = moved(text)

    assert body["subjects"] == [{"kind": "ServiceAccount", "name": "app", "namespace": "shop"}, "text"]


def test_what_was_read_is_not_changed() -> None:
    found = found_in(OBJECTS)

    bodies(found, an_item(namespace="moved", labels={"a": "1"}))

    assert found == found_in(OBJECTS)
