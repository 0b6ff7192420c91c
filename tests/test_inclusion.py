"""Which items take part: the table of vectors, for the rules alone and for small real projects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from kubectl_images.errors import UsageError
from kubectl_images.inclusion import Inclusion, Names, own_tags

TABLE = json.loads((Path(__file__).parent / "vectors" / "inclusion.json").read_text(encoding="utf-8"))


def vectors(*, errors: bool) -> list[Any]:
    return [pytest.param(row, id=row["id"]) for row in TABLE["vectors"] if ("error" in row) == errors]


def flags_of(row: Mapping[str, Any]) -> Inclusion:
    return Inclusion(**{name: tuple(values) for name, values in row["flags"].items()})


def test_what_is_left_out_by_its_condition_may_have_what_is_to_be_included() -> None:
    inclusion = Inclusion(include_tags=("z",))
    names = Names(frozenset(("a",)), left_out=("inc at deployment.yaml:4",))

    inclusion.refuse_unknown(names)

    assert list(inclusion.warnings(names)) == [
        "-I z: no item that is read (without inc at deployment.yaml:4) has this tag. Tags: a"
    ]
    with pytest.raises(UsageError) as caught:
        inclusion.refuse_nothing(names)
    assert caught.value.hint == "tags: a\nleft out by its `when`: inc at deployment.yaml:4"


@pytest.mark.parametrize("row", vectors(errors=False))
def test_items_take_part_by_tags_and_directories(row: Mapping[str, Any]) -> None:
    inclusion = flags_of(row)

    included = [
        item["path"]
        for item in TABLE["projects"][row["project"]]
        if inclusion.includes(
            (*item["parent_tags"], *own_tags(item["tags"], item["path"])),
            item["path"],
            always=item.get("alwaysDeploy", False) or item.get("onlyRender", False),
        )
    ]

    assert included == row["included"]


@pytest.mark.parametrize("row", vectors(errors=True))
def test_a_flag_that_can_never_match_is_refused(row: Mapping[str, Any]) -> None:
    with pytest.raises(UsageError, match=row["error"]):
        flags_of(row)


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in TABLE["tags"]["vectors"]])
def test_tags_are_inherited_and_own_ones_replace_the_default(row: Mapping[str, Any]) -> None:
    above = [
        tag
        for include in row["includes"]
        for tag in (*own_tags(include["tags"], include["include"]), *include["project_tags"])
    ]

    assert sorted({*row["root_tags"], *above, *own_tags(row["tags"], row["path"])}) == row["effective"]


@pytest.mark.parametrize("path", ["", ".", "..", "../..", "./"])
def test_a_path_without_a_name_gives_no_tag(path: str) -> None:
    assert own_tags((), path) == ()


NAMES = Names(frozenset({"web", "shop"}), frozenset({"apps/web"}))


@pytest.mark.parametrize(
    ("inclusion", "warnings"),
    [
        pytest.param(Inclusion(), [], id="no-flags"),
        pytest.param(Inclusion(("web",), ("shop",), ("apps/web",)), [], id="all-known"),
        pytest.param(
            Inclusion(include_tags=("wbe", "xyz")),
            [
                "-I wbe: no item of the project has this tag; did you mean web? Tags: shop, web",
                "-I xyz: no item of the project has this tag. Tags: shop, web",
            ],
            id="tags",
        ),
        pytest.param(
            Inclusion(exclude_tags=("webb",), exclude_dirs=("apps/wbe",)),
            [
                "-E webb: no item of the project has this tag; did you mean web? Tags: shop, web",
                (
                    "--exclude-deployment-dir apps/wbe: no item of the project has this directory; "
                    "did you mean apps/web? Directories: apps/web"
                ),
            ],
            id="exclusions",
        ),
    ],
)
def test_a_name_that_no_item_has_is_warned_of(inclusion: Inclusion, warnings: Sequence[str]) -> None:
    assert list(inclusion.warnings(NAMES)) == warnings


def test_without_any_names_a_warning_lists_none() -> None:
    assert list(Inclusion(exclude_tags=("x",)).warnings(Names())) == ["-E x: no item of the project has this tag"]


@pytest.mark.parametrize(
    ("inclusion", "message"),
    [
        pytest.param(
            Inclusion(include_tags=("wbe",)), "-I wbe: no item of the project has this tag; did you mean web?", id="one"
        ),
        pytest.param(
            Inclusion(include_tags=("x",), include_dirs=("y",)),
            "-I x: no item of the project has this tag\n"
            "    --include-deployment-dir y: no item of the project has this directory",
            id="tag-and-directory",
        ),
    ],
)
def test_what_is_to_be_included_must_be_there_in_part(inclusion: Inclusion, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        inclusion.refuse_unknown(NAMES)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    "inclusion",
    [
        pytest.param(Inclusion(), id="no-flags"),
        pytest.param(Inclusion(include_tags=("x", "web")), id="one-of-two"),
        pytest.param(Inclusion(include_tags=("x",), include_dirs=("apps/web",)), id="the-directory"),
        pytest.param(Inclusion(exclude_tags=("x",), exclude_dirs=("y",)), id="exclusions"),
    ],
)
def test_other_flags_are_not_refused_for_their_names(inclusion: Inclusion) -> None:
    inclusion.refuse_unknown(NAMES)


@pytest.mark.parametrize("written", ["apps/web/", "./apps/web", "apps//web", "apps/x/../web"])
@pytest.mark.parametrize("flag", ["include", "exclude"])
def test_a_directory_is_written_as_the_project_calls_it(flag: str, written: str) -> None:
    with pytest.raises(UsageError) as caught:
        Inclusion(**{f"{flag}_dirs": (written,)}).refuse_misspelt(NAMES)

    assert str(caught.value) == f"--{flag}-deployment-dir {written}: the directory is called apps/web here"
    assert caught.value.hint == f"--{flag}-deployment-dir apps/web"


def test_other_directories_and_tags_are_no_misspelt_ones() -> None:
    given = Inclusion(("./web",), ("web/",), ("apps/web", "apps", "apps/web/more"), ("apps/web", "apps/", "other"))

    given.refuse_misspelt(NAMES)


def refused(inclusion: Inclusion, names: Names) -> tuple[str, str | None]:
    with pytest.raises(UsageError) as caught:
        inclusion.refuse_nothing(names)
    return str(caught.value), caught.value.hint


def many(number: int) -> Iterator[str]:
    return (f"tag-{index:02}" for index in range(number))


@pytest.mark.parametrize(
    ("inclusion", "names", "message", "hint"),
    [
        pytest.param(
            Inclusion(include_tags=("x",)),
            NAMES,
            "-I x: no item of the project takes part",
            "tags: shop, web",
            id="tag",
        ),
        pytest.param(
            Inclusion(exclude_tags=("web", "shop"), include_dirs=("x",)),
            NAMES,
            "-E web -E shop --include-deployment-dir x: no item of the project takes part",
            "tags: shop, web\ndirectories: apps/web",
            id="both",
        ),
        pytest.param(
            Inclusion(include_tags=("x",)), Names(), "-I x: no item of the project takes part", None, id="no-tags"
        ),
        pytest.param(
            Inclusion(include_tags=("x",)),
            Names(frozenset(many(32))),
            "-I x: no item of the project takes part",
            f"tags: {', '.join(many(30))} and 2 more",
            id="many",
        ),
    ],
)
def test_flags_that_leave_nothing_say_what_there_is(
    inclusion: Inclusion, names: Names, message: str, hint: str | None
) -> None:
    assert refused(inclusion, names) == (message, hint)


def test_without_flags_nothing_is_blamed_on_them() -> None:
    Inclusion().refuse_nothing(Names())
