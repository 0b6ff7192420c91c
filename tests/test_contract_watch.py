"""What a watch needs of an API server, on the fake one and, where there is one, on a real one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import pytest
from sides import Side

from kubectl_images.cluster import Cluster
from kubectl_images.errors import ClusterError
from kubectl_images.objects import Body, ObjectKey
from kubectl_images.watches import Event


@pytest.fixture
def cluster(side: Side) -> Iterator[Cluster]:
    made = side.cluster
    yield made
    made.close()


def _secret(name: str, number: int) -> Body:
    """Return an object of a kind that no controller makes, with a number."""
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "labels": {"number": str(number)}}}


def _all(side: Side, kind: str = "Secret") -> ObjectKey:
    return side.key(kind, "")


def _seen(event: Event) -> tuple[str, str, int]:
    return event.type, event.body["metadata"]["name"], int(event.body["metadata"]["labels"]["number"])


def _delete(side: Side, name: str) -> None:
    assert side.send("DELETE", f"/api/v1/namespaces/{side.namespace}/secrets/{name}").status == 200


def test_what_happens_after_a_list_is_seen_in_its_order(side: Side, cluster: Cluster) -> None:
    listed = cluster.list(_all(side))
    side.apply(_secret("a", 1))
    side.apply(_secret("a", 2))
    _delete(side, "a")

    watch = cluster.watch(_all(side), listed.version)
    events = list(islice(watch, 3))
    watch.close()

    assert [_seen(event) for event in events] == [
        ("ADDED", "a", 1),
        ("MODIFIED", "a", 2),
        ("DELETED", "a", 2),
    ]
    assert {(event.body["apiVersion"], event.body["kind"]) for event in events} == {("v1", "Secret")}


def test_what_was_there_before_the_list_is_not_seen(side: Side, cluster: Cluster) -> None:
    side.apply(_secret("before", 1))
    listed = cluster.list(_all(side))
    side.apply(_secret("after", 1))

    watch = cluster.watch(_all(side), listed.version)
    first = next(iter(watch))
    watch.close()

    assert _seen(first) == ("ADDED", "after", 1)


def test_a_name_picks_one_object_of_a_list_and_of_a_watch(side: Side, cluster: Cluster) -> None:
    side.apply(_secret("a", 1))
    side.apply(_secret("b", 1))
    one = side.key("Secret", "b")

    listed = cluster.list(one)
    side.apply(_secret("a", 2))
    side.apply(_secret("b", 2))
    watch = cluster.watch(one, listed.version)
    first = next(iter(watch))
    watch.close()

    assert [item["metadata"]["name"] for item in listed.items] == ["b"]
    assert _seen(first) == ("MODIFIED", "b", 2)


def test_a_field_selector_picks_the_events_of_a_type(side: Side, cluster: Cluster) -> None:
    path = f"/api/v1/namespaces/{side.namespace}/events"
    for name, type_ in (("one", "Normal"), ("two", "Warning")):
        about = {"kind": "Pod", "namespace": side.namespace, "name": "web", "uid": "1"}
        body = {"apiVersion": "v1", "kind": "Event", "metadata": {"name": name}, "involvedObject": about, "type": type_}
        assert side.send("POST", path, body).status == 201

    listed = cluster.list(_all(side, "Event"), fields="type=Warning")

    assert [item["metadata"]["name"] for item in listed.items] == ["two"]


def test_a_field_that_cannot_be_selected_is_refused(side: Side, cluster: Cluster) -> None:
    with pytest.raises(ClusterError) as caught:
        cluster.list(_all(side, "ConfigMap"), fields="data.x=1")

    assert (caught.value.status, str(caught.value).partition(": ")[2]) == (
        400,
        '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    )


def test_a_watch_ends_after_its_time(side: Side, cluster: Cluster) -> None:
    listed = cluster.list(_all(side))
    side.apply(_secret("a", 1))

    events = list(cluster.watch(_all(side), listed.version, silent_s=1))

    # The real server may add a bookmark.
    assert [_seen(event) for event in events if event.type != "BOOKMARK"] == [("ADDED", "a", 1)]


@pytest.mark.parametrize("side", ["fake"], indirect=True)
def test_a_version_that_is_too_old_is_an_error_event(side: Side, cluster: Cluster) -> None:
    """As the real server answers that has run for long; a new one still knows all that ever happened."""
    events = list(cluster.watch(replace(_all(side), namespace="default"), "1"))

    assert [(event.type, event.body["code"], event.body["reason"]) for event in events] == [("ERROR", 410, "Expired")]
    assert events[0].body["message"].startswith("too old resource version: 1 (")


def test_a_watch_is_ended_from_another_thread(side: Side, cluster: Cluster) -> None:
    listed = cluster.list(_all(side))
    watch = cluster.watch(_all(side), listed.version)
    side.apply(_secret("a", 1))
    seen: list[str] = []
    begun = threading.Event()

    def follow() -> None:
        for event in watch:
            seen.append(event.type)
            begun.set()

    follower = threading.Thread(target=follow)
    follower.start()
    assert begun.wait(10)
    watch.close()
    follower.join(10)

    assert (seen, follower.is_alive()) == (["ADDED"], False)


def test_a_watch_that_is_closed_before_it_is_read_has_no_events(side: Side, cluster: Cluster) -> None:
    listed = cluster.list(_all(side))
    watch = cluster.watch(_all(side), listed.version)

    watch.close()

    assert list(watch) == []


def test_one_who_may_not_watch_is_told_so(side: Side) -> None:
    cluster = Cluster(side.viewer)

    with pytest.raises(ClusterError) as caught:
        cluster.watch(_all(side, "ConfigMap"), "1")
    cluster.close()

    assert caught.value.status == 403
    assert str(side.named(caught.value)) == (
        'cannot watch configmap in namespace NAMESPACE: User "viewer" cannot watch resource "configmaps" in API group ""'
        ' in the namespace "NAMESPACE"'
    )
