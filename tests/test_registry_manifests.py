from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import pytest
from fake_manifests import (
    DOCKER_CONFIG,
    DOCKER_IMAGE,
    DOCKER_LIST,
    OCI_CONFIG,
    OCI_IMAGE,
    OCI_INDEX,
    SCHEMA_1,
    Stored,
    a_manifest,
    an_image,
    an_index,
    digest_of,
)
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.references import ImageRef
from kubectl_images.registry_answers import Answer, Kind, RequestError
from kubectl_images.registry_manifests import find_digest, find_platforms, read_head, read_manifest

T = TypeVar("T")

IMAGE = ImageRef.parse("reg.example.com/team/web:main-1")
ALL_TYPES = f"{OCI_INDEX}, {DOCKER_LIST}, {OCI_IMAGE}, {DOCKER_IMAGE}"
NO_PLATFORM = "build the image with a platform, or leave out --platform"
BY_TAG = "manifests/main-1"
AMD64, ARM64 = an_image("linux/amd64"), an_image("linux/arm64/v8")
INDEX = an_index({"linux/amd64": AMD64, "linux/arm64/v8": ARM64})
OTHER = f"sha256:{'0' * 64}"


def an_answer(status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    lines = {name.lower(): (value,) for name, value in headers.items()}
    return Answer(status, {200: "OK", 404: "Not Found"}.get(status, "Reason"), lines, body, "https://reg.example.com/")


def given_as(
    stored: Stored, *, digest: str | None = "right", media_type: str | None = None, head: bool = False
) -> Answer:
    """Return the answer with a manifest; without a digest in its header when that is None."""
    headers = {"Content-Type": media_type if media_type is not None else stored.media_type}
    if digest is not None:
        headers["Docker-Content-Digest"] = stored.digest if digest == "right" else digest
    return an_answer(200, headers, b"" if head else stored.body)


def refusing(status: int, code: str = "", message: str = "no") -> Answer:
    return an_answer(status, {}, json.dumps({"errors": [{"code": code, "message": message}]}).encode() if code else b"")


class Answers:
    """A registry that has these answers, by method and path, and knows what it was asked."""

    def __init__(self, answers: Mapping[str, Answer | RequestError]) -> None:
        self._answers = answers
        self.asked: list[str] = []

    def __call__(self, method: str, path: str, accept: str, read: Callable[[Answer], T], /) -> T:
        assert accept == (ALL_TYPES if path.startswith("manifests/") else "*/*")
        self.asked.append(f"{method} {path}")
        answer = self._answers[self.asked[-1]]
        if isinstance(answer, RequestError):
            raise answer
        return read(answer)


def storing(stored: Stored, more: Mapping[str, Answer | RequestError] | None = None) -> Answers:
    """Return a registry that has a manifest by its digest, and all that it needs."""
    return Answers({**_all_of(stored), **(more or {})})


def _all_of(stored: Stored) -> dict[str, Answer | RequestError]:
    found: dict[str, Answer | RequestError] = {f"GET manifests/{stored.digest}": given_as(stored)}
    found |= {f"GET blobs/{digest_of(blob)}": an_answer(200, {}, blob) for blob in stored.blobs}
    for child in stored.children:
        found |= _all_of(child)
    return found


def platforms_of(stored: Stored, ask: Answers | None = None) -> list[str]:
    image = ImageRef(IMAGE.registry, IMAGE.repository, IMAGE.tag, stored.digest)
    return [str(platform) for platform in find_platforms(ask or storing(stored), image)]


def the_error(work: Callable[[], object]) -> tuple[str, str | None]:
    with pytest.raises(RequestError) as caught:
        work()
    return caught.value.cause, caught.value.hint


# The digest of a tag.


@pytest.mark.parametrize("media_type", [OCI_INDEX, OCI_IMAGE, DOCKER_LIST, DOCKER_IMAGE, f"{OCI_INDEX}; charset=utf-8"])
def test_a_head_request_gives_the_digest(media_type: str) -> None:
    ask = Answers({f"HEAD {BY_TAG}": given_as(INDEX, media_type=media_type, head=True)})

    assert find_digest(ask, IMAGE) == INDEX.digest
    assert ask.asked == [f"HEAD {BY_TAG}"]


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(given_as(INDEX, digest=None, head=True), id="no-digest"),
        pytest.param(given_as(INDEX, digest="sha256:00", head=True), id="no-right-digest"),
        pytest.param(given_as(INDEX, digest=f"md5:{'0' * 32}", head=True), id="no-usual-digest"),
        pytest.param(given_as(INDEX, media_type="", head=True), id="no-media-type"),
        pytest.param(refusing(400), id="400"),
        pytest.param(refusing(404), id="404"),
        pytest.param(refusing(405), id="405"),
        pytest.param(refusing(501), id="501"),
        pytest.param(RequestError("refused", kind=Kind.REFUSED), id="login-refused"),
    ],
)
def test_where_head_gives_no_digest_it_is_that_of_the_content(head: Answer | RequestError) -> None:
    ask = Answers({f"HEAD {BY_TAG}": head, f"GET {BY_TAG}": given_as(INDEX, digest=None)})

    assert find_digest(ask, IMAGE) == INDEX.digest
    assert ask.asked == [f"HEAD {BY_TAG}", f"GET {BY_TAG}"]


@pytest.mark.parametrize("kind", [Kind.LIMITED, Kind.OTHER, Kind.CLOSED])
def test_a_fault_is_not_asked_for_a_second_time(kind: Kind) -> None:
    ask = Answers({f"HEAD {BY_TAG}": RequestError("it limits requests", kind=kind)})

    assert the_error(lambda: find_digest(ask, IMAGE)) == ("it limits requests", None)
    assert ask.asked == [f"HEAD {BY_TAG}"]


def test_a_tag_that_is_not_there_is_told_with_the_registrys_words() -> None:
    unknown = refusing(404, "MANIFEST_UNKNOWN", "manifest unknown")
    ask = Answers({f"HEAD {BY_TAG}": refusing(404), f"GET {BY_TAG}": unknown})

    assert the_error(lambda: find_digest(ask, IMAGE)) == (
        'the repository has no tag main-1: 404 Not Found: "manifest unknown"',
        "look at its tags: kubectl images tags reg.example.com/team/web",
    )


@pytest.mark.parametrize("media_type", [SCHEMA_1, "application/vnd.docker.distribution.manifest.v1+json"])
def test_schema_1_is_not_supported(media_type: str) -> None:
    head = given_as(INDEX, media_type=media_type, head=True)

    assert the_error(lambda: read_head(head)) == (
        "its manifest is of schema 1, which is not supported",
        "build and push the image anew",
    )


@pytest.mark.parametrize("head", [True, False])
def test_a_manifest_of_an_unknown_type_is_an_error_that_names_it(head: bool) -> None:
    answer = given_as(INDEX, media_type="application/\x1b[1mjson", head=head)

    assert the_error(lambda: read_head(answer) if head else read_manifest(answer, IMAGE)) == (
        r"its manifest is of an unknown type: 'application/\x1b[1mjson'",
        None,
    )


# A manifest, and that it is the one that was asked for.


def by_digest(digest: str) -> ImageRef:
    return ImageRef(IMAGE.registry, IMAGE.repository, None, digest)


@pytest.mark.parametrize("stored", [INDEX, AMD64, an_image(docker=True), an_index({}, docker=True)])
def test_a_manifest_is_read(stored: Stored) -> None:
    found = read_manifest(given_as(stored), by_digest(stored.digest))

    assert (found.digest, found.media_type, found.content) == (
        stored.digest,
        stored.media_type,
        json.loads(stored.body),
    )


def test_the_digest_is_that_of_the_bytes_as_they_came() -> None:
    spaced = Stored(OCI_INDEX, b' {"manifests" : [ ] }\n')

    assert read_manifest(given_as(spaced, digest=None), IMAGE).digest == digest_of(spaced.body)


def test_a_digest_of_another_algorithm_is_checked_by_it() -> None:
    digest = f"sha512:{hashlib.sha512(INDEX.body).hexdigest()}"

    assert read_manifest(given_as(INDEX), by_digest(digest)).digest == digest


@pytest.mark.parametrize(
    ("asked", "promised", "shown"),
    [
        pytest.param(None, OTHER, OTHER, id="header"),
        pytest.param(OTHER, INDEX.digest, OTHER, id="question"),
        pytest.param(OTHER, None, OTHER, id="question-without-header"),
        pytest.param(INDEX.digest, OTHER, OTHER, id="header-beside-the-question"),
    ],
)
def test_content_that_does_not_match_a_digest_is_an_error(asked: str | None, promised: str | None, shown: str) -> None:
    answer = given_as(INDEX, digest=promised)
    image = by_digest(asked) if asked else IMAGE

    cause, _ = the_error(lambda: read_manifest(answer, image))

    assert cause == f"what it sent does not match its digest: {shown} was promised, {INDEX.digest} came"


def test_a_digest_that_nobody_can_check_is_an_error() -> None:
    answer = given_as(INDEX, digest="\x1b[1m")

    assert the_error(lambda: read_manifest(answer, IMAGE)) == (r"its digest cannot be checked: '\x1b[1m'", None)


@pytest.mark.parametrize(
    ("sent_as", "message"),
    [
        pytest.param(OCI_IMAGE, f"it sent a manifest as '{OCI_IMAGE}' that says it is '{OCI_INDEX}'", id="another"),
        pytest.param("text/plain", "its manifest is of an unknown type: 'text/plain'", id="unknown"),
    ],
)
def test_a_manifest_that_is_sent_as_another_type_is_an_error(sent_as: str, message: str) -> None:
    answer = given_as(INDEX, media_type=sent_as)

    assert the_error(lambda: read_manifest(answer, IMAGE)) == (message, None)


def test_a_manifest_that_says_itself_what_it_is_needs_no_header() -> None:
    assert read_manifest(given_as(INDEX, media_type=""), IMAGE).media_type == OCI_INDEX


@pytest.mark.parametrize(
    ("body", "message", "hint"),
    [
        pytest.param(b"[]", "it sent JSON that is not a manifest", None, id="list"),
        pytest.param(
            b"{",
            "it sent an answer that is not JSON",
            "try again, and check the registry's address",
            id="no-json",
        ),
        pytest.param(
            b'{"mediaType": 1}', f"it sent a manifest as '{OCI_INDEX}' that says it is 1", None, id="type-is-a-number"
        ),
    ],
)
def test_what_is_no_manifest_is_an_error(body: bytes, message: str, hint: str | None) -> None:
    answer = given_as(Stored(OCI_INDEX, body))

    assert the_error(lambda: read_manifest(answer, IMAGE)) == (message, hint)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        pytest.param(refusing(400, "MANIFEST_INVALID", "bad"), 'it answered 400 Reason: "bad"', id="400"),
        pytest.param(refusing(404), "no registry answers at this path: 404 Not Found", id="no-registry"),
        pytest.param(
            refusing(404, "MANIFEST_UNKNOWN"),
            f'the repository has no manifest {OTHER}: 404 Not Found: "no"',
            id="digest",
        ),
        pytest.param(
            refusing(404, "NAME_UNKNOWN"), 'the registry has no such repository: 404 Not Found: "no"', id="repository"
        ),
    ],
)
def test_a_refusal_is_an_error_with_the_registrys_words(answer: Answer, cause: str) -> None:
    assert the_error(lambda: read_manifest(answer, by_digest(OTHER)))[0] == cause


@given(st.binary(max_size=60), st.sampled_from([OCI_INDEX, OCI_IMAGE, SCHEMA_1, ""]))
def test_any_bytes_are_a_manifest_or_refused(body: bytes, media_type: str) -> None:
    answer = given_as(Stored(media_type, body))
    try:
        found = read_manifest(answer, IMAGE)
    except RequestError:
        return
    assert found.digest == digest_of(body)


# The platforms of an image.


def test_the_platforms_of_an_index_need_no_other_request() -> None:
    ask = storing(INDEX)

    assert platforms_of(INDEX, ask) == ["linux/amd64", "linux/arm64/v8"]
    assert ask.asked == [f"GET manifests/{INDEX.digest}"]


@pytest.mark.parametrize("docker", [True, False])
def test_the_platform_of_a_single_image_is_in_its_configuration(docker: bool) -> None:
    assert platforms_of(an_image("linux/arm/v6", docker=docker)) == ["linux/arm/v6"]


ATTESTATION = {"vnd.docker.reference.type": "attestation-manifest"}
UNKNOWN = {"os": "unknown", "architecture": "unknown"}
WINDOWS = {"os": "windows", "architecture": "amd64", "os.version": "10.0.17763.1457"}


@pytest.mark.parametrize(
    ("descriptor", "expected"),
    [
        pytest.param(AMD64.descriptor(platform=UNKNOWN), [], id="unknown-platform"),
        pytest.param(AMD64.descriptor(annotations=ATTESTATION), [], id="attestation"),
        pytest.param(
            AMD64.descriptor(annotations=ATTESTATION, platform={"os": "linux", "architecture": "amd64"}),
            [],
            id="attestation-for-a-platform",
        ),
        pytest.param(AMD64.descriptor(platform=WINDOWS), ["windows(10.0.17763.1457)/amd64"], id="windows"),
        pytest.param(AMD64.descriptor(annotations=None, platform={"os": "a", "architecture": "b"}), ["a/b"], id="null"),
        pytest.param({**AMD64.descriptor(), "mediaType": "application/x"}, [], id="unknown-type"),
        pytest.param({**AMD64.descriptor(), "digest": "x"}, [], id="no-digest"),
        pytest.param(AMD64.descriptor(platform={"os": "linux"}), [], id="no-architecture"),
        pytest.param(AMD64.descriptor(platform={"os": "linux", "architecture": 1}), [], id="a-number"),
        pytest.param(AMD64.descriptor(platform={"os": "\x1b[1m", "architecture": "a"}), [], id="control-characters"),
        pytest.param("x", [], id="text"),
    ],
)
def test_what_is_not_for_running_is_no_platform(descriptor: Any, expected: list[str]) -> None:
    assert platforms_of(an_index({}, descriptor)) == expected


@pytest.mark.parametrize("content", [{}, {"manifests": []}, {"manifests": None}, {"manifests": {}}])
def test_an_empty_index_is_for_no_platform(content: object) -> None:
    assert platforms_of(Stored(OCI_INDEX, json.dumps(content).encode())) == []


def test_a_platform_that_is_named_twice_is_one() -> None:
    twice = an_index({"linux/amd64": AMD64}, *json.loads(INDEX.body)["manifests"])

    assert platforms_of(twice) == ["linux/amd64", "linux/arm64/v8"]


def unnamed(*children: Stored) -> Stored:
    """Return an index that says of no child what it is for."""
    content = {"manifests": [child.descriptor() for child in children]}
    return Stored(OCI_INDEX, json.dumps(content).encode(), children=children)


CHART = a_manifest(OCI_IMAGE, "application/vnd.cncf.helm.config.v1+json", b"{}")


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        pytest.param(unnamed(ARM64, AMD64), ["linux/arm64/v8", "linux/amd64"], id="images"),
        pytest.param(unnamed(CHART), [], id="chart"),
        pytest.param(
            unnamed(INDEX, an_image("linux/s390x")), ["linux/s390x", "linux/amd64", "linux/arm64/v8"], id="index"
        ),
        pytest.param(unnamed(unnamed(unnamed(AMD64))), ["linux/amd64"], id="deep"),
    ],
)
def test_what_an_index_says_nothing_about_is_looked_up(index: Stored, expected: list[str]) -> None:
    assert platforms_of(index) == expected


def test_an_index_that_leads_to_too_many_others_is_an_error() -> None:
    images = [an_image(text=str(number)) for number in range(101)]

    assert the_error(lambda: platforms_of(unnamed(*images))) == ("its index leads to more than 100 others", None)


@pytest.mark.parametrize(
    ("config_type", "shown"),
    [
        pytest.param(
            "application/vnd.cncf.helm.config.v1+json", "'application/vnd.cncf.helm.config.v1+json'", id="helm"
        ),
        pytest.param("application/vnd.oci.empty.v1+json", "'application/vnd.oci.empty.v1+json'", id="artifact"),
        pytest.param("", "none", id="none"),
    ],
)
def test_a_chart_is_not_an_image(config_type: str, shown: str) -> None:
    chart = a_manifest(OCI_IMAGE, config_type, b"{}")

    assert the_error(lambda: platforms_of(chart)) == (f"it is not an image: its configuration is {shown}", NO_PLATFORM)


@pytest.mark.parametrize("config", [None, {"mediaType": OCI_CONFIG}, {"mediaType": DOCKER_CONFIG, "digest": "../x"}])
def test_an_image_without_the_digest_of_its_configuration_is_an_error(config: object) -> None:
    image = Stored(OCI_IMAGE, json.dumps({"config": config}).encode())
    expected = (
        "it sent a manifest without the digest of its configuration"
        if config
        else "it is not an image: its configuration is none"
    )

    assert the_error(lambda: platforms_of(image)) == (expected, None if config else NO_PLATFORM)


CONFIG_OF_AMD64 = f"GET blobs/{digest_of(AMD64.blobs[0])}"


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        pytest.param(
            refusing(404, "BLOB_UNKNOWN"), 'it answered 404 Not Found: "no" for the configuration of the image'
        ),
        pytest.param(
            an_answer(200, {}, b"{}"),
            f"what it sent does not match its digest: {digest_of(AMD64.blobs[0])} was promised, {digest_of(b'{}')} came",
        ),
    ],
    ids=["missing", "another"],
)
def test_a_configuration_that_cannot_be_read_is_an_error(answer: Answer, cause: str) -> None:
    ask = storing(AMD64, {CONFIG_OF_AMD64: answer})

    assert the_error(lambda: platforms_of(AMD64, ask)) == (cause, None)


@pytest.mark.parametrize("config", [b"{}", b"[]", b'{"os": "linux"}', b'{"os": "", "architecture": ""}'])
def test_a_configuration_without_a_platform_is_an_error(config: bytes) -> None:
    image = a_manifest(OCI_IMAGE, OCI_CONFIG, config)

    assert the_error(lambda: platforms_of(image)) == ("the configuration of the image names no platform", NO_PLATFORM)
