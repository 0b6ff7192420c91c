"""What image references name, which texts name nothing, and how that is said."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nonsense import many_cases, texts

from kubectl_images.errors import InvalidImageError
from kubectl_images.references import ImageRef, is_digest, spellings, suspicion, with_digest, with_tag

TABLE: dict[str, Any] = json.loads((Path(__file__).parent / "vectors" / "references.json").read_text(encoding="utf-8"))
VALID = [pytest.param(row, id=row["id"]) for row in TABLE["vectors"] if "error" not in row]
INVALID = [pytest.param(row, id=row["id"]) for row in TABLE["vectors"] if "error" in row]
SAME = [pytest.param(row, id=row["id"]) for row in TABLE["same"]["vectors"]]

DIGEST = "sha256:" + "a" * 64

component = st.from_regex(re.compile("[a-z0-9]{1,5}((_|__|-|[.])[a-z0-9]{1,5}){0,2}"), fullmatch=True)
path = st.lists(component, min_size=1, max_size=3).map("/".join)
host = st.sampled_from(["localhost", "reg.example.com", "reg:5000", "[::1]:5000", "UPPER", "docker.io"])
tag = st.from_regex(re.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,10}", re.ASCII), fullmatch=True)
references = st.builds(
    "{}{}{}{}".format,
    st.one_of(st.just("team/"), host.map("{}/".format)),
    path,
    st.one_of(st.just(""), tag.map(":{}".format)),
    st.sampled_from(["", f"@{DIGEST}"]),
)
# Pieces of references, and of what people write instead.
nonsense = texts(
    *("a", "A", "0", ".", "_", "-", ":", "/", "@", "//", "..", "__", "[", "]", "library/", "docker.io/", "localhost"),
    *("[::1]", ":5000", ":65536", ":v1", DIGEST, "sha256:", "sha512:", "a" * 64, "https://", "docker://", "user:pw@"),
)


@pytest.mark.parametrize("row", VALID)
def test_a_reference_is_read_as_the_table_says(row: dict[str, Any]) -> None:
    image = ImageRef.parse(row["input"])

    assert image == ImageRef(row["registry"], row["repository"], row["tag"], row["digest"])
    assert image.tag_or_latest == row.get("tag_or_latest", row["tag"])


@pytest.mark.parametrize("row", VALID)
def test_a_reference_that_is_probably_a_mistake_is_suspicious(row: dict[str, Any]) -> None:
    found = suspicion(row["input"])

    assert (found is None) == ("warns" not in row)
    assert row.get("warns", "") in (found or "")


@pytest.mark.parametrize("row", INVALID)
def test_what_is_no_reference_is_refused_with_the_input_and_the_reason(row: dict[str, Any]) -> None:
    with pytest.raises(InvalidImageError) as caught:
        ImageRef.parse(row["input"])

    shown = row["input"].replace("\n", r"\n").replace("user:pw@", "user:***@")
    start = f'invalid image "{shown}": '
    assert str(caught.value).startswith(start)
    assert row["error"] in str(caught.value)


@pytest.mark.parametrize("row", SAME)
def test_two_references_name_one_repository_or_two(row: dict[str, Any]) -> None:
    a, b = ImageRef.parse(row["a"]), ImageRef.parse(row["b"])

    assert a.same_repository(b) is row["same"]
    assert b.same_repository(a) is row["same"]
    assert (a.repository_key == b.repository_key) is row["same"]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        pytest.param("foo/Bar:1", "the repository must be lower case", "write foo/bar:1", id="upper-case"),
        pytest.param("[::1]/App", "the repository must be lower case", "write [::1]/app", id="upper-case-ipv6"),
        pytest.param(" a: 1\n", "there is a space in it", "write a:1", id="spaces"),
        pytest.param("a\N{ZERO WIDTH SPACE}b", None, None, id="invisible"),
        pytest.param("https://reg.example.com/app", "an image has no scheme", "write reg.example.com/app", id="scheme"),
        pytest.param(f"docker://{DIGEST}", "an image has no scheme", None, id="scheme-of-an-image-id"),
        pytest.param("app:", "the tag is empty", "write app", id="empty-tag"),
        pytest.param("::1/app", '"::1" is not a host', "write [::1]/app", id="ipv6-without-brackets"),
        pytest.param("[::1/app", '"[::1" is not a host', None, id="open-bracket"),
        pytest.param("a.b:/x", '"" is not a port from 1 to 65535', None, id="empty-port"),
        pytest.param("u:pw@reg/app", "an image holds no user and no password", None, id="credentials"),
        pytest.param(
            "a@md5:00", "the digest is not sha256: and 64 lower-case hexadecimal digits", None, id="unknown-digest"
        ),
        pytest.param(
            "a@sha512:00", "the digest is not sha512: and 128 lower-case hexadecimal digits", None, id="short-digest"
        ),
        pytest.param(f"{'h' * 252}.com/a", "the host is longer than 255 characters", None, id="long-host"),
    ],
)
def test_a_refusal_gives_the_reason_and_the_reference_that_was_meant(
    text: str, message: str | None, hint: str | None
) -> None:
    with pytest.raises(InvalidImageError) as caught:
        ImageRef.parse(text)

    if message is None:
        message = r'"a\u200bb" is not letters and digits with single separators (. _ __ -) between them'
    shown = text.replace("pw@", "***@").replace("\n", r"\n").replace("\N{ZERO WIDTH SPACE}", r"\u200b")
    assert (str(caught.value), caught.value.hint) == (f'invalid image "{shown}": {message}', hint)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("user:s3cret@reg.example.com/app", "user:***@reg.example.com/app", id="no-scheme"),
        pytest.param("https://user:s3cret@reg/app", "https://user:***@reg/app", id="scheme"),
        pytest.param("app:1.2@sha256:00", "app:1.2@sha256:00", id="a-tag-is-no-password"),
    ],
)
def test_a_password_before_the_host_is_not_repeated(text: str, shown: str) -> None:
    with pytest.raises(InvalidImageError) as caught:
        ImageRef.parse(text)

    assert str(caught.value).startswith(f'invalid image "{shown}": ')
    assert "s3cret" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a-" * 50_000, id="separators"),
        pytest.param("-" * 100_000, id="dashes"),
        pytest.param("A:" + "9" * 100_000 + "/a", id="port"),
        pytest.param("a." * 50_000 + "/a", id="host"),
        pytest.param("a/" * 50_000, id="components"),
        pytest.param("a:" + "t" * 100_000, id="tag"),
        pytest.param("a@x" + "+x" * 50_000, id="digest"),
        pytest.param("\x1b[31m" * 20_000, id="control-characters"),
    ],
)
def test_a_long_text_is_refused_in_one_short_line(text: str) -> None:
    with pytest.raises(InvalidImageError) as caught:
        ImageRef.parse(text)

    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 4_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("nginx", "docker.io/library/nginx", id="hub"),
        pytest.param("reg:5000/a:1", "reg:5000/a:1", id="tag"),
        pytest.param(f"a/b:1@{DIGEST}", f"docker.io/a/b:1@{DIGEST}", id="tag-and-digest"),
        pytest.param("DOCKER.IO/nginx", "docker.io/library/nginx", id="hub-in-capitals"),
        pytest.param(f"a@blake3:{'0' * 64}", f"docker.io/library/a@blake3:{'0' * 64}", id="other-digest"),
    ],
)
def test_the_text_of_a_reference_is_its_full_name(text: str, expected: str) -> None:
    assert str(ImageRef.parse(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "localhost:5000",
            '"localhost:5000" looks like host:port without a repository, but names docker.io/library/localhost:5000',
            id="port",
        ),
        pytest.param(
            "localhost:80",
            '"localhost:80" looks like host:port without a repository, but names docker.io/library/localhost:80',
            id="localhost",
        ),
        pytest.param(
            "example.com:v1",
            '"example.com:v1" looks like a host without a repository, but names docker.io/library/example.com:v1',
            id="host",
        ),
        pytest.param("redis:7", None, id="small-version"),
        pytest.param("alpine:20240101", None, id="date"),
        pytest.param("a/b:5000", None, id="with-a-repository"),
    ],
)
def test_only_what_looks_like_a_host_is_suspicious(text: str, expected: str | None) -> None:
    assert suspicion(text) == expected


@pytest.mark.parametrize(
    ("written", "new_tag", "expected"),
    [
        pytest.param("nginx", "1.25", "nginx:1.25", id="short"),
        pytest.param("reg:5000/a", "1", "reg:5000/a:1", id="port"),
        pytest.param("docker.io/library/nginx", "1", "docker.io/library/nginx:1", id="as-written"),
        pytest.param("[::1]/a", "007", "[::1]/a:007", id="ipv6"),
        pytest.param(f"a:1@{DIGEST}", "2", "a:2", id="other-tag"),
    ],
)
def test_a_tag_is_added_to_the_image_as_it_is_written(written: str, new_tag: str, expected: str) -> None:
    assert with_tag(written, new_tag) == expected


def test_a_tag_that_makes_no_reference_is_refused() -> None:
    with pytest.raises(InvalidImageError, match=re.escape('invalid image "nginx:a b": there is a space in it')):
        with_tag("nginx", "a b")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("nginx", f"nginx:latest@{DIGEST}", id="no-tag"),
        pytest.param("reg:5000/a:1", f"reg:5000/a:1@{DIGEST}", id="tag"),
        pytest.param("DOCKER.IO/nginx:1", f"DOCKER.IO/nginx:1@{DIGEST}", id="as-written"),
        pytest.param(f"a:1@sha512:{'0' * 128}", f"a:1@{DIGEST}", id="other-digest"),
        pytest.param(f"a@sha512:{'0' * 128}", f"a@{DIGEST}", id="other-digest-without-tag"),
    ],
)
def test_a_digest_is_added_to_the_image_as_it_is_written(written: str, expected: str) -> None:
    assert with_digest(written, DIGEST) == expected


def test_a_digest_that_makes_no_reference_is_refused() -> None:
    with pytest.raises(InvalidImageError, match="the digest is not sha256: and 64 lower-case hexadecimal digits"):
        with_digest("nginx", "sha256:1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(f"sha256:{'0a' * 32}", True, id="sha256"),
        pytest.param(f"sha512:{'0a' * 64}", True, id="sha512"),
        pytest.param("", False, id="empty"),
        pytest.param(f"sha256:{'0' * 63}", False, id="short"),
        pytest.param(f"sha256:{'A' * 64}", False, id="capitals"),
        pytest.param(f"sha256:{'0' * 64}\n", False, id="line"),
        pytest.param(f"md5:{'0' * 32}", False, id="other-algorithm"),
    ],
)
def test_only_digests_in_use_are_digests(text: str, expected: bool) -> None:
    assert is_digest(text) is expected


@given(references)
def test_the_full_name_of_a_reference_is_read_as_the_same_reference(text: str) -> None:
    image = ImageRef.parse(text)

    assert ImageRef.parse(str(image)) == image


def _refusal(text: str) -> InvalidImageError | None:
    try:
        ImageRef.parse(text)
    except InvalidImageError as error:
        return error
    return None


@example("\x08_:/")
@many_cases
@given(st.one_of(nonsense, st.text("aA0.:/@_-[] \n\t%é\x00\ud800", max_size=20)))
def test_any_text_is_a_reference_or_refused_with_a_rewrite_that_is_one(text: str) -> None:
    refusal = _refusal(text)

    if refusal is not None:
        assert str(refusal).isprintable()
        assert not refusal.hint or _refusal(refusal.hint.removeprefix("write ")) is None


@given(references)
def test_the_name_of_a_reference_is_one_of_the_spellings_of_its_repository(text: str) -> None:
    image = ImageRef.parse(text)

    names = spellings(image.repository_key)

    assert any(text.lower().startswith(name) for name in names)
    assert len(set(names)) == len(names)
