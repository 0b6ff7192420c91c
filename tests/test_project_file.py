"""deployment.yaml: all that it may say. What it may not is in test_project_mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from kubectl_images.fields import read_fields
from kubectl_images.project_file import ProjectFile, ProjectItem, parse_project_file


def parsed(text: str) -> ProjectFile:
    document = read_fields(text, "deployment.yaml")
    assert document is not None
    return parse_project_file(document)


def item(text: str) -> ProjectItem:
    (found,) = parsed(f"deployments:\n- {text}\n").items
    return found


def test_every_key_of_the_file_is_read() -> None:
    file = parsed(
        """\
args: [{name: a}]
vars: [{values: {}}]
when: x
deployments: [{path: app}]
tags: [t]
commonLabels: {a: ""}
commonAnnotations: {b: any text / at all}
overrideNamespace: shop
ignoreForDiff: [{fieldPath: a}]
images: [{image: a, resultImage: b}]
templateExcludes: "*.txt"
"""
    )

    assert file.args is not None
    assert file.when is not None
    assert file.images is not None
    assert (file.args.name, file.when.value, file.images.name) == ("args", "x", "images")
    assert ([found.name for found in file.vars], [found.name for found in file.ignore_for_diff]) == (
        ["vars[0]"],
        ["ignoreForDiff[0]"],
    )
    assert (file.labels, file.annotations, file.namespace) == ({"a": ""}, {"b": "any text / at all"}, "shop")
    assert (file.tags, file.excludes, len(file.items)) == (("t",), ("*.txt",), 1)


def test_a_file_may_say_nothing() -> None:
    assert parsed("deployments:\n") == ProjectFile()


def test_every_key_of_an_item_is_read() -> None:
    found = item(
        "{path: app, deleteObjects: [{name: a}], barrier: true, message: m, tags: [t], vars: [{values: {}}], when: x,"
        " alwaysDeploy: true, onlyRender: true, waitReadiness: true, skipDeleteIfTags: true, recursive: true}"
    )

    assert found.path is not None
    assert found.when is not None
    assert (found.path.value, found.include, len(found.delete), found.barrier) == ("app", None, 1, True)
    assert (found.tags, len(found.vars), found.when.value) == (("t",), 1, "x")
    assert (found.always, found.only_render, found.wait, found.recursive) == (True, True, True, True)
    assert str(found.place) == "deployment.yaml:2"


@pytest.mark.parametrize(
    ("text", "given"),
    [
        pytest.param("path: app", {"path"}, id="path"),
        pytest.param("include: sub", {"include"}, id="include"),
        pytest.param("include: sub\n  waitReadiness: false", {"include"}, id="false-is-as-if-it-were-not-there"),
        pytest.param("deleteObjects: [{name: a}]", {"delete"}, id="delete-alone"),
        pytest.param("path: app\n  deleteObjects: [{name: a}]", {"path", "delete"}, id="path-and-delete"),
        pytest.param("barrier: true", {"barrier"}, id="barrier-alone"),
        pytest.param("include: sub\n  barrier: true", {"include", "barrier"}, id="include-and-barrier"),
        pytest.param("message: hello", set(), id="message-alone"),
        pytest.param("path: app\n  include:\n  tags:\n  vars:\n  when:", {"path"}, id="null"),
    ],
)
def test_an_item_is_one_of_these(text: str, given: set[str]) -> None:
    found = item(text)

    values: Mapping[str, Any] = {name: getattr(found, name) for name in ("path", "include", "delete", "barrier")}
    assert {name for name, value in values.items() if value} == given
