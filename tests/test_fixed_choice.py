"""Which entry decides a use."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import a_call, a_file, a_key, a_use
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.fixed_choice import choose
from kubectl_images.fixed_images import FixedImage
from kubectl_images.fixed_images_file import read_file
from kubectl_images.images import Use
from kubectl_images.objects import Item, ObjectKey
from kubectl_images.references import ImageRef

VECTORS = Path(__file__).parent / "vectors"


def rows(name: str) -> list[Any]:
    vectors = json.loads((VECTORS / name).read_text(encoding="utf-8"))["vectors"]
    return [pytest.param(row, id=row["id"]) for row in vectors]


def use_of(row: dict[str, str]) -> Use:
    kind, _, name = row["object"].partition("/")
    return a_use(a_call(row["image"]), key=a_key(kind, name, row["namespace"]), container=row["container"])


def fits(entry: FixedImage, use: Use) -> bool:
    return choose([entry], [use]).decided == {use: entry}


@pytest.mark.parametrize("row", rows("fixed_match.json"))
def test_the_entry_that_the_table_names_decides(row: dict[str, Any]) -> None:
    entries, _ = read_file(a_file(*row["entries"]), "fixed.yaml")
    use = use_of(row["use"])

    decided = choose(entries, [use]).decided

    assert decided == ({} if row["wins"] is None else {use: entries[row["wins"]]})


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

    assert fits(found, a_use()) is matches
    assert warnings == ()


def test_a_kind_that_looks_like_a_short_name_is_still_found() -> None:
    key = ObjectKey("example.com/v1", "DS", "prod", "web")
    ((found,), _) = read_file(a_file({"deployment": "DS/web", "resultImage": "nginx:1"}), "fixed.yaml")

    assert fits(found, a_use(key=key))


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

    assert fits(FixedImage("nginx:1", image="nginx", scope=scope), use) is matches


def fits_by_the_rule(entry: FixedImage, use: Use) -> bool:
    """Tell whether every part that is given fits the use, compared one by one."""
    key, scope = use.key, use.item.scope if use.item else ()
    given = {
        entry.namespace: key.namespace,
        entry.container: use.container,
        entry.path: use.path,
        entry.group: key.group,
        entry.deployment and entry.deployment.lower(): f"{key.kind}/{key.name}".lower(),
        entry.image and ImageRef.parse(entry.image).repository_key: ImageRef.parse(use.call.image).repository_key,
    }
    return (
        all(asked is None or asked == has for asked, has in given.items())
        and (entry.image_regex is None or re.fullmatch(entry.image_regex, use.call.image) is not None)
        and scope[: len(entry.scope)] == entry.scope
    )


IMAGES = st.sampled_from(["nginx", "docker.io/library/nginx", "redis", "example.com/nginx"])
SCOPES = st.sampled_from([(), (1,), (1, 2), (2,)])
USES = st.builds(
    lambda image, kind, name, namespace, container, scope: replace(
        a_use(a_call(image), key=a_key(kind, name, namespace), container=container),
        item=None if scope is None else Item("app", scope=scope),
    ),
    IMAGES,
    st.sampled_from(["Deployment", "Widget"]),
    st.sampled_from(["a", "b"]),
    st.sampled_from(["", "prod"]),
    st.sampled_from(["app", ""]),
    st.none() | SCOPES,
)
ENTRIES = st.builds(
    FixedImage,
    st.sampled_from(["nginx:1", "nginx:2"]),
    image=st.none() | IMAGES,
    image_regex=st.none() | st.sampled_from([".*nginx", "r.*"]),
    namespace=st.none() | st.sampled_from(["prod", "dev"]),
    deployment=st.none() | st.sampled_from(["Deployment/a", "widget/a", "Widget/b"]),
    container=st.none() | st.sampled_from(["app", "x"]),
    path=st.none() | st.sampled_from([CONTAINER, "spec.image"]),
    group=st.none() | st.sampled_from(["apps", "example.com"]),
    scope=SCOPES,
)


@given(st.lists(ENTRIES, max_size=12), st.lists(USES, max_size=6, unique=True))
def test_the_last_entry_whose_every_part_fits_decides(entries: Sequence[FixedImage], uses: Sequence[Use]) -> None:
    choice = choose(entries, uses)

    fitting = {use: [entry for entry in entries if fits_by_the_rule(entry, use)] for use in uses}
    assert choice.decided == {use: found[-1] for use, found in fitting.items() if found}
    assert choice.unmatched == [entry for entry in entries if not any(entry in found for found in fitting.values())]


@given(ENTRIES, USES)
def test_an_entry_that_differs_in_nothing_fits_in_its_scope(entry: FixedImage, use: Use) -> None:
    entry = replace(entry, scope=())

    assert fits(entry, use) is not any(entry.differences(use))
