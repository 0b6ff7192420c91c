"""The flags --pin-digests and --platform from the command line to the cluster, on the fakes and on the real ones."""

from __future__ import annotations

import pytest
from fake_manifests import Stored, an_image, an_index, upload
from fake_registry import FakeRegistry
from test_main_job import deployment
from worlds import Done, World

from kubectl_images import documents

WEB = "{{ images.get_image('REGISTRY/team/web') }}"
PROXY = "{{ images.get_image('REGISTRY/team/proxy') }}"
AMD64 = an_image("linux/amd64")
INDEX = an_index({"linux/amd64": AMD64, "linux/arm64/v8": an_image("linux/arm64/v8")})


def put(world: World, repository: str, tag: str, stored: Stored) -> None:
    if isinstance(world.registry, FakeRegistry):
        world.registry.put(repository, tag, stored)
    else:
        upload(world.host, repository, tag, stored)


@pytest.fixture
def web(world: World) -> str:
    """Return the file of a Deployment whose newest images are web:1.1, for two platforms, and proxy:2.0, for one."""
    put(world, "team/web", "1.0", AMD64)
    put(world, "team/web", "1.1", INDEX)
    put(world, "team/proxy", "2.0", AMD64)
    return world.write("web.yaml", deployment(f"app: {WEB}", f"proxy: {PROXY}"))


def pinned(world: World) -> tuple[str, str]:
    return f"{world.host}/team/web:1.1@{INDEX.digest}", f"{world.host}/team/proxy:2.0@{AMD64.digest}"


def images(text: str) -> list[str]:
    """Return the images of a Deployment in YAML."""
    (document,) = documents.read(text, "output")
    body = document.value
    assert isinstance(body, dict)
    return [container["image"] for container in body["spec"]["template"]["spec"]["containers"]]


def test_a_deploy_writes_the_tag_and_the_digest_of_the_index(world: World, web: str) -> None:
    done = world.run("deploy", "-f", web, "--pin-digests")

    app, proxy = pinned(world)
    assert done == Done(
        0,
        f"deployment.apps/web created\n    app: (none) -> {app} (registry)\n    proxy: (none) -> {proxy} (registry)\n",
        "1 object: applied 1, unchanged 0, failed 0\n",
    )
    assert (world.image(), world.image(container="proxy")) == (app, proxy)


def test_what_runs_with_a_tag_alone_gets_its_digest(world: World, web: str) -> None:
    world.run("deploy", "-f", web)

    done = world.run("deploy", "-f", web, "--pin-digests")

    app, proxy = pinned(world)
    assert done.out == (
        "deployment.apps/web configured\n"
        f"    app: {app.partition('@')[0]} -> {app} (deployed)\n"
        f"    proxy: {proxy.partition('@')[0]} -> {proxy} (deployed)\n"
    )
    assert (done.code, world.image()) == (0, app)


def test_a_list_with_digests_deploys_the_same_images_though_a_tag_has_moved(world: World, web: str) -> None:
    listed = world.run("list", "-f", web, "--pin-digests")
    file = world.write("images.yaml", listed.out)
    before = world.run("render", "-f", web, "--pin-digests")
    put(world, "team/web", "1.1", AMD64)

    after = world.run("render", "-f", web, "--offline", "--fixed-images-file", file)
    twice = world.run("render", "-f", web, "--offline", "--pin-digests", "--fixed-images-file", file)
    done = world.run("deploy", "-f", web, "--offline", "--fixed-images-file", file)

    assert images(before.out) == list(pinned(world))
    assert after == twice == before
    assert (done.code, world.image()) == (0, pinned(world)[0])


def test_an_image_for_another_platform_is_an_error_and_nothing_is_applied(world: World, web: str) -> None:
    done = world.run("deploy", "-f", web, "--pin-digests", "--platform", "linux/arm64")

    assert done == Done(
        1,
        "",
        f"error: {world.host}/team/proxy:2.0 is only for linux/amd64, wanted linux/arm64\n"
        f'    for deployment.apps/web, container "proxy", in {web}:14\n'
        "hint: build it for linux/arm64, or leave out --platform\n",
    )
    assert world.image() is None


def test_images_for_the_wanted_platform_are_written_with_the_digest_of_their_index(world: World, web: str) -> None:
    done = world.run("render", "-f", web, "--pin-digests", "--platform", "linux/amd64")

    assert images(done.out) == list(pinned(world))


def test_all_images_without_a_digest_are_named_and_nothing_is_applied(world: World, web: str) -> None:
    fixed = [f"--fixed-image=REGISTRY/team/{name}=REGISTRY/team/{name}:9" for name in ("web", "proxy")]

    done = world.run("deploy", "-f", web, "--pin-digests", *fixed)

    missing = '404 Not Found: "manifest unknown"'
    host = world.host
    assert done == Done(
        1,
        "",
        "error: 2 images cannot be pinned\n"
        f"    cannot find the digest of {host}/team/web:9: the repository has no tag 9: {missing} (registry {host})\n"
        f'        for deployment.apps/web, container "app", in {web}:12\n'
        f"    cannot find the digest of {host}/team/proxy:9: the repository has no tag 9: {missing} (registry {host})\n"
        f'        for deployment.apps/web, container "proxy", in {web}:14\n'
        f"hint: {host}/team/web:9: look at its tags: kubectl images tags {host}/team/web\n"
        f"hint: {host}/team/proxy:9: look at its tags: kubectl images tags {host}/team/proxy\n",
    )
    assert world.image() is None


def test_offline_an_image_without_a_digest_is_an_error_with_a_way_out(world: World, web: str) -> None:
    app = f"REGISTRY/team/web=REGISTRY/team/web:1@{AMD64.digest}"
    offline = ["render", "-f", web, "--offline", "--pin-digests", "-F", app, "-F"]

    refused = world.run(*offline, "REGISTRY/team/proxy=REGISTRY/team/proxy:2")
    way_out = f"REGISTRY/team/proxy=REGISTRY/team/proxy:2@{INDEX.digest}"

    name = f"{world.host}/team/proxy"
    assert refused == Done(
        1,
        "",
        f"error: {name}:2 has no digest, and --offline asks no registry\n"
        f'    for deployment.apps/web, container "proxy", in {web}:14\n'
        f"hint: pin it: --fixed-image {name}={name}:2@sha256:DIGEST, or leave out --pin-digests or --offline\n",
    )
    assert world.run(*offline, way_out).code == 0


def test_what_runs_with_its_digest_needs_no_registry(fakes: World) -> None:
    put(fakes, "team/web", "1.1", INDEX)
    web = fakes.write("web.yaml", deployment(f"app: {WEB}"))
    fakes.run("deploy", "-f", web, "--pin-digests")
    assert isinstance(fakes.registry, FakeRegistry)
    fakes.registry.requests.clear()

    done = fakes.run("deploy", "-f", web, "--pin-digests")

    assert done == Done(0, "deployment.apps/web unchanged\n", "1 object: applied 0, unchanged 1, failed 0\n")
    assert fakes.registry.requests == []


def test_each_image_is_asked_for_once(fakes: World) -> None:
    put(fakes, "team/web", "1.1", INDEX)
    web = fakes.write("web.yaml", deployment(f"app: {WEB}", f"app-2: {WEB}"))

    done = fakes.run("render", "-f", web, "--pin-digests")

    assert isinstance(fakes.registry, FakeRegistry)
    manifests = [path for path in fakes.registry.paths() if "/manifests/" in path]
    assert (done.code, manifests) == (0, ["/v2/team/web/manifests/1.1"])
