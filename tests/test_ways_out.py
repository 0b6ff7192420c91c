"""What messages about conflicts, others' objects and the server's own fields tell one to do, done; on both API servers."""

from __future__ import annotations

import json

from worlds import World

from kubectl_images.kube_client import JSON_PATCH, KubeClient
from kubectl_images.objects import Body

SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: '1', b: '1'}\n"
CONFLICT = '1 field is owned by another manager\n    .data.a is owned by "kubectl-edit"\n'
HINT = "hint: take them over with --force-conflicts, or leave them out of the manifest\n"


def settings(world: World) -> Body:
    return world.live("v1", "ConfigMap", "settings") or {}


def edited_by_hand(world: World) -> None:
    """Deploy, and change a value as `kubectl edit` does."""
    assert world.run("deploy", "-f", world.write("settings.yaml", SETTINGS)).code == 0
    path = f"/api/v1/namespaces/{world.namespace}/configmaps/settings"
    operations = [{"op": "replace", "path": "/data/a", "value": "2"}]
    query = [("fieldManager", "kubectl-edit")]
    answer = KubeClient(world.access()).request("PATCH", path, query, body=operations, content_type=JSON_PATCH)
    assert answer.status == 200, answer.message


def created_by_kubectl(world: World) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"a": "1", "old": "1"}}
    path = f"/api/v1/namespaces/{world.namespace}/configmaps"
    answer = KubeClient(world.access()).request("POST", path, [("fieldManager", "kubectl-create")], body=body)
    assert answer.status == 201, answer.message


def test_a_conflict_is_told_and_force_takes_the_field_over(world: World) -> None:
    edited_by_hand(world)
    file = world.write("settings.yaml", SETTINGS.replace("a: '1'", "a: '3'"))

    refused = world.run("deploy", "-f", file)
    forced = world.run("deploy", "-f", file, "--force-conflicts")

    assert (refused.code, forced.code) == (1, 0)
    assert CONFLICT in refused.err
    assert refused.err.endswith(HINT)
    assert settings(world)["data"] == {"a": "3", "b": "1"}


def test_a_field_that_is_left_out_stays_as_it_was_edited(world: World) -> None:
    edited_by_hand(world)
    file = world.write("settings.yaml", SETTINGS.replace("a: '1', ", ""))

    assert world.run("deploy", "-f", file).code == 0
    assert settings(world)["data"] == {"a": "2", "b": "1"}


def test_diff_shows_what_goes_when_an_object_becomes_ours(world: World) -> None:
    created_by_kubectl(world)
    file = world.write("settings.yaml", SETTINGS)

    compared = world.run("diff", "-f", file)
    deployed = world.run("deploy", "-f", file)
    again = world.run("diff", "-f", file)

    assert compared.code == 1
    assert [line for line in compared.out.splitlines() if line[0] in "+-"][2:] == ['-  old: "1"', '+  b: "1"']
    assert compared.err == "configmap/settings: taken over from kubectl-create\n"
    assert deployed.out == "configmap/settings configured\n    taken over from kubectl-create\n"
    assert (again.code, again.out, again.err) == (0, "", "")
    assert settings(world)["data"] == {"a": "1", "b": "1"}


def test_what_kubectl_get_prints_can_be_deployed(world: World) -> None:
    created_by_kubectl(world)
    printed = json.dumps({"apiVersion": "v1", "kind": "List", "items": [settings(world)]})

    first, again = (world.run("deploy", "-f", "-", stdin=printed) for _ in range(2))

    assert (first.code, again.code) == (0, 0)
    assert first.err.splitlines()[0] == (
        "note: standard input:1: configmap/settings: metadata.creationTimestamp, metadata.managedFields,"
        " metadata.resourceVersion, metadata.uid are the server's and left out"
    )
    assert again.out == "configmap/settings unchanged\n"


def test_a_field_that_is_ignored_is_no_difference(world: World) -> None:
    annotated = SETTINGS.replace(
        "{name: settings}", "{name: settings, annotations: {kluctl.io/ignore-diff-field: data.a}}"
    )
    assert world.run("deploy", "-f", world.write("settings.yaml", annotated)).code == 0
    file = world.write("settings.yaml", annotated.replace("a: '1'", "a: '3'"))

    assert world.run("diff", "-f", file).code == 0
    assert world.run("deploy", "-f", file).code == 0
    assert settings(world)["data"]["a"] == "3"
