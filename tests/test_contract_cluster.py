"""What `Cluster` needs of an API server, on the fake one and, where there is one, on a real one."""

from __future__ import annotations

import copy
import os
import time
from pathlib import Path
from typing import Any

import pytest
from sides import CLIENT_SIDE, Side, config_map, containers, deployment, managers

from kubectl_images.access import Access, Token
from kubectl_images.cluster import Cluster
from kubectl_images.errors import ClusterError
from kubectl_images.exec_plugin import ExecPlugin
from kubectl_images.kube_client import KubeClient
from kubectl_images.objects import Body, ObjectKey, Resource


def test_a_new_object_is_created_with_what_the_server_adds(side: Side) -> None:
    applied = side.cluster.apply(config_map(a="1"), side.key("ConfigMap", "settings"))

    metadata = applied.live["metadata"]
    assert applied.created
    assert applied.live["data"] == {"a": "1"}
    assert (metadata["name"], metadata["namespace"]) == ("settings", side.namespace)
    assert metadata["uid"]
    assert metadata["resourceVersion"]
    assert metadata["creationTimestamp"]
    (entry,) = metadata["managedFields"]
    assert entry.pop("time")
    assert entry == {
        "manager": "kubectl-images",
        "operation": "Apply",
        "apiVersion": "v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:data": {"f:a": {}}},
    }


def test_elements_of_lists_are_owned_by_their_keys(side: Side) -> None:
    body = deployment(replicas=2)
    containers(body)[0]["ports"] = [{"containerPort": 80}]

    live = side.apply(body)

    mine = next(entry for entry in live["metadata"]["managedFields"] if entry["manager"] == "kubectl-images")
    assert mine["fieldsV1"] == {
        "f:metadata": {"f:labels": {"f:team": {}}},
        "f:spec": {
            "f:replicas": {},
            "f:selector": {},
            "f:template": {
                "f:metadata": {"f:labels": {"f:app": {}}},
                "f:spec": {
                    "f:containers": {
                        'k:{"name":"app"}': {
                            ".": {},
                            "f:env": {'k:{"name":"A"}': {".": {}, "f:name": {}, "f:value": {}}},
                            "f:image": {},
                            "f:name": {},
                            "f:ports": {
                                'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}},
                            },
                        }
                    }
                },
            },
        },
    }


def test_the_same_again_changes_nothing(side: Side) -> None:
    first = side.apply(config_map(a="1"))

    again = side.cluster.apply(config_map(a="1"), side.key("ConfigMap", "settings"))

    assert (again.created, again.live) == (False, first)


def test_a_change_gives_a_new_resource_version(side: Side) -> None:
    first = side.apply(config_map(a="1"))

    second = side.apply(config_map(a="2"))

    assert second["data"] == {"a": "2"}
    assert second["metadata"]["resourceVersion"] != first["metadata"]["resourceVersion"]
    assert second["metadata"]["uid"] == first["metadata"]["uid"]


def test_a_change_of_the_spec_counts_a_generation_and_one_of_a_label_does_not(side: Side) -> None:
    body = deployment(replicas=1)
    first = side.apply(body)
    body["metadata"]["labels"]["team"] = "two"
    second = side.apply(body)
    containers(body)[0]["image"] = "example.com/web:2"
    third = side.apply(body)

    assert [live["metadata"]["generation"] for live in (first, second, third)] == [1, 1, 2]


def test_what_we_no_longer_send_is_removed(side: Side) -> None:
    body = deployment()
    body["metadata"]["labels"]["old"] = "yes"
    containers(body)[0]["env"].append({"name": "B", "value": "2"})
    containers(body).append({"name": "old", "image": "example.com/old:1"})
    side.apply(body)

    live = side.apply(deployment())

    assert live["metadata"]["labels"] == {"team": "one"}
    assert [item["name"] for item in containers(live)] == ["app"]
    assert containers(live)[0]["env"] == [{"name": "A", "value": "1"}]


def test_the_last_value_that_we_no_longer_send_takes_its_map_along(side: Side) -> None:
    side.apply(config_map(a="1"))

    live = side.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}})

    assert "data" not in live


def test_what_others_own_stays(side: Side) -> None:
    other = deployment()
    other["metadata"]["labels"] = {"theirs": "yes"}
    containers(other)[0] = {"name": "sidecar", "image": "example.com/sidecar:1"}
    side.apply_as_other(other)

    live = side.apply(deployment())

    assert live["metadata"]["labels"] == {"team": "one", "theirs": "yes"}
    assert sorted(item["name"] for item in containers(live)) == ["app", "sidecar"]
    assert managers(live) == [("kubectl-images", "Apply"), ("other", "Apply")]


def test_a_field_with_two_owners_stays_when_one_lets_go(side: Side) -> None:
    side.apply_as_other(config_map(a="1"))
    side.apply(config_map(a="1", b="2"))

    live = side.apply(config_map(b="2"))

    assert live["data"] == {"a": "1", "b": "2"}


def test_other_lists_are_replaced_as_a_whole(side: Side) -> None:
    body = deployment()
    containers(body)[0]["args"] = ["one", "two"]
    side.apply(body)
    containers(body)[0]["args"] = ["three"]

    assert containers(side.apply(body))[0]["args"] == ["three"]


def test_one_conflict_names_field_and_manager(side: Side) -> None:
    side.create_as_other(deployment(replicas=3))

    error = side.refused(deployment(replicas=2))

    assert str(error) == (
        "cannot apply deployment.apps/web in namespace NAMESPACE: 1 field is owned by another manager\n"
        '    .spec.replicas is owned by "kubectl-client-side-apply"'
    )
    assert error.hint == "take them over with --force-conflicts, or leave them out of the manifest"
    assert error.status == 409


def test_several_conflicts_are_listed_one_a_line(side: Side) -> None:
    side.create_as_other(deployment(replicas=3))
    body = deployment(replicas=2)
    body["metadata"]["labels"]["team"] = "two"
    containers(body)[0]["image"] = "example.com/web:2"

    error = side.refused(body)

    assert str(error) == (
        "cannot apply deployment.apps/web in namespace NAMESPACE: 3 fields are owned by another manager\n"
        '    .metadata.labels.team is owned by "kubectl-client-side-apply"\n'
        '    .spec.replicas is owned by "kubectl-client-side-apply"\n'
        '    .spec.template.spec.containers[name="app"].image is owned by "kubectl-client-side-apply"'
    )


def test_the_server_says_a_conflict_in_these_words(side: Side) -> None:
    side.create_as_other(deployment(replicas=3))
    path = f"/apis/apps/v1/namespaces/{side.namespace}/deployments/web"

    answer = side.send("PATCH", path, deployment(replicas=2), fieldManager="kubectl-images")

    assert answer.json() == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": 'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
        "reason": "Conflict",
        "details": {
            "causes": [
                {
                    "reason": "FieldManagerConflict",
                    "message": 'conflict with "kubectl-client-side-apply" using apps/v1',
                    "field": ".spec.replicas",
                }
            ]
        },
        "code": 409,
    }


def test_an_equal_value_is_no_conflict(side: Side) -> None:
    side.create_as_other(deployment(replicas=3))

    live = side.apply(deployment(replicas=3))

    assert managers(live) == [(CLIENT_SIDE, "Update"), ("kubectl-images", "Apply")]


def test_force_takes_the_field_over(side: Side) -> None:
    side.create_as_other(config_map(a="1", b="1"))

    live = side.apply(config_map(a="2"), force=True)

    fields = {entry["manager"]: entry["fieldsV1"] for entry in live["metadata"]["managedFields"]}
    assert live["data"] == {"a": "2", "b": "1"}
    assert fields["kubectl-images"] == {"f:data": {"f:a": {}}}
    assert "f:a" not in fields[CLIENT_SIDE]["f:data"]
    assert "f:b" in fields[CLIENT_SIDE]["f:data"]


def test_a_dry_run_of_a_new_object_stores_nothing(side: Side) -> None:
    applied = side.cluster.apply(config_map(a="1"), side.key("ConfigMap", "settings"), dry_run=True)

    assert applied.created
    assert applied.live["data"] == {"a": "1"}
    assert side.cluster.get(side.key("ConfigMap", "settings")) is None


def test_a_dry_run_of_a_change_shows_it_and_stores_nothing(side: Side) -> None:
    before = side.apply(config_map(a="1"))

    tried = side.apply(config_map(a="2"), dry_run=True)

    assert tried["data"] == {"a": "2"}
    assert tried["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    assert side.cluster.get(side.key("ConfigMap", "settings")) == before


def _with(body: Body, path: tuple[str | int, ...], value: object) -> Body:
    changed = copy.deepcopy(body)
    parent: Any = changed
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = value
    return changed


_APP = ("spec", "template", "spec", "containers", 0)
_WEB = "cannot apply deployment.apps/web in namespace NAMESPACE: "


@pytest.mark.parametrize(
    ("body", "message", "hint"),
    [
        pytest.param(
            _with(deployment(), ("spec", "replica"), 1),
            f"{_WEB}.spec.replica: field not declared in schema",
            "deployment.spec",
            id="in-the-spec",
        ),
        pytest.param(
            _with(deployment(), ("spec", "template", "spec", "container"), []),
            f"{_WEB}.spec.template.spec.container: field not declared in schema",
            "deployment.spec.template.spec",
            id="in-the-pod",
        ),
        pytest.param(
            _with(deployment(), (*_APP, "imag"), "x"),
            f'{_WEB}.spec.template.spec.containers[name="app"].imag: field not declared in schema',
            "deployment.spec.template.spec.containers",
            id="in-a-container",
        ),
        pytest.param(
            _with(deployment(), ("metdata",), {}),
            f"{_WEB}.metdata: field not declared in schema",
            "deployment",
            id="at-the-top",
        ),
    ],
)
def test_an_unknown_field_is_named(side: Side, body: Body, message: str, hint: str) -> None:
    error = side.refused(body)

    assert str(error) == message
    assert error.hint == (
        f"the fields that it may have: kubectl explain {hint} --api-version=apps/v1 --context=CONTEXT"
    )


_NAME_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and"
    " end with an alphanumeric character (e.g. 'example.com', regex used for validation is"
    " '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(
            _with(deployment(), ("spec", "replicas"), "three"),
            f"{_WEB}.spec.replicas: expected numeric (int or float), got string",
            id="type",
        ),
        pytest.param(
            _with(deployment(), (*_APP, "env"), [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]),
            f'{_WEB}.spec.template.spec.containers[name="app"].env: duplicate entries for key [name="A"]',
            id="duplicate-variable",
        ),
        pytest.param(
            _with(deployment(), (*_APP, "image"), ""),
            f"{_WEB}it is invalid\n    spec.template.spec.containers[0].image: Required value",
            id="no-image",
        ),
        pytest.param(
            config_map("Not_A_Name"),
            "cannot apply configmap/Not_A_Name in namespace NAMESPACE: it is invalid\n"
            f'    metadata.name: Invalid value: "Not_A_Name": {_NAME_RULE}',
            id="name",
        ),
        pytest.param(
            _with(config_map(), ("metadata", "namespace"), "elsewhere"),
            "cannot apply configmap/settings in namespace NAMESPACE: "
            "the namespace of the provided object does not match the namespace sent on the request",
            id="other-namespace",
        ),
        pytest.param(
            _with(config_map(), ("metadata", "managedFields"), [{"manager": "x"}]),
            "cannot apply configmap/settings in namespace NAMESPACE: metadata.managedFields must be nil",
            id="managed-fields",
        ),
    ],
)
def test_a_wrong_value_is_explained_in_the_servers_words(side: Side, body: Body, message: str) -> None:
    error = side.refused(body)

    assert (str(error), error.hint) == (message, None)


def test_an_immutable_field_says_how_to_go_on(side: Side) -> None:
    side.apply(deployment())
    body = _with(deployment(), ("spec", "selector"), {"matchLabels": {"app": "other"}})
    body["spec"]["template"]["metadata"]["labels"] = {"app": "other"}

    error = side.refused(body)

    assert str(error) == f"{_WEB}it is invalid\n    spec.selector: Invalid value: field is immutable"
    assert error.hint == (
        "keep these fields as they run, or have the object deleted and created anew from the same input:"
        " kubectl images deploy --replace-immutable"
    )


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_an_object_that_is_immutable_says_how_to_go_on(side: Side, kind: str) -> None:
    body = {**config_map("fixed", a="MQ=="), "kind": kind, "immutable": True}
    side.apply(body)

    error = side.refused(_with(body, ("data", "a"), "Mg=="))

    name = f"{kind.lower()}/fixed"
    assert str(error) == (
        f"cannot apply {name} in namespace NAMESPACE: it is invalid\n"
        "    data: Forbidden: field is immutable when `immutable` is set"
    )
    assert error.hint == (
        f"give the {kind} a new name wherever it is mentioned, or have the object deleted and created anew from the same"
        " input: kubectl images deploy --replace-immutable"
    )


def test_all_fields_that_do_not_fit_are_named_with_their_ways_out(side: Side) -> None:
    body = config_map() | {"data": {"a": 2, "b": True}}

    error = side.refused(body)

    assert str(error) == (
        "cannot apply configmap/settings in namespace NAMESPACE: it does not fit its kind\n"
        "    .data.a: expected string, got 2\n"
        "    .data.b: expected string, got true"
    )
    assert error.hint == "put quotes around a number, true or false where a string is expected"


def test_a_dry_run_that_is_refused_does_not_speak_of_applying(side: Side) -> None:
    body = config_map() | {"datta": {}}

    with pytest.raises(ClusterError) as caught:
        side.cluster.apply(body, side.key("ConfigMap", "settings"), dry_run=True)

    assert str(side.named(caught.value)) == (
        "the server refuses configmap/settings in namespace NAMESPACE: .datta: field not declared in schema"
    )


def _secret(**parts: object) -> Body:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "login"}, **parts}


def test_plain_texts_of_a_secret_are_stored_encoded(side: Side) -> None:
    live = side.apply(_secret(stringData={"password": "hunter2"}))

    assert live["data"] == {"password": "aHVudGVyMg=="}
    assert "stringData" not in live
    assert side.apply(_secret(stringData={"password": "hunter2"})) == live


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(
            _secret(stringData={"pin": 12345}),
            ".stringData.pin: expected string, got ***",
            id="number",
        ),
        pytest.param(
            _secret(data={"a": "hunter2!"}),
            "SERVER answered 500: failed to convert new object (/login; /v1, Kind=Secret) to proper version: unable to"
            " convert unstructured object to /v1, Kind=Secret: error decoding from json: illegal base64 data at input"
            " byte 7",
            id="not-base64",
        ),
    ],
)
def test_a_secret_that_is_refused_does_not_show_its_values(side: Side, body: Body, message: str) -> None:
    error = side.refused(body)

    shown = str(error).replace('API server SERVER (context "CONTEXT")', "SERVER")
    assert shown == f"cannot apply secret/login in namespace NAMESPACE: {message}"


def test_a_namespace_that_is_not_there_is_an_error_with_a_way_out(side: Side) -> None:
    missing = f"{side.namespace}-missing"

    with pytest.raises(ClusterError) as caught:
        side.cluster.apply(config_map(), ObjectKey("v1", "ConfigMap", missing, "settings"))

    error = side.named(caught.value)
    assert str(error) == (
        'cannot apply configmap/settings in namespace NAMESPACE-missing: namespace "NAMESPACE-missing" does not exist'
    )
    assert error.hint == (
        "add a Namespace to the manifests, or: kubectl create namespace NAMESPACE-missing --context=CONTEXT"
    )
    assert error.status == 404


@pytest.mark.parametrize(
    ("kind", "api_version", "name"),
    [
        pytest.param("ConfigMap", "v1", "configmap", id="core"),
        pytest.param("Deployment", "apps/v1", "deployment.apps", id="group"),
    ],
)
def test_an_object_that_is_not_there_is_none(side: Side, kind: str, api_version: str, name: str) -> None:
    assert side.cluster.get(ObjectKey(api_version, kind, side.namespace, name)) is None
    assert side.cluster.get(ObjectKey(api_version, kind, f"{side.namespace}-missing", name)) is None


def test_a_kind_that_is_not_served_is_none_and_cannot_be_applied(side: Side) -> None:
    key = ObjectKey("nobody.example.com/v1", "Thing", side.namespace, "one")

    assert side.cluster.resource("nobody.example.com/v1", "Thing") is None
    assert side.cluster.resource("apps/v1", "Thing") is None
    assert side.cluster.get(key) is None
    with pytest.raises(ClusterError) as caught:
        side.cluster.apply({"apiVersion": key.api_version, "kind": "Thing", "metadata": {"name": "one"}}, key)
    error = side.named(caught.value)
    assert str(error) == (
        "cannot apply thing.nobody.example.com/one in namespace NAMESPACE: "
        'API server SERVER (context "CONTEXT") knows no kind Thing in nobody.example.com/v1'
    )
    assert error.hint == (
        "install its CustomResourceDefinition first; the kinds of its group that are known: "
        "kubectl api-resources --api-group=nobody.example.com --context=CONTEXT"
    )


@pytest.mark.parametrize(
    ("api_version", "kind", "hint"),
    [
        pytest.param("apps/v1beta1", "Deployment", "did you mean kind Deployment of apiVersion apps/v1?", id="version"),
        pytest.param("apps/v1", "Deploymnt", "did you mean kind Deployment of apiVersion apps/v1?", id="kind"),
        pytest.param("app/v1", "Deployment", "did you mean kind Deployment of apiVersion apps/v1?", id="group"),
        pytest.param("v1", "Deployment", "did you mean kind Deployment of apiVersion apps/v1?", id="no-group"),
        pytest.param("apps/v1", "Servce", "did you mean kind Service of apiVersion v1?", id="kind-of-another-group"),
        pytest.param("extensions/v1beta1", "Ingress", "did you mean kind Ingress of apiVersion networking.k8s.io/v1?"),
        pytest.param(
            "apps/v1",
            "Thing",
            "the kinds of its group that are known: kubectl api-resources --api-group=apps --context=CONTEXT",
            id="nothing-like-it",
        ),
    ],
)
def test_a_kind_that_is_written_wrong_is_told_apart_from_one_to_install(
    side: Side, api_version: str, kind: str, hint: str
) -> None:
    key = ObjectKey(api_version, kind, side.namespace, "web")

    with pytest.raises(ClusterError, match=f"knows no kind {kind} in {api_version}") as caught:
        side.cluster.apply(deployment() | {"apiVersion": api_version, "kind": kind}, key)

    assert side.named(caught.value).hint == hint


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_live_objects_are_read_by_their_keys(side: Side, count: int) -> None:
    keys = [side.key("ConfigMap", f"settings-{number}") for number in range(count)]
    stored = {key: side.apply(config_map(key.name, a="1")) for key in keys}
    side.apply(config_map("not-asked-for"))

    live = side.cluster.read_live([*keys, side.key("Deployment", "missing")])

    assert live == stored


def test_a_list_comes_in_pages(side: Side) -> None:
    for number in range(3):
        side.apply(config_map(f"settings-{number}"))
    path = f"/api/v1/namespaces/{side.namespace}/configmaps"
    settings = [f"settings-{number}" for number in range(3)]

    names: list[str] = []
    query = {"limit": "1"}
    while True:
        page = KubeClient(side.admin).request("GET", path, tuple(query.items())).json() or {}
        assert len(page["items"]) == 1
        assert (page["kind"], page["apiVersion"]) == ("ConfigMapList", "v1")
        names += [item["metadata"]["name"] for item in page["items"]]
        if not page["metadata"].get("continue"):
            break
        query["continue"] = page["metadata"]["continue"]

    assert [name for name in names if name.startswith("settings")] == settings


def test_a_wrong_token_is_refused_with_the_way_to_look_further(side: Side) -> None:
    access = Access(
        side.admin.server,
        context=side.admin.context,
        user="somebody",
        trust=side.admin.trust,
        login=Token("wrong"),
    )

    with pytest.raises(ClusterError) as caught:
        Cluster(access).get(side.key("ConfigMap", "settings"))

    error = side.named(caught.value)
    assert str(error) == (
        'cannot read configmap/settings in namespace NAMESPACE: API server SERVER (context "CONTEXT") does not accept'
        ' the login of user "somebody": Unauthorized'
    )
    assert error.hint == (
        "log in to the cluster again; what it makes of the login: kubectl auth whoami --context=CONTEXT"
    )
    assert error.status == 401


def _token_without_rights(side: Side) -> str:
    if isinstance(side.viewer.login, Token):
        return side.viewer.login.value
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "nobody"}}
    side.cluster.apply(account, side.key("ServiceAccount", "nobody"))
    path = f"/api/v1/namespaces/{side.namespace}/serviceaccounts/nobody/token"
    answer = side.send("POST", path, {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}})
    return str((answer.json() or {})["status"]["token"])


def test_a_watch_whose_token_is_refused_is_begun_with_the_next_one(side: Side, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text(f"old\n{_token_without_rights(side)}\n", encoding="ascii")
    answer = '{"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1", "status": {"token": "%s"}}'
    script = f"printf '{answer}' $(head -1 {tokens}); sed -i 1d {tokens}"
    plugin = ExecPlugin(
        "somebody",
        "sh",
        ("-c", script),
        {"PATH": os.environ["PATH"]},
        "client.authentication.k8s.io/v1",
        "Never",
        "",
        None,
    )
    access = Access(side.admin.server, trust=side.admin.trust, login=plugin)

    with pytest.raises(ClusterError, match='cannot watch resource "configmaps"') as caught:
        Cluster(access).watch(side.key("ConfigMap", ""), "1")

    assert caught.value.status == 403
    assert tokens.read_text(encoding="ascii") == ""


def test_without_a_login_the_server_says_who_it_takes_us_for(side: Side) -> None:
    access = Access(side.admin.server, trust=side.admin.trust)

    with pytest.raises(ClusterError) as caught:
        Cluster(access).get(side.key("ConfigMap", "settings"))

    assert str(side.named(caught.value)) == (
        'cannot read configmap/settings in namespace NAMESPACE: User "system:anonymous" cannot get resource'
        ' "configmaps" in API group "" in the namespace "NAMESPACE"'
    )
    assert caught.value.hint == "the request carried no login; check the user of the context in the kubeconfig"


def test_a_missing_right_is_named_with_the_command_that_checks_it(side: Side) -> None:
    viewer = Cluster(side.viewer)

    with pytest.raises(ClusterError) as caught:
        viewer.apply(deployment(), side.key("Deployment", "web"))

    error = side.named(caught.value)
    assert str(error) == (
        'cannot apply deployment.apps/web in namespace NAMESPACE: User "viewer" cannot patch resource "deployments"'
        ' in API group "apps" in the namespace "NAMESPACE"'
    )
    assert error.hint == (
        "a role of this user needs the rule {apiGroups: [apps], resources: [deployments], verbs: [patch]}"
        " (a dry run needs it too)\nto check it: "
        f"kubectl auth can-i patch deployments.apps --namespace=NAMESPACE --context={side.viewer.context}"
    ).replace(side.admin.context, "CONTEXT")
    assert error.status == 403


def test_without_the_right_to_list_the_single_reads_are_tried(side: Side) -> None:
    viewer = Cluster(side.viewer)
    keys = [side.key("ConfigMap", name) for name in ("a", "b")]

    with pytest.raises(ClusterError, match='User "viewer" cannot get resource "configmaps"'):
        viewer.read_live(keys)


def test_kinds_of_a_new_definition_can_be_applied_and_read(side: Side) -> None:
    group = f"{side.namespace}.example.com"
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"things.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": "things", "singular": "thing", "kind": "Thing"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {
                        "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                    },
                }
            ],
        },
    }
    crd_key = ObjectKey("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", f"things.{group}")
    key = ObjectKey(f"{group}/v1", "Thing", side.namespace, "one")
    body = {"apiVersion": key.api_version, "kind": "Thing", "metadata": {"name": "one"}, "spec": {"image": "x:1"}}
    cluster = side.cluster
    assert cluster.get(key) is None
    assert cluster.apply(crd, crd_key).created
    try:
        _wait_until_established(cluster, crd_key)

        applied = cluster.apply(body, key)

        assert (applied.created, applied.live["spec"]) == (True, {"image": "x:1"})
        assert cluster.resource(key.api_version, "Thing") == Resource("things", namespaced=True)
        assert cluster.get(key) == applied.live
    finally:
        side.send("DELETE", f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.{group}")


def _wait_until_established(cluster: Cluster, key: ObjectKey) -> None:
    for _ in range(100):
        conditions = ((cluster.get(key) or {}).get("status") or {}).get("conditions") or []
        if any(item["type"] == "Established" and item["status"] == "True" for item in conditions):
            return
        time.sleep(0.1)  # a real server has no way to tell but to be asked again
    pytest.fail("the definition was not established in 10 s")
