"""The command `deploy` where somebody sits before it, and its further forms."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pytest
from test_main_job import PROXY, WEB, deployment
from worlds import Done, World

from kubectl_images.cli import run
from kubectl_images.kube_client import KubeClient
from kubectl_images.terminal import Terminal


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Keyboard(io.TextIOWrapper):
    """The input of somebody at a terminal, who may do something else before the answer."""

    def __init__(self, answer: str | Callable[[], str]) -> None:
        super().__init__(io.BytesIO())
        self.answer = answer

    def isatty(self) -> bool:
        return True

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override] # as in the base class
        return self.answer if isinstance(self.answer, str) else self.answer()


def asked(world: World, answer: str | Callable[[], str], *argv: str) -> Done:
    """Run a command line with somebody who types the answer."""
    out, err = Screen(), Screen()
    code = run(argv, Terminal(Keyboard(answer), out, err), {**world.all_environ(), "NO_COLOR": ""})
    return Done(code, out.getvalue(), err.getvalue())


@pytest.fixture
def web(fakes: World) -> str:
    fakes.registry.push("team/web", "main-9", "main-10")
    return fakes.write("web.yaml", deployment(f"app: {WEB}"))


def the_question(world: World) -> str:
    return f"Apply to namespace default of context fake ({world.server.url})? [y/N] "


def test_the_plan_is_shown_and_a_yes_applies_it(fakes: World, web: str) -> None:
    done = asked(fakes, "yes\n", "deploy", "-f", web)

    image = f"    app: (none) -> {fakes.host}/team/web:main-10 (registry)\n"
    assert done.out == f"deployment.apps/web created\n{image}"
    assert done.err == (
        f"deployment.apps/web to create\n{image}plan for 1 object: 1 to create\n"
        f"{the_question(fakes)}1 object: applied 1, unchanged 0, failed 0\n"
    )
    assert done.code == 0
    assert fakes.image() == f"{fakes.host}/team/web:main-10"


@pytest.mark.parametrize("answer", ["n\n", "\n", "", "maybe\n"])
def test_any_other_answer_applies_nothing_and_is_an_error(fakes: World, web: str, answer: str) -> None:
    done = asked(fakes, answer, "deploy", "-f", web)

    assert (done.code, done.out) == (1, "")
    assert done.err.endswith("nothing was applied\n")
    assert fakes.image() is None


def test_where_nothing_would_change_nothing_is_asked(fakes: World, web: str) -> None:
    fakes.run("deploy", "-f", web)

    done = asked(fakes, "", "deploy", "-f", web)

    assert done == Done(0, "deployment.apps/web unchanged\n", "1 object: applied 0, unchanged 1, failed 0\n")


def test_a_server_dry_run_counts_what_the_same_objects_make_possible_as_new(fakes: World) -> None:
    objects = "kind: ConfigMap\nmetadata: {name: c, namespace: fresh}\n---\nkind: Namespace\nmetadata: {name: fresh}\n"
    file = fakes.write("all.yaml", objects.replace("kind", "apiVersion: v1\nkind"))

    done = fakes.run("deploy", "-f", file, "--dry-run=server")

    assert done == Done(
        0,
        "namespace/fresh created (server dry run)\nconfigmap/c created (server dry run)\n"
        "    not checked before: it needs what this deploy changes\n",
        "2 objects: applied 2, unchanged 0, failed 0 (server dry run)\n",
    )


def test_a_plan_that_the_server_refuses_is_an_error_before_the_question(fakes: World) -> None:
    bad = deployment("app: nginx:1", name="bad").replace("replicas", "replicsa")
    file = fakes.write("all.yaml", f"{deployment('app: nginx:1')}---\n{bad}")

    done = asked(fakes, "y\n", "deploy", "-f", file)

    assert done.code == 1
    assert done.err.startswith(
        "error: 1 of 2 objects could not be applied, so nothing was\n    the server refuses deployment.apps/bad"
    )
    assert fakes.image("web") is None


def test_a_failure_does_not_hide_what_was_applied(fakes: World) -> None:
    bad = deployment("app: nginx:1", name="bad").replace("replicas", "replicsa")
    file = fakes.write("all.yaml", f"{deployment('app: nginx:1')}---\n{bad}")

    done = fakes.run("deploy", "-f", file)

    assert (done.code, done.out) == (1, "deployment.apps/web created\n")
    assert done.err.startswith(
        "2 objects: applied 1, unchanged 0, failed 1\nerror: 1 of 2 objects could not be applied\n"
    )


@pytest.mark.parametrize(
    ("flags", "out", "err"),
    [
        pytest.param(
            ["--dry-run=client", "-F", "REGISTRY/team/web=nginx:1"],
            "deployment.apps/web (dry run)\n    app: nginx:1 (fixed)\n",
            "",
            id="client",
        ),
        pytest.param(["--dry-run=client", "-o", "name"], "deployment.apps/web\n", "", id="client-name"),
        pytest.param(
            ["--dry-run=server", "-F", "REGISTRY/team/web=nginx:1"],
            "deployment.apps/web created (server dry run)\n    app: (none) -> nginx:1 (fixed)\n",
            "1 object: applied 1, unchanged 0, failed 0 (server dry run)\n",
            id="server",
        ),
    ],
)
def test_a_dry_run_says_so_and_changes_nothing(fakes: World, web: str, flags: list[str], out: str, err: str) -> None:
    done = fakes.run("deploy", "-f", web, *flags)

    assert done == Done(0, out, err)
    assert fakes.image() is None


def test_a_client_dry_run_prints_the_objects_with_their_images(fakes: World, web: str) -> None:
    done = fakes.run("deploy", "-f", web, "--dry-run=client", "-o", "yaml")

    assert done.out.startswith("apiVersion: v1\nkind: List\nitems:\n- apiVersion: apps/v1\n")
    assert f"image: {fakes.host}/team/web:main-10\n" in done.out


def test_the_warnings_of_the_server_are_passed_on(fakes: World, web: str) -> None:
    fakes.server.warnings.append("this is old")

    done = fakes.run("deploy", "-f", web)

    assert done.err == "warning: deployment.apps/web: this is old\n1 object: applied 1, unchanged 0, failed 0\n"


def test_an_object_of_another_manager_is_a_conflict_until_it_is_taken_over(fakes: World) -> None:
    file = fakes.write("web.yaml", deployment("app: nginx:2"))
    other = fakes.run(
        "deploy", "-f", fakes.write("old.yaml", deployment("app: nginx:1")), "--dry-run=client", "-o", "json"
    )
    body = json.loads(other.out)["items"][0] | {"metadata": {"name": "web", "namespace": "default"}}
    fakes.server.put(body, manager="helm")

    refused = fakes.run("deploy", "-f", file)
    taken = fakes.run("deploy", "-f", file, "--force-conflicts")

    assert refused.code == 1
    assert "helm" in refused.err
    assert "--force-conflicts" in refused.err
    assert taken.code == 0
    assert fakes.image() == "nginx:2"


def test_what_is_taken_over_is_told_in_the_plan_and_after(fakes: World) -> None:
    file = fakes.write("web.yaml", deployment("app: nginx:2"))
    other = fakes.run(
        "deploy", "-f", fakes.write("old.yaml", deployment("app: nginx:1")), "--dry-run=client", "-o", "json"
    )
    fakes.server.put(json.loads(other.out)["items"][0] | {"metadata": {"name": "web", "namespace": "default"}})

    done = asked(fakes, "y\n", "deploy", "-f", file)

    note = "    taken over from kubectl-client-side-apply\n"
    assert done.out == f"deployment.apps/web configured\n{note}"
    assert done.err.startswith(f"deployment.apps/web to change\n{note}plan for 1 object: 1 to change\n")


def test_an_image_that_somebody_else_changed_meanwhile_is_not_taken_back(fakes: World, web: str) -> None:
    fakes.run("deploy", "-f", web)
    other = fakes.write("other.yaml", deployment(f"app: {fakes.host}/team/web:main-9"))
    change = fakes.write("web.yaml", deployment(f"app: {WEB}").replace("replicas: 0", "replicas: 1"))

    def somebody_else_is_faster() -> str:
        fakes.run("deploy", "-f", other, "--force-conflicts")
        return "y\n"

    done = asked(fakes, somebody_else_is_faster, "deploy", "-f", change)

    image = f"{fakes.host}/team/web"
    assert done.code == 1
    assert done.err.endswith(
        "error: what runs was changed since it was read, so nothing was applied\n"
        f"    deployment.apps/web, app: {image}:main-10 -> {image}:main-9\n"
        "hint: somebody else deploys too: look at it, and run the same command again\n"
    )
    assert fakes.image() == f"{image}:main-9"


CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap"}
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\ndata: {a: '1'}\n"


@pytest.mark.parametrize(
    ("meanwhile", "told"),
    [
        pytest.param([], "unchanged", id="nothing"),
        pytest.param([("DELETE", None)], "created", id="deleted"),
        pytest.param([("DELETE", None), ("POST", {"a": "2"})], "configured", id="another-one"),
    ],
)
def test_what_was_unchanged_before_the_question_is_looked_at_again(
    fakes: World, meanwhile: list[tuple[str, dict[str, str] | None]], told: str
) -> None:
    one, two = CONFIG.replace("NAME", "one"), CONFIG.replace("NAME", "two")
    fakes.run("deploy", "-f", fakes.write("all.yaml", one))
    file = fakes.write("all.yaml", f"{one}---\n{two}")

    def somebody_else_is_faster() -> str:
        for method, data in meanwhile:
            path = "/api/v1/namespaces/default/configmaps" + ("/one" if method == "DELETE" else "")
            body = None if data is None else {**CONFIG_MAP, "metadata": {"name": "one"}, "data": data}
            query = [("fieldManager", "kubectl-create")] if body else []
            assert KubeClient(fakes.access()).request(method, path, query, body=body).status < 300
        return "y\n"

    done = asked(fakes, somebody_else_is_faster, "deploy", "-f", file)

    assert (done.code, done.out.splitlines()[0]) == (0, f"configmap/one {told}")
    assert (fakes.live("v1", "ConfigMap", "one") or {})["data"] == {"a": "1"}


def test_the_question_and_the_plan_name_the_namespaces(fakes: World) -> None:
    for name in ("a", "b"):
        fakes.server.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: NAME}\n---\n"
    file = fakes.write("c.yaml", config.replace("NAME", "a") + config.replace("NAME", "b"))

    done = asked(fakes, "n\n", "deploy", "-f", file)

    assert done.err.startswith("configmap/c in a to create\nconfigmap/c in b to create\n")
    assert f"Apply to namespaces a, b of context fake ({fakes.server.url})? [y/N] " in done.err


JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec:
  suspend: true
  template:
    spec:
      restartPolicy: Never
      containers: [{name: app, image: "nginx:1"}]
"""


def test_an_object_that_has_to_be_replaced_stands_out_in_the_plan(fakes: World) -> None:
    file = fakes.write("job.yaml", JOB)
    fakes.run("deploy", "-f", file)
    fakes.write("job.yaml", JOB.replace("nginx:1", "nginx:2"))

    refused = asked(fakes, "y\n", "deploy", "-f", file)
    done = asked(fakes, "n\n", "deploy", "-f", file, "--replace-immutable")
    tried = fakes.run("deploy", "-f", file, "--replace-immutable", "--dry-run=server")

    consequence = "a field that cannot change changes, so it is deleted and created anew, which ends its pods"
    assert (refused.code, refused.out) == (1, "")
    assert done.err.startswith(
        f"job.batch/once to replace\n    {consequence}\nplan for 1 object: 1 to replace\n{the_question(fakes)}"
    )
    assert tried == Done(
        0,
        "job.batch/once replaced (server dry run)\n",
        f"warning: job.batch/once: {consequence}\n1 object: applied 1, unchanged 0, failed 0 (server dry run)\n",
    )


def requests(world: World) -> list[tuple[str, str, bool]]:
    """Return the requests for objects: method, the last part of the path, and whether it is a dry run."""
    return [
        (request.method, request.path.rpartition("/")[2], "dryRun" in request.query)
        for request in world.server.requests
        if "/namespaces/" in request.path
    ]


def test_the_plan_costs_a_dry_run_for_each_object_and_looks_again_at_what_is_kept(fakes: World, web: str) -> None:
    fakes.run("deploy", "-f", web)
    change = fakes.write("web.yaml", deployment(f"app: {WEB}").replace("replicas: 0", "replicas: 1"))
    fakes.server.requests.clear()

    asked(fakes, "y\n", "deploy", "-f", change)

    read, tried, applied = ("GET", "web", False), ("PATCH", "web", True), ("PATCH", "web", False)
    assert requests(fakes) == [read, tried, read, applied]


READ, CHECKED, WRITTEN = ("GET", "web", False), ("PATCH", "web", True), ("PATCH", "web", False)


@pytest.mark.parametrize("flags", [["-y"], ["--yes"]])
def test_who_says_yes_beforehand_is_not_asked_and_what_is_unchanged_is_not_written(
    fakes: World, web: str, flags: list[str]
) -> None:
    fakes.run("deploy", "-f", web)
    fakes.server.requests.clear()

    done = asked(fakes, "", "deploy", "-f", web, *flags)

    assert done == Done(0, "deployment.apps/web unchanged\n", "1 object: applied 0, unchanged 1, failed 0\n")
    assert requests(fakes) == [READ, CHECKED]


def test_a_first_deploy_writes_at_once(fakes: World, web: str) -> None:
    fakes.run("deploy", "-f", web)

    assert requests(fakes) == [READ, WRITTEN]


def test_what_changes_is_checked_before_it_is_written(fakes: World) -> None:
    fakes.registry.push("team/web", "main-1")
    fakes.registry.push("team/proxy", "1.0")
    fakes.run("deploy", "-f", fakes.write("web.yaml", deployment(f"app: {WEB}")))
    both = fakes.write("web.yaml", deployment(f"app: {WEB}", f"side: {PROXY}"))
    fakes.server.requests.clear()

    fakes.run("deploy", "-f", both)

    assert requests(fakes) == [READ, CHECKED, WRITTEN]


def test_fields_that_are_not_ours_yet_are_written_though_nothing_changes(fakes: World) -> None:
    file = fakes.write("web.yaml", deployment("app: nginx:1"))
    fakes.run("deploy", "-f", file)
    more = deployment("app: nginx:1").replace("spec:", "spec:\n  paused: false", 1)
    live = fakes.live("apps/v1", "Deployment", "web") or {}
    fakes.server.put({**live, "spec": {**live["spec"], "paused": False}}, "somebody")
    fakes.server.requests.clear()

    done = fakes.run("deploy", "-f", fakes.write("web.yaml", more))

    assert (done.out, requests(fakes)) == ("deployment.apps/web unchanged\n", [READ, CHECKED, WRITTEN])


def test_what_is_taken_over_is_written_though_neither_a_field_nor_our_share_changes(fakes: World) -> None:
    file = fakes.write("web.yaml", deployment("app: nginx:1"))
    fakes.run("deploy", "-f", file)
    live = fakes.live("apps/v1", "Deployment", "web") or {}
    spec = json.loads(json.dumps(live["spec"]).replace("nginx:1", "nginx:2"))
    fakes.server.put({**live, "spec": spec}, "kubectl-client-side-apply")
    same = fakes.write("web.yaml", deployment("app: nginx:2"))
    fakes.run("deploy", "-f", same)
    fakes.server.requests.clear()

    done = fakes.run("deploy", "-f", same, "--force-conflicts")

    assert done.out == "deployment.apps/web configured\n    taken over from kubectl-client-side-apply\n"
    after = fakes.live("apps/v1", "Deployment", "web") or {}
    assert [entry["manager"] for entry in after["metadata"]["managedFields"]] == ["kubectl-images"]


def test_where_something_runs_one_refusal_keeps_everything_from_being_applied(fakes: World) -> None:
    good, bad = deployment("app: nginx:1"), deployment("app: nginx:1", name="bad")
    fakes.run("deploy", "-f", fakes.write("all.yaml", f"{good}---\n{bad}"))
    changed = f"{good.replace('nginx:1', 'nginx:2')}---\n{bad.replace('replicas', 'replicsa')}"

    done = fakes.run("deploy", "-f", fakes.write("all.yaml", changed))

    assert (done.code, done.out, fakes.image("web")) == (1, "", "nginx:1")
    assert done.err.startswith(
        "error: 1 of 2 objects could not be applied, so nothing was\n    the server refuses deployment.apps/bad"
    )


def test_an_object_whose_webhook_knows_no_dry_run_is_left_to_the_write(fakes: World) -> None:
    fakes.run("deploy", "-f", fakes.write("web.yaml", deployment("app: nginx:1")))
    fakes.server.fail(400, method="PATCH", message='admission webhook "a.example.com" does not support dry run')

    done = fakes.run("deploy", "-f", fakes.write("web.yaml", deployment("app: nginx:2")))

    assert (done.code, done.out, fakes.image("web")) == (0, "deployment.apps/web configured\n", "nginx:2")


def test_a_kubeconfig_that_cannot_be_read_is_no_matter_where_no_cluster_is_needed(fakes: World, web: str) -> None:
    fakes.kubeconfig.write_text("{", encoding="utf-8")

    rendered = fakes.run("render", "-f", web, "-u")
    deployed = fakes.run("deploy", "-f", web, "-u")

    assert (rendered.code, deployed.code) == (0, 1)
    assert rendered.err.startswith("warning: objects without a namespace count as in default: ")


def test_the_steps_are_told_to_who_asks(fakes: World, web: str) -> None:
    done = fakes.run("deploy", "-f", web, "-v=1")

    assert done.err == (
        "read 1 objects\nreading 1 live objects, to see what runs\n"
        f"asking for the tags of {fakes.host}/team/web\n1 object: applied 1, unchanged 0, failed 0\n"
    )
