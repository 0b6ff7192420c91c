"""Which cluster a target means, and that nobody deploys to another one unknowingly."""

from __future__ import annotations

import pytest
from test_deploy_command import asked
from worlds import World

from kubectl_images import documents

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


@pytest.fixture
def project(fakes: World) -> str:
    """Return the flag for a project whose target `prod` means the context `prod-cluster`, which is not the current one."""
    file = fakes.kubeconfig
    config = documents.read(file.read_text(encoding="utf-8"), str(file))[0].value
    assert isinstance(config, dict)
    (context,) = config["contexts"]
    config["contexts"].append({**context, "name": "prod-cluster"})
    file.write_text(documents.write([config]), encoding="utf-8")
    fakes.write(
        "project/.kluctl.yaml", "targets:\n- name: prod\n  context: prod-cluster\n- name: lab\n  context: fake\n"
    )
    fakes.write("project/deployment.yaml", "deployments:\n- path: a\n")
    fakes.write("project/a/a.yaml", CONFIG)
    return f"--project={fakes.directory / 'project'}"


def test_the_question_names_the_target_and_its_context(fakes: World, project: str) -> None:
    done = asked(fakes, "n\n", "deploy", project, "-t", "prod")

    assert f"Apply to namespace default of context prod-cluster ({fakes.server.url}), target prod? [y/N] " in done.err


def test_without_a_terminal_it_is_said_once_that_a_target_means_another_context(fakes: World, project: str) -> None:
    done = fakes.run("deploy", project, "-t", "prod")

    assert (done.code, done.out) == (0, "configmap/a created\n")
    assert done.err == ("note: target prod: context prod-cluster\n1 object: applied 1, unchanged 0, failed 0\n")


def test_nothing_is_said_of_the_current_context(fakes: World, project: str) -> None:
    done = fakes.run("deploy", project, "-t", "lab")

    assert done.err == "1 object: applied 1, unchanged 0, failed 0\n"


def test_a_context_that_is_typed_wins_with_a_warning(fakes: World, project: str) -> None:
    done = fakes.run("deploy", project, "-t", "prod", "--context", "fake")

    assert done.code == 0
    assert done.err == (
        "warning: --context fake: target prod is for context prod-cluster\n1 object: applied 1, unchanged 0, failed 0\n"
    )


def test_the_same_context_may_be_typed(fakes: World, project: str) -> None:
    done = fakes.run("deploy", project, "-t", "prod", "--context", "prod-cluster")

    assert done.err == "1 object: applied 1, unchanged 0, failed 0\n"


def test_a_context_that_is_not_there_is_told_with_the_target_that_names_it(fakes: World, project: str) -> None:
    file = fakes.write("project/.kluctl.yaml", "targets:\n- name: prod\n  context: nowhere\n")

    done = fakes.run("deploy", project, "-t", "prod")

    assert (done.code, done.out) == (1, "")
    error = done.err[done.err.index("error: ") :]
    assert error.startswith('error: context "nowhere" is not in the kubeconfig')
    assert f"\n    the context is that of target prod, in {file}:3\n" in error


@pytest.mark.parametrize("target", ["prod", "none"])
def test_a_project_is_rendered_where_the_kubeconfig_cannot_be_read(fakes: World, project: str, target: str) -> None:
    fakes.write("project/.kluctl.yaml", "targets:\n- name: prod\n  context: prod-cluster\n- name: none\n")
    fakes.kubeconfig.write_text("[", encoding="utf-8")

    done = fakes.run("render", project, "-t", target)

    assert (done.code, done.out.splitlines()[-1]) == (0, "  name: a")
    assert "warning: objects without a namespace count as in default: " in done.err


def test_a_project_is_rendered_where_the_context_of_its_target_is_not_there(fakes: World, project: str) -> None:
    fakes.write("project/.kluctl.yaml", "targets:\n- name: prod\n  context: nowhere\n")

    done = fakes.run("render", project, "-t", "prod")

    assert (done.code, done.out.splitlines()[-1]) == (0, "  name: a")


def test_a_target_without_context_beside_one_that_has_one_goes_to_the_current_one_and_says_so(
    fakes: World, project: str
) -> None:
    fakes.write("project/.kluctl.yaml", "targets:\n- name: prod\n  context: prod-cluster\n- name: none\n")

    done = fakes.run("deploy", project, "-t", "none")

    assert (done.code, done.out) == (0, "configmap/a created\n")
    assert done.err == (
        "note: target none has no context: current context fake\n1 object: applied 1, unchanged 0, failed 0\n"
    )


@pytest.mark.parametrize(
    ("targets", "flags"),
    [
        pytest.param("- name: prod\n- name: none\n", [], id="no-target-has-one"),
        pytest.param("- name: prod\n  context: p\n- name: none\n", ["--context=fake"], id="typed"),
    ],
)
def test_nothing_is_said_where_no_target_has_a_context_or_one_is_typed(
    fakes: World, project: str, targets: str, flags: list[str]
) -> None:
    fakes.write("project/.kluctl.yaml", f"targets:\n{targets}")

    done = fakes.run("deploy", project, "-t", "none", *flags)

    assert done.err == "1 object: applied 1, unchanged 0, failed 0\n"


def test_a_target_that_goes_by_another_name_is_told_by_both(fakes: World, project: str) -> None:
    done = asked(fakes, "n\n", "deploy", project, "-t", "prod", "-T", "dev")

    assert done.err.startswith("note: target prod (as dev): context prod-cluster\n")
    assert done.err.endswith(f"({fakes.server.url}), target prod (as dev)? [y/N] nothing was applied\n")
