from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import a_call, a_file, a_key, a_use
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.errors import FixedImageError
from kubectl_images.fixed_images import FixedImage, last_match, parse_argument
from kubectl_images.fixed_images_file import read_file
from kubectl_images.images import Use
from kubectl_images.objects import Item, ObjectKey

VECTORS = Path(__file__).parent / "vectors"


def rows(name: str) -> list[Any]:
    vectors = json.loads((VECTORS / name).read_text(encoding="utf-8"))["vectors"]
    return [pytest.param(row, id=row["id"]) for row in vectors]


ARGUMENTS = rows("fixed_args.json")
REFUSED = [row for row in ARGUMENTS if "error" in row.values[0]]
ACCEPTED = [row for row in ARGUMENTS if "error" not in row.values[0]]


def use_of(row: dict[str, str]) -> Use:
    kind, _, name = row["object"].partition("/")
    return a_use(a_call(row["image"]), key=a_key(kind, name, row["namespace"]), container=row["container"])


# The argument.


@pytest.mark.parametrize("row", ACCEPTED)
def test_an_argument_is_taken_apart_as_the_table_says(row: dict[str, Any]) -> None:
    found = parse_argument(row["arg"])

    assert {
        "image": found.image,
        "namespace": found.namespace,
        "deployment": found.deployment,
        "container": found.container,
        "resultImage": found.result_image,
    } == row["entry"]
    assert (found.image_regex, found.path, found.origin) == (None, None, f"--fixed-image {row['arg']}")


@pytest.mark.parametrize("row", REFUSED)
def test_an_argument_that_the_table_refuses_is_an_error_that_shows_it(row: dict[str, Any]) -> None:
    with pytest.raises(FixedImageError) as caught:
        parse_argument(row["arg"])

    message = str(caught.value)
    shown = row["arg"] if row["arg"].strip() == row["arg"] != "" else repr(row["arg"])
    assert message.startswith(f"--fixed-image {shown}: ")
    assert row["error"] in message.removeprefix(f"--fixed-image {shown}: ")
    assert (
        caught.value.hint == "write it as IMAGE[:NAMESPACE[:Kind/name[:CONTAINER]]]=RESULT, as in nginx:prod=nginx:1.25"
    )


def test_the_hint_for_a_wrong_argument_is_itself_a_right_one() -> None:
    assert parse_argument("nginx:prod=nginx:1.25").namespace == "prod"


@pytest.mark.parametrize(
    ("argument", "group"),
    [
        pytest.param("nginx::Deployment/web=nginx:1", None, id="any-group"),
        pytest.param("nginx::deployment.apps/web=nginx:1", "apps", id="as-kubectl-writes-it"),
        pytest.param("nginx::widget.example.com/web=nginx:1", "example.com", id="custom"),
    ],
)
def test_an_object_may_name_its_group(argument: str, group: str | None) -> None:
    assert parse_argument(argument).group == group


@given(st.text(alphabet="ab:/=.@[]5 \n", max_size=30) | st.text(max_size=10))
def test_any_argument_is_an_entry_or_an_error_of_ours(text: str) -> None:
    try:
        found = parse_argument(text)
    except FixedImageError:
        return

    assert text.endswith(f"={found.result_image}")
    assert text.startswith(found.image or ":")


# Which entry decides.


@pytest.mark.parametrize("row", rows("fixed_match.json"))
def test_the_entry_that_the_table_names_decides(row: dict[str, Any]) -> None:
    entries, _ = read_file(a_file(*row["entries"]), "fixed.yaml")

    found = last_match(entries, use_of(row["use"]))

    assert found == (None if row["wins"] is None else entries[row["wins"]])


CONTAINER = "spec.template.spec.containers[app].image"


@pytest.mark.parametrize(
    ("entry", "matches"),
    [
        pytest.param({"path": CONTAINER}, True, id="path"),
        pytest.param({"path": "spec.image"}, False, id="another-path"),
        pytest.param({"path": ""}, True, id="empty-path"),
        pytest.param({"object": {"apiVersion": "apps/v1"}}, True, id="group"),
        pytest.param({"object": {"apiVersion": "apps/v1beta1"}}, True, id="another-version"),
        pytest.param({"object": {"apiVersion": "example.com/v1"}}, False, id="another-group"),
        pytest.param({"object": {"apiVersion": "v1"}}, False, id="core-group"),
        pytest.param({"object": {"name": "other"}}, True, id="an-object-without-a-group"),
        pytest.param({"object": None}, True, id="empty-object"),
        pytest.param({"deployment": "deployment.apps/web"}, True, id="group-in-the-name"),
        pytest.param({"deployment": "deploy.example.com/web"}, False, id="another-group-in-the-name"),
        pytest.param({"deployment": "DEPLOYMENT/web"}, True, id="kind-without-case"),
        pytest.param({"deployment": "DEPLOY/web"}, False, id="a-kind-like-a-short-name"),
    ],
)
def test_path_and_group_are_matched_when_they_are_given(entry: dict[str, Any], matches: bool) -> None:
    ((found,), warnings) = read_file(a_file({"image": "nginx", "resultImage": "nginx:1", **entry}), "fixed.yaml")

    assert found.matches(a_use()) is matches
    assert warnings == ()


def test_a_kind_that_looks_like_a_short_name_is_still_found() -> None:
    key = ObjectKey("example.com/v1", "DS", "prod", "web")
    ((found,), _) = read_file(a_file({"deployment": "DS/web", "resultImage": "nginx:1"}), "fixed.yaml")

    assert found.matches(a_use(key=key))


@pytest.mark.parametrize(
    ("scope", "item", "matches"),
    [
        pytest.param((), None, True, id="of-all-no-item"),
        pytest.param((), (), True, id="of-all-in-the-root"),
        pytest.param((), (2, 0), True, id="of-all-deep"),
        pytest.param((2,), None, False, id="of-an-include-no-item"),
        pytest.param((2,), (), False, id="of-an-include-in-the-root"),
        pytest.param((2,), (2,), True, id="of-an-include-in-it"),
        pytest.param((2,), (2, 0), True, id="of-an-include-below"),
        pytest.param((2,), (3, 2), False, id="of-an-include-in-another"),
        pytest.param((2, 0), (2,), False, id="of-an-include-above"),
    ],
)
def test_an_entry_is_for_the_items_below_its_project_file(
    scope: tuple[int, ...], item: tuple[int, ...] | None, matches: bool
) -> None:
    use = replace(a_use(), item=None if item is None else Item("app", scope=item))

    assert FixedImage("nginx:1", image="nginx", scope=scope).matches(use) is matches
