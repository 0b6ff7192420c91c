"""The command `deploy` where somebody sits before it, and its further forms."""

from __future__ import annotations

import io
import json

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
    """The input of somebody at a terminal."""

    def __init__(self, typed: str) -> None:
        super().__init__(io.BytesIO(typed.encode()))

    def isatty(self) -> bool:
        return True


def asked(world: World, answer: str, *argv: str) -> Done:
    """Run a command line with somebody who types the answer."""
    out, err = Screen(), Screen()
    code = run(argv, Terminal(Keyboard(answer), out, err), {**world.all_environ(), "NO_COLOR": ""})
    return Done(code, out.getvalue(), err.getvalue())


@pytest.fixture
def web(fakes: World) -> str:
    fakes.registry.push("team/web", "main-9", "main-10")
    return fakes.write("web.yaml", deployment(f"app: {WEB}"))


def the_question(world: World) -> str:
    return f"Apply to context fake ({world.server.url})? [y/N] "


def test_the_plan_is_shown_and_a_yes_applies_it(fakes: World, web: str) -> None:
    done = asked(fakes, "yes\n", "deploy", "-f", web)

    created = f"deployment.apps/web created\n    app: (none) -> {fakes.host}/team/web:main-10 (registry)\n"
    assert done == Done(0, created, f"{created}1 object: 1 created\n{the_question(fakes)}1 object: 1 created\n")
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
        "error: 1 of 2 objects could not be applied, so nothing was\n    cannot apply deployment.apps/bad"
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
        pytest.param(["--dry-run=client"], "deployment.apps/web (dry run)\n", "", id="client"),
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
