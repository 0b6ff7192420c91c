"""Digests and platforms over HTTP: which requests are sent, and what becomes of answers that are wrong."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from fake_manifests import OCI_IMAGE, OCI_INDEX, SCHEMA_1, a_manifest, an_image, an_index, digest_of
from fake_registry import FakeRegistry, Reply
from fake_registry_rules import Auth

from kubectl_images.errors import RegistryError
from kubectl_images.references import ImageRef
from kubectl_images.registry import Registry
from kubectl_images.registry_policy import Policy

T = TypeVar("T")

MANIFEST = "/v2/team/web/manifests/main-1"
AMD64 = an_image("linux/amd64")
INDEX = an_index({"linux/amd64": AMD64, "linux/arm64/v8": an_image("linux/arm64/v8")})
CONFIG = f"/v2/team/web/blobs/{digest_of(AMD64.blobs[0])}"
QUICK = Policy(waits_s=(0,), jitter=(1, 1))
USER, PASSWORD = "robot", "s3cr3t-password"


@pytest.fixture
def fake() -> Iterator[FakeRegistry]:
    with FakeRegistry() as registry:
        registry.put("team/web", "main-1", INDEX)
        registry.put("team/web", "single", AMD64)
        yield registry


def asked(home: Path, work: Callable[[Registry], T], **environ: str) -> T:
    with Registry(environ, notice=pytest.fail, home=home, policy=QUICK) as client:
        return work(client)


def login(registry: FakeRegistry) -> dict[str, str]:
    return {
        "KLUCTL_REGISTRY_HOST": registry.host,
        "KLUCTL_REGISTRY_USERNAME": USER,
        "KLUCTL_REGISTRY_PASSWORD": PASSWORD,
    }


def image(registry: FakeRegistry, rest: str = ":main-1") -> ImageRef:
    return ImageRef.parse(f"{registry.host}/team/web{rest}")


def digest(registry: FakeRegistry, home: Path) -> str:
    return asked(home, lambda client: client.digest(image(registry)))


def the_cause(registry: FakeRegistry, home: Path) -> str:
    """Return why the digest of main-1 is not found, without the words around it."""
    with pytest.raises(RegistryError) as caught:
        digest(registry, home)
    before, after = f"cannot find the digest of {registry.host}/team/web:main-1: ", f" (registry {registry.host})"
    assert str(caught.value).startswith(before)
    assert str(caught.value).endswith(after)
    return str(caught.value)[len(before) : -len(after)]


def questions(registry: FakeRegistry) -> list[str]:
    """Return what was asked about manifests and blobs, in its order."""
    return [f"{each.method} {each.path}" for each in registry.requests if each.path != "/v2/"]


def test_a_digest_is_one_request_for_its_head(fake: FakeRegistry, tmp_path: Path) -> None:
    assert digest(fake, tmp_path) == INDEX.digest
    assert questions(fake) == [f"HEAD {MANIFEST}"]


def test_a_digest_is_asked_for_once_in_a_run_whatever_the_image_is_called(fake: FakeRegistry, tmp_path: Path) -> None:
    fake.put("team/web", "latest", AMD64)
    names = [image(fake), image(fake, ""), image(fake, ":latest"), image(fake)]

    def work(client: Registry) -> list[dict[ImageRef, str | RegistryError]]:
        return [client.digests(names), client.digests(names[:1])]

    many, again = asked(tmp_path, work)

    assert many == {names[0]: INDEX.digest, names[1]: AMD64.digest, names[2]: AMD64.digest}
    assert again == {names[0]: INDEX.digest}
    assert sorted(questions(fake)) == ["HEAD /v2/team/web/manifests/latest", f"HEAD {MANIFEST}"]


def test_no_images_are_no_question(tmp_path: Path) -> None:
    assert asked(tmp_path, lambda client: (client.digests([]), client.platforms_of([]))) == ({}, {})


def test_an_image_that_has_a_digest_needs_no_request(fake: FakeRegistry, tmp_path: Path) -> None:
    known = image(fake, f":main-1@{AMD64.digest}")

    assert asked(tmp_path, lambda client: client.digest(known)) == AMD64.digest
    assert fake.requests == []


def test_one_failure_leaves_the_other_digests_as_they_are(fake: FakeRegistry, tmp_path: Path) -> None:
    there, missing = image(fake), image(fake, ":no")

    found = asked(tmp_path, lambda client: client.digests([missing, there]))

    assert list(found) == [missing, there]
    assert found[there] == INDEX.digest
    assert isinstance(found[missing], RegistryError)


# HEAD that gives no digest.


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(405), id="405"),
        pytest.param(Reply(501), id="501"),
        pytest.param(Reply(403), id="403"),
        pytest.param(Reply(200, {"Content-Type": OCI_INDEX}), id="no-digest"),
    ],
)
def test_where_head_gives_no_digest_the_content_is_asked_for(fake: FakeRegistry, tmp_path: Path, reply: Reply) -> None:
    fake.script(MANIFEST, reply)

    assert digest(fake, tmp_path) == INDEX.digest
    assert questions(fake) == [f"HEAD {MANIFEST}", f"GET {MANIFEST}"]


def test_content_without_a_digest_in_its_header_has_that_of_its_bytes(fake: FakeRegistry, tmp_path: Path) -> None:
    kind = {"Content-Type": OCI_INDEX}
    fake.script(MANIFEST, Reply(200, kind), Reply(200, kind, INDEX.body))

    assert digest(fake, tmp_path) == INDEX.digest


def test_a_registry_that_limits_requests_is_not_asked_for_the_content(fake: FakeRegistry, tmp_path: Path) -> None:
    fake.script(MANIFEST, *[Reply(429)] * 4)

    assert the_cause(fake, tmp_path) == "it limits requests: 429 Too Many Requests"
    assert questions(fake) == [f"HEAD {MANIFEST}"] * 4


def test_a_registry_in_trouble_for_a_moment_is_asked_again(fake: FakeRegistry, tmp_path: Path) -> None:
    fake.script(MANIFEST, Reply(503), Reply(how="closed"))

    assert digest(fake, tmp_path) == INDEX.digest


# Answers that are wrong.


def test_content_that_is_not_what_its_header_says_is_an_error(fake: FakeRegistry, tmp_path: Path) -> None:
    headers = {"Content-Type": OCI_INDEX, "Docker-Content-Digest": AMD64.digest}
    fake.script(MANIFEST, Reply(405), Reply(200, headers, INDEX.body))

    assert the_cause(fake, tmp_path) == (
        f"what it sent does not match its digest: {AMD64.digest} was promised, {INDEX.digest} came"
    )


def test_a_manifest_of_schema_1_is_not_supported(fake: FakeRegistry, tmp_path: Path) -> None:
    fake.script(MANIFEST, Reply(200, {"Content-Type": SCHEMA_1, "Docker-Content-Digest": INDEX.digest}))

    assert the_cause(fake, tmp_path) == "its manifest is of schema 1, which is not supported"


def test_a_web_page_is_no_manifest(fake: FakeRegistry, tmp_path: Path) -> None:
    page = Reply(200, {"Content-Type": "text/html", "Docker-Content-Digest": INDEX.digest})
    fake.script(MANIFEST, page)

    assert the_cause(fake, tmp_path) == "it answered with a web page, not as a registry"


def test_a_manifest_larger_than_4_mib_is_refused(fake: FakeRegistry, tmp_path: Path) -> None:
    body = b'{"manifests": []}'.ljust(4 * 1024 * 1024 + 1)
    fake.script(MANIFEST, Reply(405), Reply(200, {"Content-Type": OCI_INDEX}, body))

    assert the_cause(fake, tmp_path) == "its answer is larger than 4 MiB"


def test_a_manifest_of_4_mib_is_read(fake: FakeRegistry, tmp_path: Path) -> None:
    body = b'{"manifests": []}'.ljust(4 * 1024 * 1024)
    fake.script(MANIFEST, Reply(405), Reply(200, {"Content-Type": OCI_INDEX}, body))

    assert digest(fake, tmp_path) == digest_of(body)


# Logins and redirects.


@pytest.mark.parametrize("auth", ["basic", "bearer"])
def test_digests_and_platforms_are_found_with_a_login(tmp_path: Path, auth: Auth) -> None:
    with FakeRegistry(auth=auth, users={USER: PASSWORD}) as registry:
        registry.put("team/web", "main-1", AMD64)

        found = asked(tmp_path, lambda client: client.platforms(image(registry)), **login(registry))

    assert list(map(str, found)) == ["linux/amd64"]


def test_head_that_is_refused_to_a_login_is_made_up_for_by_the_content(tmp_path: Path) -> None:
    with FakeRegistry(auth="basic", users={USER: PASSWORD}) as registry:
        registry.put("team/web", "main-1", AMD64)
        registry.script(MANIFEST, Reply(403))

        found = asked(tmp_path, lambda client: client.digest(image(registry)), **login(registry))

    assert found == AMD64.digest


def test_without_a_login_the_registrys_words_are_told(tmp_path: Path) -> None:
    with FakeRegistry(auth="basic", users={USER: PASSWORD}) as registry:
        registry.put("team/web", "main-1", AMD64)

        cause = the_cause(registry, tmp_path)

    assert cause == (
        'the repository does not exist or is private; it answered 401 Unauthorized: "authentication required"'
    )


def test_a_blob_that_is_stored_elsewhere_is_fetched_there_without_the_login(tmp_path: Path) -> None:
    basic = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    with FakeRegistry(auth="basic", users={USER: PASSWORD}) as registry, FakeRegistry() as store:
        registry.put("team/web", "main-1", AMD64)
        store.put("team/web", "main-1", AMD64)
        registry.script(CONFIG, Reply(307, {"Location": f"{store.url}{CONFIG}?X-Amz-Signature=abc"}))

        found = asked(tmp_path, lambda client: client.platforms(image(registry)), **login(registry))

    assert list(map(str, found)) == ["linux/amd64"]
    assert set(registry.authorizations()) == {basic}
    assert (store.paths(), store.authorizations()) == ([CONFIG], [])


# Platforms.


def test_platforms_are_those_of_the_digest_that_the_tag_had(fake: FakeRegistry, tmp_path: Path) -> None:
    def work(client: Registry) -> list[str]:
        client.digest(image(fake))
        fake.put("team/web", "main-1", AMD64)
        return list(map(str, client.platforms(image(fake))))

    assert asked(tmp_path, work) == ["linux/amd64", "linux/arm64/v8"]
    assert questions(fake) == [f"HEAD {MANIFEST}", f"GET /v2/team/web/manifests/{INDEX.digest}"]


def test_the_platforms_of_one_digest_are_asked_for_once(fake: FakeRegistry, tmp_path: Path) -> None:
    fake.put("team/web", "main-2", AMD64)
    images = [image(fake, rest) for rest in (":single", ":main-2", f"@{AMD64.digest}")]

    found = asked(tmp_path, lambda client: client.platforms_of(images))

    assert {
        str(name): list(map(str, platforms)) for name, platforms in found.items() if isinstance(platforms, tuple)
    } == {str(name): ["linux/amd64"] for name in images}
    assert questions(fake).count(f"GET {CONFIG}") == 1


def test_a_chart_has_no_platform(fake: FakeRegistry, tmp_path: Path) -> None:
    fake.put("team/web", "chart", a_manifest(OCI_IMAGE, "application/vnd.cncf.helm.config.v1+json", b"{}"))

    with pytest.raises(RegistryError) as caught:
        asked(tmp_path, lambda client: client.platforms(image(fake, ":chart")))

    assert str(caught.value) == (
        f"cannot find the platforms of {fake.host}/team/web:chart: it is not an image: its configuration is"
        f" 'application/vnd.cncf.helm.config.v1+json' (registry {fake.host})"
    )
