"""What a deploy knows before the first write: all that would change, and no more refusals than there will be."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_deploy_command import asked
from worlds import Done, World, real_world

from kubectl_images.kube_client import KubeClient

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
NOT_CHECKED = "    not checked before: it needs what this deploy changes\n"
A = "a: {type: integer}"
SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: '1'}\n"


def a_definition(world: World, properties: str, name: str) -> str:
    """Return the definition of a kind that no other test has; its objects have these fields."""
    world.removed_later.append(f"{CRDS}/{name}s.images.example.com")
    schema = f"{{openAPIV3Schema: {{type: object, properties: {{spec: {{type: object, {properties}}}}}}}}}"
    return (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
        f"metadata: {{name: {name}s.images.example.com}}\nspec:\n  group: images.example.com\n  scope: Namespaced\n"
        f"  names: {{kind: {name}, plural: {name}s}}\n"
        f"  versions: [{{name: v1, served: true, storage: true, schema: {schema}}}]\n"
    )


def a_resource(name: str, spec: str) -> str:
    return f"apiVersion: images.example.com/v1\nkind: {name}\nmetadata: {{name: w}}\nspec: {spec}\n"


def a_name() -> str:
    return f"thing{secrets.token_hex(4)}"


def together(*objects: str) -> str:
    return "---\n".join(objects)


@pytest.fixture
def real(tmp_path: Path) -> Iterator[World]:
    """Yield the world whose server judges what it is given, as the fake one does not."""
    with real_world(tmp_path) as made:
        yield made


def test_true_is_not_one_and_false_is_not_zero(world: World) -> None:
    name = a_name()
    definition = a_definition(world, "x-kubernetes-preserve-unknown-fields: true", name)
    world.write("all.yaml", together(definition, a_resource(name, "{a: 1, b: 0, c: 1}")))
    assert world.run("deploy", "-f", str(world.directory / "all.yaml")).code == 0
    file = world.write("w.yaml", a_resource(name, "{a: true, b: false, c: 1}"))

    compared = world.run("diff", "-f", file)
    done = world.run("deploy", "-f", file)

    assert [line for line in compared.out.splitlines() if line[0] in "+-"][2:] == [
        *("-  a: 1", "-  b: 0", "+  a: true", "+  b: false"),
    ]
    assert done.out == f"{name}.images.example.com/w configured\n"
    assert (world.live("images.example.com/v1", name, "w") or {})["spec"] == {"a": True, "b": False, "c": 1}


def created_by_kubectl(world: World) -> str:
    """Create the settings as `kubectl create` does, and return their file."""
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"a": "1"}}
    path = f"/api/v1/namespaces/{world.namespace}/configmaps"
    answer = KubeClient(world.access()).request("POST", path, [("fieldManager", "kubectl-create")], body=body)
    assert answer.status == 201, answer.message
    return world.write("settings.yaml", SETTINGS)


def test_a_takeover_alone_is_in_the_plan_and_asked_for(world: World) -> None:
    file = created_by_kubectl(world)

    refused = asked(world, "n\n", "deploy", "-f", file)
    tried = world.run("deploy", "-f", file, "--dry-run=server")
    done = asked(world, "y\n", "deploy", "-f", file)
    again = asked(world, "n\n", "deploy", "-f", file)

    note = "    taken over from kubectl-create\n"
    assert refused.code == 1
    assert refused.err.startswith(f"configmap/settings to change\n{note}plan for 1 object: 1 to change\n")
    assert tried.out == f"configmap/settings configured (server dry run)\n{note}"
    assert done.out == f"configmap/settings configured\n{note}"
    assert done.err.endswith("1 object: applied 1, unchanged 0, failed 0\n")
    assert (again.code, again.out) == (0, "configmap/settings unchanged\n")


def test_what_diff_ignores_is_in_the_plan_all_the_same(world: World) -> None:
    annotated = SETTINGS.replace("{name: settings}", "{name: settings, annotations: {kluctl.io/ignore-diff: 'true'}}")
    world.run("deploy", "-f", world.write("settings.yaml", annotated))
    file = world.write("settings.yaml", annotated.replace("a: '1'", "a: '2'"))

    compared = world.run("diff", "-f", file)
    tried = world.run("deploy", "-f", file, "--dry-run=server")
    refused = asked(world, "n\n", "deploy", "-f", file)

    assert (compared.code, compared.out) == (0, "")
    assert tried.out == "configmap/settings configured (server dry run)\n"
    assert refused.code == 1
    assert refused.err.startswith("configmap/settings to change\nplan for 1 object: 1 to change\n")


LIMIT = """\
apiVersion: v1
kind: LimitRange
metadata: {name: limit}
spec: {limits: [{type: PersistentVolumeClaim, max: {storage: 1Gi}}]}
"""
CLAIM = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 2Gi}}}
"""


def a_service(name: str, port: int | None) -> str:
    node_port = f", nodePort: {port}" if port else ""
    kind = "NodePort" if port else "ClusterIP"
    return (
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\n"
        f"spec: {{type: {kind}, selector: {{a: b}}, ports: [{{port: 80{node_port}}}]}}\n"
    )


def test_what_the_same_deploy_changes_before_is_no_reason_to_refuse(real: World) -> None:
    name, port = a_name(), 30000 + secrets.randbelow(2767)
    old, new = (a_definition(real, f"properties: {{{fields}}}", name) for fields in (A, f"{A}, b: {{type: integer}}"))
    before = together(old, a_resource(name, "{a: 1}"), LIMIT, a_service("one", port))
    assert real.run("deploy", "-f", real.write("all.yaml", before)).code == 0
    raised = LIMIT.replace("1Gi", "3Gi")
    # The one that takes the port stands first, and goes last.
    services = a_service("two", port), a_service("one", None)
    file = real.write("all.yaml", together(new, a_resource(name, "{a: 1, b: 2}"), raised, CLAIM, *services))

    compared = real.run("diff", "-f", file)
    tried = real.run("deploy", "-f", file, "--dry-run=server")
    done = real.run("deploy", "-f", file)

    assert compared.code == 1
    assert compared.err.count(NOT_CHECKED.strip()) == 3
    assert tried.out.splitlines() == [
        f"customresourcedefinition.apiextensions.k8s.io/{name}s.images.example.com configured (server dry run)",
        "limitrange/limit configured (server dry run)",
        "persistentvolumeclaim/data created (server dry run)",
        NOT_CHECKED.rstrip(),
        f"{name}.images.example.com/w applied (server dry run)",
        NOT_CHECKED.rstrip(),
        "service/two created (server dry run)",
        NOT_CHECKED.rstrip(),
        "service/one configured (server dry run)",
    ]
    assert (done.code, done.err) == (0, "6 objects: applied 6, unchanged 0, failed 0\n")


def test_the_server_may_know_a_moment_later_of_what_was_changed(fakes: World) -> None:
    fakes.run("deploy", "-f", fakes.write("limit.yaml", LIMIT))
    path = "/api/v1/namespaces/default/configmaps/settings"
    said = 'configmaps "settings" is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=1'
    # By the check, and by the first try.
    fakes.server.fail(403, times=2, method="PATCH", path=path, message=said)
    file = fakes.write("all.yaml", together(LIMIT.replace("1Gi", "3Gi"), SETTINGS))

    done = fakes.run("deploy", "-f", file)

    assert done == Done(
        0,
        "limitrange/limit configured\nconfigmap/settings created\n",
        "2 objects: applied 2, unchanged 0, failed 0\n",
    )


def test_something_new_is_no_excuse_for_what_is_refused_anyway(real: World) -> None:
    assert real.run("deploy", "-f", real.write("limit.yaml", LIMIT)).code == 0
    account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: new}\n"
    file = real.write("all.yaml", together(LIMIT, account, CLAIM))

    done = real.run("deploy", "-f", file)

    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: 1 of 3 objects could not be applied, so nothing was\n")
    assert "maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi\n" in done.err
    assert done.err.endswith("hint: if it needs what the same deploy brings, deploy that first\n")
    assert real.live("v1", "ServiceAccount", "new") is None


ROLE = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: NAME}\nrules: [RULE]\n"
BINDING = (
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: NAME}\n"
    "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: NAME}\n"
    "subjects: [{kind: User, name: viewer, apiGroup: rbac.authorization.k8s.io}]\n"
)


def test_a_binding_is_not_refused_for_a_role_that_comes_before_it(real: World) -> None:
    resources = "apiGroups: [rbac.authorization.k8s.io], resources: [roles, rolebindings]"
    rule = f"{{{resources}, verbs: [get, list, create, patch]}}"
    allowed = together(ROLE, BINDING).replace("RULE", rule).replace("NAME", "granting")
    assert real.run("deploy", "-f", real.write("allowed.yaml", allowed)).code == 0
    role, binding = (text.replace("RULE", "").replace("NAME", "r") for text in (ROLE, BINDING))
    as_viewer = ("deploy", "--context=viewer", "-f")

    alone = real.run(*as_viewer, real.write("binding.yaml", binding), "--dry-run=server")
    both = real.run(*as_viewer, real.write("both.yaml", together(binding, role)), "--dry-run=server")
    done = real.run(*as_viewer, real.write("both.yaml", together(binding, role)))

    assert alone.code == 1
    assert 'rolebindings.rbac.authorization.k8s.io "r" not found\n' in alone.err
    assert both.out == (
        "role.rbac.authorization.k8s.io/r created (server dry run)\n"
        f"rolebinding.rbac.authorization.k8s.io/r created (server dry run)\n{NOT_CHECKED}"
    )
    assert (done.code, done.err) == (0, "2 objects: applied 2, unchanged 0, failed 0\n")
