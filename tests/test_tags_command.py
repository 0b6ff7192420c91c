from __future__ import annotations

import json
from pathlib import Path

import pytest
from worlds import Done, World

from kubectl_images import documents

SIGNATURE = f"sha256-{'0' * 64}.sig"
TAGS = "latest\n1.10\n1.9\n\n 1.10-rc1 \nv2\n1.9\n"


def tags(world: World, *words: str, stdin: str = TAGS) -> Done:
    return world.run("tags", *words, stdin=stdin)


def test_every_tag_is_listed_with_what_became_of_it_the_newest_last(fakes: World) -> None:
    done = tags(fakes, "--from", "-")

    assert done == Done(
        0,
        "TAG        RESULT\n"
        "latest       does not start with a number\n"
        "v2           does not start with a number\n"
        "1.9          kept\n"
        "1.10-rc1     kept\n"
        "1.10       * newest\n",
        "",
    )


def test_signatures_are_listed_and_never_count(fakes: World) -> None:
    done = tags(fakes, "--from", "-", "semver(allow_no_nums=true)", stdin=f"a\n{SIGNATURE}\n")

    assert [line.split(maxsplit=1) for line in done.out.splitlines()[1:]] == [
        [SIGNATURE, "a signature or attestation"],
        ["a", "* newest"],
    ]


def test_tags_come_from_a_file(fakes: World) -> None:
    file = fakes.write("tags.txt", TAGS)

    assert tags(fakes, "--from", file, "number()", "-o", "name", stdin="7").out == ""
    assert tags(fakes, "--from", file, "-o", "name", stdin="7").out == "1.10\n"


def test_tags_come_from_a_registry(fakes: World) -> None:
    fakes.registry.push("team/web", "main-9", "main-10", "develop-57")

    found = tags(fakes, "REGISTRY/team/web", "-o", "name", "prefix('main-', suffix=number())")

    assert found == Done(0, "main-10\n", "")


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_the_output_forms_hold_filter_tags_and_newest(fakes: World, form: str) -> None:
    done = tags(fakes, "--from", "-", "prefix( 'v' )", "-o", form, stdin="v1\nx\nv2")

    value = json.loads(done.out) if form == "json" else documents.read(done.out, "output")[0].value
    assert value == {
        "filter": "prefix('v')",
        "newest": "v2",
        "tags": [
            {"tag": "x", "kept": False, "reason": 'does not start with "v"'},
            {"tag": "v1", "kept": True, "reason": "kept"},
            {"tag": "v2", "kept": True, "reason": "newest"},
        ],
    }


@pytest.mark.parametrize(
    ("stdin", "message"),
    [
        pytest.param("v2", "semver() does not accept the only tag of standard input", id="one"),
        pytest.param("v2\nv2", "semver() does not accept the only tag of standard input", id="one-twice"),
        pytest.param("v1\nv2", "semver() does not accept any of the 2 tags of standard input", id="two"),
    ],
)
def test_a_filter_that_keeps_nothing_shows_why_and_is_an_error(fakes: World, stdin: str, message: str) -> None:
    done = tags(fakes, "--from", "-", stdin=stdin)

    assert (done.code, "v2" in done.out) == (1, True)
    assert done.err.splitlines()[0] == f"error: {message}"
    assert done.err.splitlines()[1].startswith("hint: try prefix('v'), which accepts ")


def test_a_filter_that_keeps_nothing_has_no_newest_tag(fakes: World) -> None:
    by_name = tags(fakes, "--from", "-", "number()", "-o", "name", stdin="a")
    as_json = tags(fakes, "--from", "-", "number()", "-o", "json", stdin="a")

    assert (by_name.code, by_name.out) == (1, "")
    assert (as_json.code, json.loads(as_json.out)["newest"]) == (1, None)


@pytest.mark.parametrize("stdin", ["", "\n \n"], ids=["empty", "empty-lines"])
def test_no_tags_at_all_are_an_error(fakes: World, stdin: str) -> None:
    assert tags(fakes, "--from", "-", stdin=stdin) == Done(1, "", "error: standard input has no tags\n")


def test_a_newest_tag_that_looks_like_a_git_hash_is_doubted(fakes: World) -> None:
    done = tags(fakes, "--from", "-", "-o", "name", stdin="1.2.3\n9f3b2c1")

    assert (done.code, done.out) == (0, "9f3b2c1\n")
    assert done.err.startswith("warning: 9f3b2c1 looks like a git hash")
    assert "1.2.3" in done.err


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        pytest.param(
            [], "tags needs a repository, or --from FILE", "kubectl images tags nginx 'semver()'", id="nothing"
        ),
        pytest.param(
            ["nginx", "prefix('a',", "suffix=number())"],
            "tags takes a repository and one filter, not also 'suffix=number())'",
            "put the filter in quotes: \"prefix('v')\"",
            id="filter-in-two-words",
        ),
        pytest.param(
            ["--from", "-", "nginx", "semver()"],
            "tags takes one filter beside --from, and no repository, not also 'semver()'",
            "put the filter in quotes: \"prefix('v')\"",
            id="repository-beside-from",
        ),
        pytest.param(
            ["nginx:1.25"],
            "tags needs a repository without tag or digest, not nginx:1.25",
            "write docker.io/library/nginx",
            id="tag",
        ),
        pytest.param(["Nginx"], 'invalid image "Nginx": the repository must be lower case', "write nginx", id="image"),
        pytest.param(
            ["nginx", "numbr()"],
            "unknown version filter 'numbr'\n    numbr()\n    ^^^^^",
            "known filters: number, prefix, regex, semver",
            id="filter",
        ),
        pytest.param(["--from", "nowhere"], "nowhere: there is no such file", None, id="no-file"),
    ],
)
def test_a_mistake_is_said_with_a_way_out(fakes: World, words: list[str], message: str, hint: str | None) -> None:
    done = tags(fakes, *words)

    assert done == Done(1, "", f"error: {message}\n" + (f"hint: {hint}\n" if hint else ""))


def test_a_repository_that_is_not_there_is_an_error(fakes: World) -> None:
    done = tags(fakes, "REGISTRY/team/none")

    assert (done.code, done.out) == (1, "")
    assert f"{fakes.host}/team/none" in done.err


def test_text_that_is_not_utf_8_is_an_error(fakes: World, tmp_path: Path) -> None:
    file = tmp_path / "tags.txt"
    file.write_bytes(b"1.0\n\xff\n")

    assert tags(fakes, "--from", str(file)).err == f"error: {file}:2: this is not UTF-8 text: byte 0xff\n"
