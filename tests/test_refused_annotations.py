from __future__ import annotations

import pytest
from worlds import World

HOOK = (
    "in a project put the object into an item of its own with waitReadiness: true, and a barrier after it (pre-deploy)"
    " or before it (post-deploy)"
)
DELETE = "name it under deleteObjects in deployment.yaml, and take it out of the manifests"


def an_object(annotation: str) -> str:
    return f"apiVersion: batch/v1\nkind: Job\nmetadata: {{name: migrate, annotations: {{{annotation}}}}}\n"


@pytest.mark.parametrize(
    ("annotation", "message", "hint"),
    [
        pytest.param("kluctl.io/hook: pre-deploy", "annotation kluctl.io/hook: hooks are not run", HOOK, id="hook"),
        pytest.param(
            "kluctl.io/delete: 'true'",
            "annotation kluctl.io/delete: an object of the input is applied, not deleted",
            DELETE,
            id="delete",
        ),
        pytest.param(
            "kluctl.io/ignore: 'true'",
            "annotation kluctl.io/ignore: an object of the input is applied, not left out",
            "take it out of the manifests, or put it into an item of its own in a project, with a condition: when",
            id="ignore",
        ),
    ],
)
@pytest.mark.parametrize("command", ["deploy", "render"])
def test_what_another_program_would_do_is_refused(
    fakes: World, annotation: str, message: str, hint: str, command: str
) -> None:
    file = fakes.write("job.yaml", an_object(annotation))

    done = fakes.run(command, "-f", file)

    assert (done.code, done.out) == (1, "")
    assert done.err == f"error: {file}:1: Job/migrate: {message}\nhint: {hint}\n"


@pytest.mark.parametrize(
    "annotation",
    [
        "kluctl.io/delete: 'false'",
        "kluctl.io/ignore: {}",
        "kluctl.io/ignore: 'no'",
        "kluctl.io/hook: ''",
        "kluctl.io/hook-weight: '1'",
        "a: b",
        "",
    ],
)
def test_other_annotations_are_passed_on(fakes: World, annotation: str) -> None:
    assert fakes.run("render", "-f", fakes.write("job.yaml", an_object(annotation))).code == 0
