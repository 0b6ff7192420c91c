"""The command `deploy` where somebody sits before it, and its further forms."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pytest
from test_main_job import WEB, deployment
from worlds import Done, World

from kubectl_images.cli import run
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
        f"{the_question(fakes)}1 object: 1 created\n"
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

    assert done == Done(0, "deployment.apps/web unchanged\n", "1 object: 1 unchanged\n")


def test_a_server_dry_run_counts_what_the_same_objects_make_possible_as_new(fakes: World) -> None:
    objects = "kind: ConfigMap\nmetadata: {name: c, namespace: fresh}\n---\nkind: Namespace\nmetadata: {name: fresh}\n"
    file = fakes.write("all.yaml", objects.replace("kind", "apiVersion: v1\nkind"))

    done = fakes.run("deploy", "-f", file, "--dry-run=server")

    assert done == Done(
        0,
        "namespace/fresh created (server dry run)\nconfigmap/c created (server dry run)\n",
        "2 objects: 2 created (server dry run)\n",
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
    assert done.err.startswith("2 objects: 1 created, 1 failed\nerror: 1 of 2 objects could not be applied\n")


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
            "1 object: 1 created (server dry run)\n",
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

    assert done.err == "warning: deployment.apps/web: this is old\n1 object: 1 created\n"


def test_an_object_of_another_manager_is_a_conflict_until_it_is_taken_over(fakes: World) -> None:
    file = fakes.write("web.yaml", deployment("app: nginx:2"))
    other = fakes.run(
        "deploy", "-f", fakes.write("old.yaml", deployment("app: nginx:1")), "--dry-run=client", "-o", "json"
    )
    fakes.server.put(json.loads(other.out)["items"][0] | {"metadata": {"name": "web", "namespace": "default"}})

    refused = fakes.run("deploy", "-f", file)
    taken = fakes.run("deploy", "-f", file, "--force-conflicts")

    assert refused.code == 1
    assert "kubectl-client-side-apply" in refused.err
    assert "--force-conflicts" in refused.err
    assert taken.code == 0
    assert fakes.image() == "nginx:2"


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


def test_the_question_names_the_namespaces(fakes: World) -> None:
    for name in ("a", "b"):
        fakes.server.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: NAME}\n---\n"
    file = fakes.write("c.yaml", config.replace("NAME", "a") + config.replace("NAME", "b"))

    done = asked(fakes, "n\n", "deploy", "-f", file)

    assert f"Apply to namespaces a, b of context fake ({fakes.server.url})? [y/N] " in done.err


def test_a_kubeconfig_that_cannot_be_read_is_no_matter_where_no_cluster_is_needed(fakes: World, web: str) -> None:
    fakes.kubeconfig.write_text("{", encoding="utf-8")

    rendered = fakes.run("render", "-f", web, "-u")
    deployed = fakes.run("deploy", "-f", web, "-u")

    assert (rendered.code, deployed.code) == (0, 1)
    assert rendered.err.startswith("warning: objects without a namespace count as in default: ")


def test_the_steps_are_told_to_who_asks(fakes: World, web: str) -> None:
    done = fakes.run("deploy", "-f", web, "-v=1")

    assert done.err == (
        "read 1 files\nreading 1 live objects, to see what runs\n"
        f"asking for the tags of {fakes.host}/team/web\n1 object: 1 created\n"
    )
