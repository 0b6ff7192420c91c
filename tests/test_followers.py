"""Many scopes at a time: few watches, the others in turn."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator

import pytest
from fake_api_server import FakeApiServer
from waits import Site

from kubectl_images.followers import Followers
from kubectl_images.following import Change, News, Reader, Scope, Snapshot
from kubectl_images.objects import ObjectKey


@pytest.fixture
def site() -> Iterator[Site]:
    with FakeApiServer() as server:
        yield Site(server)


def scope(name: str) -> Scope:
    key = ObjectKey("v1", "ConfigMap", "default", name)
    return Scope(key, keys=(key,))


def number(news: News) -> tuple[str, str] | None:
    """Return name and number of the one object that some news tell."""
    match news:
        case Snapshot(scope, bodies) if bodies:
            return scope.key.name, bodies[scope.key.name]["data"]["number"]
        case Change(scope, body):
            return scope.key.name, body["data"]["number"]
        case _:
            return None


def watched(site: Site) -> int:
    return len({request.query["fieldSelector"] for request in site.server.requests if "watch" in request.query})


@pytest.mark.parametrize(("most", "watches"), [(0, 0), (1, 1), (2, 2), (9, 3)])
def test_each_scope_is_followed_however_many_may_be_watched(site: Site, most: int, watches: int) -> None:
    heard: queue.Queue[News] = queue.Queue()
    names = ("a", "b", "c")
    for name in names:
        site.put("ConfigMap", name, data={"number": "1"})
    cluster = site.cluster
    followers = Followers(cluster, heard.put, 0.01, most)

    def hear(expected: str) -> None:
        missing = {(name, expected) for name in names}
        while missing:
            missing.discard(number(heard.get(timeout=10)) or ("", ""))

    followers.follow([scope(name) for name in names])
    hear("1")
    for name in names:
        site.put("ConfigMap", name, data={"number": "2"})
    hear("2")
    followers.close()
    cluster.close()

    assert watched(site) == watches


@pytest.mark.parametrize("most", [pytest.param(9, id="watched"), pytest.param(0, id="in-turn")])
def test_a_scope_that_is_not_followed_any_more_has_no_news(site: Site, most: int) -> None:
    heard: queue.Queue[News] = queue.Queue()
    for name in ("a", "b"):
        site.put("ConfigMap", name, data={"number": "1"})
    cluster = site.cluster
    followers = Followers(cluster, heard.put, 0.01, most)
    followers.follow([scope("a"), scope("b")])
    first = {number(heard.get(timeout=10)) for _ in range(2)}

    followers.follow([scope("b")])
    site.put("ConfigMap", "a", data={"number": "2"})
    site.put("ConfigMap", "b", data={"number": "2"})
    later = []
    while ("b", "2") not in later:
        later.append(number(heard.get(timeout=10)))
    followers.close()
    cluster.close()

    assert first == {("a", "1"), ("b", "1")}
    assert ("a", "2") not in later


@pytest.mark.parametrize("pause_s", [pytest.param(0, id="of-a-list"), pytest.param(3600, id="as-it-is-told")])
def test_a_server_rests_for_ten_times_a_list_and_no_less_than_it_is_told(site: Site, pause_s: float) -> None:
    heard: queue.Queue[News] = queue.Queue()
    cluster = site.cluster
    reader = Reader(cluster, scope("a"), heard.put, pause_s)

    began = time.monotonic()
    reader.read()
    took_s = time.monotonic() - began
    cluster.close()

    assert pause_s <= reader.rest_s <= max(pause_s, 10 * took_s)
    assert reader.rest_s > 0
