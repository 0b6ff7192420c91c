"""The rights that README names for each command: enough, and none too many."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from fake_rights import Rule
from worlds import WORLDS, Done, World

from kubectl_images import documents
from kubectl_images.kube_client import APPLY_PATCH, KubeClient
from kubectl_images.objects import Body

README = Path(__file__).resolve().parent.parent / "README.md"

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME}
spec:
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec:
      containers:
      - name: app
        image: "{{ images.get_image('REGISTRY/team/web') }}"
"""


def documented() -> Mapping[str, Sequence[Rule]]:
    """Return the rules of README's table of rights, by command line."""
    block = re.search(
        r"^### Rights\n.*?^```yaml\n(.*?)^```", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    assert block is not None, "README has a block of rules below Rights"
    value = documents.read(block[1], "README.md")[0].value
    assert isinstance(value, dict), "README's rules are a map"
    return value


class Viewer:
    """A user without any right, until some are granted."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._role = f"kubectl-images-test-{secrets.token_hex(4)}"

    def run(self, *argv: str) -> Done:
        """Run a command line as this user."""
        if self.world.api_server is None:
            return self.world.run(*argv, "--context", "viewer")
        file = self.world.server.write_kubeconfig(self.world.directory / "viewer", token="viewer-token")
        return self.world.run(*argv, "--kubeconfig", str(file))

    def grant(self, rules: Sequence[Rule]) -> None:
        """Give these rights in the world's namespace, and no others."""
        if self.world.api_server is None:
            self._grant(rules)
        else:
            self.world.server.tokens["viewer-token"] = "viewer"
            self.world.server.allow_only("viewer", rules)

    def _grant(self, rules: Sequence[Rule]) -> None:
        group, namespace = "rbac.authorization.k8s.io", self.world.namespace
        subject = {"apiGroup": group, "kind": "User", "name": "viewer"}
        metadata = {"name": self._role}
        role = {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": metadata, "rules": rules}
        binding = {"apiVersion": f"{group}/v1", "kind": "RoleBinding", "metadata": metadata, "subjects": [subject]} | {
            "roleRef": {"apiGroup": group, "kind": "Role", "name": self._role}
        }
        for plural, body in (("roles", role), ("rolebindings", binding)):
            self._applied(f"/apis/{group}/v1/namespaces/{namespace}/{plural}/{self._role}", body)
        assert any(self._may(rules[-1]) for _ in range(1000)), "the server knows of the rule by now"

    def _applied(self, path: str, body: Body) -> None:
        admin = KubeClient(self.world.access())
        answer = admin.request(
            "PATCH", path, [("fieldManager", "test"), ("force", "true")], body=body, content_type=APPLY_PATCH
        )
        assert answer.status in {200, 201}, answer.message
        admin.close()

    def _may(self, rule: Rule) -> bool:
        """Ask the server whether it knows of the new rule already."""
        attributes = {"namespace": self.world.namespace, "verb": rule["verbs"][-1]} | {
            "group": rule["apiGroups"][0],
            "resource": rule["resources"][-1],
        }
        body: dict[str, Any] = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
        body["spec"] = {"resourceAttributes": attributes}
        viewer = KubeClient(self.world.access(context="viewer"))
        path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        answer = viewer.request("POST", path, body=body).json() or {}
        viewer.close()
        return bool(answer["status"]["allowed"])


@pytest.fixture(params=list(WORLDS))
def viewer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Viewer]:
    with WORLDS[request.param](tmp_path) as world:
        yield Viewer(world)


def push(world: World) -> str:
    """Push an image and return a file that uses it in two Deployments."""
    world.registry.push("team/web", "1.0", "1.1")
    return world.write("web.yaml", WEB.replace("NAME", "web") + "---\n" + WEB.replace("NAME", "other"))


# No controller rolls out what a fake API server has.
WITHOUT_WAIT = [name for name in sorted(documented()) if "--wait" not in name]


@pytest.mark.parametrize(
    ("viewer", "command"),
    [*(("fake", name) for name in WITHOUT_WAIT), *(("real", name) for name in sorted(documented()))],
    indirect=["viewer"],
)
def test_the_rights_of_a_command_are_enough(viewer: Viewer, command: str) -> None:
    world, file = viewer.world, push(viewer.world)
    world.run("deploy", "-f", file, "-F", "REGISTRY/team/web=REGISTRY/team/web:1.0")
    viewer.grant(documented()[command])
    name, *flags = command.split()

    done = viewer.run(name, "-f", file, "-u", *flags)

    assert (done.code, done.err.count("error:")) == (1 if name == "diff" else 0, 0), done.err


@pytest.mark.parametrize("command", ["diff", "deploy"])
def test_the_rights_of_a_command_are_enough_for_what_is_new(viewer: Viewer, command: str) -> None:
    file = push(viewer.world)
    viewer.grant(documented()[command])

    done = viewer.run(command, "-f", file)

    assert (done.code, done.err.count("error:")) == (1 if command == "diff" else 0, 0), done.err


@pytest.mark.parametrize(
    ("command", "verb"), [("diff", "patch"), ("deploy", "patch"), ("poke", "patch"), ("list", "get")]
)
def test_a_right_that_is_missing_is_named_as_a_rule(fakes: World, command: str, verb: str) -> None:
    viewer, file = Viewer(fakes), push(fakes)
    fakes.run("deploy", "-f", file, "-F", "REGISTRY/team/web=REGISTRY/team/web:1.0")
    (rule, *_) = documented()[command]
    viewer.grant([{**rule, "verbs": [known for known in rule["verbs"] if known not in {verb, "list"}]}])
    fakes.server.requests.clear()

    done = viewer.run(command, "-f", file, *(["-u"] if command != "list" else []))

    assert done.code == (2 if command == "diff" else 1)
    assert (
        f"a role of this user needs the rule {{apiGroups: [apps], resources: [deployments], verbs: [{verb}]}}"
        in done.err
    )


@pytest.mark.parametrize("command", WITHOUT_WAIT)
def test_without_the_right_to_list_objects_are_read_one_by_one(fakes: World, command: str) -> None:
    viewer, file = Viewer(fakes), push(fakes)
    fakes.run("deploy", "-f", file, "-F", "REGISTRY/team/web=REGISTRY/team/web:1.0")
    first, *others = documented()[command]
    viewer.grant([{**first, "verbs": [verb for verb in first["verbs"] if verb != "list"]}, *others])
    name, *flags = command.split()

    done = viewer.run(name, "-f", file, "-u", *flags)

    assert (done.code, done.err.count("error:")) == (1 if name == "diff" else 0, 0), done.err


@pytest.mark.parametrize("verb", ["create", "delete"])
def test_without_the_rights_to_replace_an_object_nothing_is_applied(viewer: Viewer, verb: str) -> None:
    world, file = viewer.world, push(viewer.world)
    world.run("deploy", "-f", file, "-F", "REGISTRY/team/web=REGISTRY/team/web:1.0")
    other = world.write(
        "other.yaml",
        WEB.replace("labels: {app: NAME}", "labels: {app: x}")
        .replace("{app: NAME}", "{app: x}")
        .replace("NAME", "web"),
    )
    (rule,) = documented()["deploy --replace-immutable"]
    viewer.grant([{**rule, "verbs": [known for known in rule["verbs"] if known != verb]}])
    before = world.live("apps/v1", "Deployment", "web") or {}

    done = viewer.run("deploy", "-f", other, "-u", "--replace-immutable")

    after = world.live("apps/v1", "Deployment", "web") or {}
    assert (done.code, after["metadata"]["uid"], after["spec"]) == (1, before["metadata"]["uid"], before["spec"])
    assert f"verbs: [{verb}]}}" in done.err
