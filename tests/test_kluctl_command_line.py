"""What a user of kluctl types or has set: each variable, flag and command is refused with what does the same here."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from contextlib import suppress

import pytest
from worlds import World

from kubectl_images.errors import UsageError
from kubectl_images.flags import parse
from kubectl_images.help_texts import COMMANDS as OURS
from kubectl_images.kluctl_command_line import COMMANDS, FLAGS, check_environment

ONE = "is set: kluctl takes it for a flag, and here it has no effect"
SEVERAL = "are set: kluctl takes them for flags, and here they have no effect"


@pytest.mark.parametrize(
    ("environ", "message", "hint"),
    [
        pytest.param(
            {"KLUCTL_DRY_RUN": "true"},
            f"KLUCTL_DRY_RUN {ONE}",
            "unset KLUCTL_DRY_RUN, and give --dry-run=server to deploy or poke",
            id="switch",
        ),
        pytest.param(
            {"KLUCTL_TARGET": "my prod"},
            f"KLUCTL_TARGET {ONE}",
            "unset KLUCTL_TARGET, and give -t 'my prod'",
            id="value",
        ),
        pytest.param(
            {"KLUCTL_ARG": "password=hunter2"},
            f"KLUCTL_ARG {ONE}",
            "unset KLUCTL_ARG, and give -a NAME=VALUE",
            id="value-that-may-be-secret",
        ),
        pytest.param(
            {"KLUCTL_ARG_0": "a=1", "KLUCTL_ARG_11": "b=1", "KLUCTL_REGISTRY_0_HOST": "a.example.com"},
            f"KLUCTL_ARG_0, KLUCTL_ARG_11 {SEVERAL}",
            "unset KLUCTL_ARG_0, and give -a NAME=VALUE\nunset KLUCTL_ARG_11, and give -a NAME=VALUE",
            id="numbered",
        ),
        pytest.param(
            {"KLUCTL_INCLUDE_KUSTOMIZE_DIR": "web"},
            f"KLUCTL_INCLUDE_KUSTOMIZE_DIR {ONE}",
            "unset KLUCTL_INCLUDE_KUSTOMIZE_DIR, and give --include-deployment-dir web",
            id="another-name",
        ),
        pytest.param(
            {"KLUCTL_PRUNE": "1"},
            f"KLUCTL_PRUNE {ONE}",
            "unset KLUCTL_PRUNE: nothing is pruned; deleteObjects in deployment.yaml names what is to be deleted",
            id="nothing-does-it",
        ),
    ],
)
def test_a_variable_that_kluctl_takes_for_a_flag_is_refused(
    environ: Mapping[str, str], message: str, hint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        check_environment(environ)

    assert (str(caught.value), caught.value.hint) == (message, hint)


@pytest.mark.parametrize(
    "environ",
    [
        pytest.param({}, id="none"),
        pytest.param({"KLUCTL_TARGET": "", "KLUCTL_DRY_RUN": ""}, id="empty"),
        pytest.param({"KLUCTL_DRY_RUN": "false", "KLUCTL_YES": "0"}, id="false"),
        pytest.param({"KLUCTL_NO_UPDATE_CHECK": "true", "KLUCTL_DEBUG": "1", "KLUCTL_NO_COLOR": "1"}, id="harmless"),
        pytest.param({"KLUCTL_REGISTRY_HOST": "a", "KLUCTL_REGISTRY_1_HOST": "b"}, id="ours"),
        pytest.param({"DRY_RUN": "true", "MY_KLUCTL_TARGET": "prod", "TARGET": "prod"}, id="of-others"),
    ],
)
def test_other_variables_are_not_looked_at(environ: Mapping[str, str]) -> None:
    check_environment(environ)


def test_false_is_a_value_where_a_flag_has_some() -> None:
    with pytest.raises(UsageError, match="KLUCTL_TARGET is set"):
        check_environment({"KLUCTL_TARGET": "false"})


@pytest.mark.parametrize("command", ["deploy", "diff", "poke", "list", "render"])
def test_the_variables_count_where_a_project_is_read(fakes: World, command: str) -> None:
    fakes.write("deployment.yaml", "deployments: [{path: app}]")
    file = fakes.write("app/cm.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
    fakes.environ["KLUCTL_TARGET"] = "prod"

    of_project = fakes.run(command, "--project", str(fakes.directory))
    of_files = fakes.run("render", "-f", file)

    assert (of_project.code, of_project.out) == (2 if command == "diff" else 1, "")
    assert of_project.err == f"error: KLUCTL_TARGET {ONE}\nhint: unset KLUCTL_TARGET, and give -t prod\n"
    assert (of_files.code, of_files.err) == (0, "")
    assert not fakes.server.requests


@pytest.mark.parametrize("name", FLAGS)
def test_each_flag_that_a_hint_names_is_one_of_ours(name: str) -> None:
    instead = FLAGS[name]
    if not instead.flag:
        assert instead.why
        return
    typed = instead.flag.split() + (["a=b:1"] if instead.value else [])
    complaints = []
    for command in instead.commands.split(" or ") if instead.commands else ("deploy", "list"):
        with suppress(SystemExit):
            try:
                parse([command, *typed], argparse.Namespace())
            except UsageError as error:
                complaints.append(str(error))

    assert [text for text in complaints if text.startswith("unknown")] == []


def test_no_command_of_kluctl_is_one_of_ours() -> None:
    assert COMMANDS.keys() & OURS.keys() == set()


def test_variables_for_what_is_done_anyway_are_let_through() -> None:
    check_environment({"KLUCTL_NO_WAIT": "true", "KLUCTL_ABORT_ON_ERROR": "1"})
