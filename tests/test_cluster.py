from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from fake_api_server import FakeApiServer

from kubectl_images.access import Access, Token
from kubectl_images.cluster import Cluster
from kubectl_images.errors import ClusterError
from kubectl_images.kube_retries import Retries
from kubectl_images.objects import Body, ObjectKey, Resource

CRD_KEY = ObjectKey("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "things.example.com")
CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Cluster",
        "names": {"plural": "things", "kind": "Thing"},
        "versions": [{"name": "v1", "served": True, "storage": True}],
    },
}
THING = ObjectKey("example.com/v1", "Thing", "", "one")


@pytest.fixture
def server() -> Iterator[FakeApiServer]:
    with FakeApiServer() as running:
        yield running


def _cluster(server: FakeApiServer) -> Cluster:
    access = Access(server.url, "team", "fake", login=Token("fake-token"))
    return Cluster(access, retries=Retries(first_wait_s=0.001, longest_wait_s=0.005))


def _config_map(name: str, namespace: str = "default", **data: str) -> Body:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}, "data": data}


def _key(name: str, namespace: str = "default", kind: str = "ConfigMap") -> ObjectKey:
    return ObjectKey("v1", kind, namespace, name)


def _asked(server: FakeApiServer) -> list[str]:
    """Return the requests so far, in the order of their paths: parallel ones have no other."""
    return sorted(f"{request.method} {request.path}" for request in server.requests)


def _error(cluster: Cluster, key: ObjectKey) -> ClusterError:
    with pytest.raises(ClusterError) as caught:
        cluster.get(key)
    return caught.value


def test_a_cluster_is_opened_without_a_request(server: FakeApiServer) -> None:
    cluster = _cluster(server)

    assert (cluster.server, cluster.context, cluster.namespace) == (server.url, "fake", "team")
    assert server.requests == []


def test_a_cluster_can_be_closed(server: FakeApiServer) -> None:
    cluster = _cluster(server)
    assert cluster.get(_key("missing")) is None

    cluster.close()

    assert cluster.get(_key("missing")) is None


# Kinds.


def test_built_in_kinds_need_no_request(server: FakeApiServer) -> None:
    assert _cluster(server).resource("apps/v1", "Deployment") == Resource("deployments", namespaced=True)
    assert server.requests == []


def test_all_kinds_are_asked_for_once_known_or_not(server: FakeApiServer) -> None:
    server.put(CRD)
    cluster = _cluster(server)

    found = [cluster.resource("example.com/v1", kind) for kind in ("Thing", "Thing", "Other", "Other")]

    thing = Resource("things", namespaced=False)
    assert found == [thing, thing, None, None]
    assert _asked(server) == ["GET /apis"]


def test_a_group_that_is_not_there_is_asked_for_once(server: FakeApiServer) -> None:
    cluster = _cluster(server)

    assert [cluster.get(THING), cluster.get(THING)] == [None, None]
    assert cluster.read_live([THING, ObjectKey("example.com/v1", "Thing", "", "two")]) == {}
    assert _asked(server) == ["GET /apis"]


def test_a_kind_that_was_missing_is_asked_for_again_when_it_is_applied(server: FakeApiServer) -> None:
    cluster = _cluster(server)
    body = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "one"}, "spec": {"a": 1}}
    assert cluster.get(THING) is None
    server.put(CRD)

    assert cluster.apply(body, THING).created
    assert cluster.get(THING) == server.get("example.com/v1", "Thing", "", "one")


def test_a_kind_of_the_core_group_is_asked_for_at_its_own_path(server: FakeApiServer) -> None:
    assert _cluster(server).resource("v1", "Thing") is None
    assert _asked(server) == ["GET /api"]


def test_no_right_to_discover_is_an_error(server: FakeApiServer) -> None:
    server.fail(403, path="/apis", message="no", times=2)

    assert str(_error(_cluster(server), THING)) == (
        "cannot read thing.example.com/one: cannot list kinds.example.com: no"
    )


# Reading.


def test_one_object_is_one_request(server: FakeApiServer) -> None:
    stored = server.put(_config_map("a", x="1"))

    assert _cluster(server).get(_key("a")) == stored
    assert _asked(server) == ["GET /api/v1/namespaces/default/configmaps/a"]


def test_names_are_quoted_in_paths(server: FakeApiServer) -> None:
    key = ObjectKey("rbac.authorization.k8s.io/v1", "ClusterRole", "", "system:a/b?c")

    assert _cluster(server).get(key) is None


def test_several_objects_of_a_kind_and_namespace_are_one_list(server: FakeApiServer) -> None:
    for name in ("a", "b", "c"):
        server.put(_config_map(name))
    server.put(_config_map("a", "kube-system"))
    keys = [_key("a"), _key("b"), _key("missing"), _key("a", "kube-system"), _key("a", kind="Secret"), _key("a")]

    live = _cluster(server).read_live(keys)

    assert set(live) == {_key("a"), _key("b"), _key("a", "kube-system")}
    assert live[_key("b")] == server.get("v1", "ConfigMap", "default", "b")
    assert _asked(server) == [
        "GET /api/v1/namespaces/default/configmaps",
        "GET /api/v1/namespaces/default/secrets/a",
        "GET /api/v1/namespaces/kube-system/configmaps/a",
    ]


@pytest.mark.parametrize(
    ("count", "pages"),
    [
        pytest.param(2, [2], id="two"),
        pytest.param(500, [500], id="a-page"),
        pytest.param(501, [500, 1], id="one-more"),
        pytest.param(1001, [500, 500, 1], id="three-pages"),
    ],
)
def test_long_lists_are_read_page_by_page(server: FakeApiServer, count: int, pages: list[int]) -> None:
    keys = [_key(f"settings-{number:04}") for number in range(count)]
    for key in keys:
        server.put(_config_map(key.name))

    live = _cluster(server).read_live(keys)

    assert list(live) == keys
    assert [request.query["limit"] for request in server.requests] == ["500"] * len(pages)


@pytest.mark.parametrize("status", [403, 410])
def test_what_cannot_be_listed_is_read_one_by_one(server: FakeApiServer, status: int) -> None:
    stored = {_key(name): server.put(_config_map(name)) for name in ("a", "b")}
    server.fail(status, path="/configmaps")

    live = _cluster(server).read_live([*stored, _key("missing")])

    assert live == stored
    assert _asked(server) == [
        "GET /api/v1/namespaces/default/configmaps",
        "GET /api/v1/namespaces/default/configmaps/a",
        "GET /api/v1/namespaces/default/configmaps/b",
        "GET /api/v1/namespaces/default/configmaps/missing",
    ]


def test_another_failure_of_a_list_is_an_error(server: FakeApiServer) -> None:
    server.fail(400, path="/configmaps", message="no")

    with pytest.raises(ClusterError) as caught:
        _cluster(server).read_live([_key("a"), _key("b")])

    assert str(caught.value) == "cannot list configmap in namespace default: no"


def test_a_failure_among_many_reads_is_raised(server: FakeApiServer) -> None:
    server.fail(400, path="/configmaps/c", message="no")
    keys = [_key(name, f"ns-{name}") for name in "abcdefghijkl"]

    with pytest.raises(ClusterError) as caught:
        _cluster(server).read_live(keys)

    assert str(caught.value) == "cannot read configmap/c in namespace ns-c: no"


def test_nothing_asked_for_is_nothing_asked(server: FakeApiServer) -> None:
    assert _cluster(server).read_live([]) == {}
    assert server.requests == []


_FOREIGN = [
    pytest.param(404, b"<html>Not Found</html>", "status 404, '<html>Not Found</html>'", id="404"),
    pytest.param(404, b"404 page not found", "status 404, '404 page not found'", id="404-of-another-program"),
    pytest.param(404, b'{"message": "no Route matched"}', "status 404, 'no Route matched'", id="404-in-json"),
    pytest.param(
        404,
        b'{"type": "error", "status": "404"}',
        'status 404, \'{"type": "error", "status": "404"}\'',
        id="404-status",
    ),
    pytest.param(200, b"<html>Welcome</html>", "status 200, '<html>Welcome</html>'", id="200"),
    pytest.param(200, b"[]", "status 200, '[]'", id="list"),
    pytest.param(200, b'{"error": "log in"}', 'status 200, \'{"error": "log in"}\'', id="200-in-json"),
    pytest.param(200, b'{"items": []}', "status 200, '{\"items\": []}'", id="items-without-kind"),
    pytest.param(200, b'{"kind": "PodList"}', 'status 200, \'{"kind": "PodList"}\'', id="list-without-items"),
    pytest.param(
        200, b'{"kind":"AList","items":[1]}', 'status 200, \'{"kind":"AList","items":[1]}\'', id="items-that-are-none"
    ),
    pytest.param(
        200,
        b'{"kind":"ConfigMap","metadata":{"name":"b"}}',
        'status 200, \'{"kind":"ConfigMap","metadata":{"name":"b"}}\'',
        id="another-object",
    ),
]
_ASKED = [
    pytest.param(lambda cluster: cluster.get(_key("a")), id="get"),
    pytest.param(lambda cluster: cluster.list(_key("")), id="list"),
    pytest.param(lambda cluster: cluster.apply(_config_map("a"), _key("a")), id="apply"),
    pytest.param(lambda cluster: cluster.patch(_key("a"), []), id="patch"),
    pytest.param(lambda cluster: cluster.delete(_key("a"), uid="1", resource_version="1"), id="delete"),
    pytest.param(lambda cluster: cluster.resource("example.com/v1", "Thing"), id="discovery"),
]


@pytest.mark.parametrize("ask", _ASKED)
@pytest.mark.parametrize(("status", "body", "shown"), _FOREIGN)
def test_what_another_server_answers_is_never_taken_for_the_clusters_answer(
    server: FakeApiServer, ask: Callable[[Cluster], object], status: int, body: bytes, shown: str
) -> None:
    server.fail(status, body=body, times=3)

    with pytest.raises(ClusterError) as caught:
        ask(_cluster(server))

    assert str(caught.value) == (
        f'API server {server.url} (context "fake") does not answer as a Kubernetes API server: {shown}'
    )
    assert caught.value.hint == "check the server's URL, and that no proxy answers in its place"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"kind": "ConfigMapList", "apiVersion": "v1", "items": null}', id="null"),
        pytest.param(b'{"kind": "Settings", "apiVersion": "v1", "metadata": {}, "items": []}', id="by-another-name"),
    ],
)
def test_an_empty_list_is_one_whatever_it_is_called(server: FakeApiServer, body: bytes) -> None:
    server.fail(200, body=body)

    assert _cluster(server).list(_key("")).items == ()


# Applying.


@pytest.mark.parametrize(
    ("options", "query"),
    [
        pytest.param({}, {"force": "false"}, id="plain"),
        pytest.param({"force": True}, {"force": "true"}, id="force"),
        pytest.param({"dry_run": True}, {"force": "false", "dryRun": "All"}, id="dry-run"),
    ],
)
def test_an_apply_is_one_strict_request_in_our_name(
    server: FakeApiServer, options: dict[str, bool], query: dict[str, str]
) -> None:
    _cluster(server).apply(_config_map("a"), _key("a"), **options)

    (request,) = server.requests
    assert (request.method, request.path) == ("PATCH", "/api/v1/namespaces/default/configmaps/a")
    assert request.query == {"fieldManager": "kubectl-images", "fieldValidation": "Strict", **query}
    assert request.headers["content-type"] == "application/apply-patch+yaml"


def test_what_is_sent_stays_as_it_is(server: FakeApiServer) -> None:
    body = _config_map("a", text="ü\n\U0001f600")

    applied = _cluster(server).apply(body, _key("a"))

    assert body == _config_map("a", text="ü\n\U0001f600")
    assert applied.live["data"] == {"text": "ü\n\U0001f600"}


def test_warnings_of_an_apply_are_handed_on(server: FakeApiServer) -> None:
    server.warnings = ["use apps/v1"]

    assert _cluster(server).apply(_config_map("a"), _key("a")).warnings == ("use apps/v1",)


def test_an_apply_survives_passing_failures(server: FakeApiServer) -> None:
    server.fail(429, headers={"Retry-After": "0"})
    server.fail(500, message="etcdserver: leader changed")
    server.drop()

    assert _cluster(server).apply(_config_map("a"), _key("a")).created
    assert len(server.requests) == 4


@pytest.mark.parametrize(("dry_run", "failed"), [(False, "cannot apply"), (True, "cannot check")])
def test_an_apply_that_gets_no_answer_names_object_and_server(
    server: FakeApiServer, dry_run: bool, failed: str
) -> None:
    server.drop(times=6)

    with pytest.raises(ClusterError) as caught:
        _cluster(server).apply(_config_map("a"), _key("a"), dry_run=dry_run)

    assert str(caught.value) == (
        f'{failed} configmap/a in namespace default: API server {server.url} (context "fake") broke the connection:'
        " Remote end closed connection without response"
    )
    assert caught.value.hint == "if the server restarts, run the same command again a little later"


# What may be sent twice.

_LABEL: list[Body] = [{"op": "add", "path": "/metadata/labels", "value": {"a": "b"}}]
Written = Callable[[Cluster, Body], object]


def _labelled(live: Body, op: str = "replace") -> list[Body]:
    """Return a patch of the object in the version that was read."""
    version = {"op": op, "path": "/metadata/resourceVersion", "value": live["metadata"]["resourceVersion"]}
    return [version, *_LABEL]


def _deleted(cluster: Cluster, live: Body) -> None:
    metadata = live["metadata"]
    cluster.delete(_key("a"), uid=metadata["uid"], resource_version=metadata["resourceVersion"])


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(lambda cluster, _: cluster.apply(_config_map("a"), _key("a"), dry_run=True), id="dry-run"),
        pytest.param(lambda cluster, _: cluster.patch(_key("a"), _LABEL, dry_run=True), id="dry-run-of-a-patch"),
        pytest.param(lambda cluster, live: cluster.patch(_key("a"), _labelled(live)), id="patch-of-one-version"),
        pytest.param(_deleted, id="delete"),
    ],
)
def test_what_is_as_good_twice_survives_a_broken_connection(server: FakeApiServer, written: Written) -> None:
    live = server.put(_config_map("a"))
    server.drop()

    written(_cluster(server), live)

    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(lambda cluster, _: cluster.patch(_key("a"), _LABEL), id="any-version"),
        pytest.param(lambda cluster, live: cluster.patch(_key("a"), _labelled(live, op="test")), id="tested-version"),
    ],
)
def test_another_patch_is_sent_once(server: FakeApiServer, written: Written) -> None:
    live = server.put(_config_map("a"))
    server.drop()

    with pytest.raises(ClusterError) as caught:
        written(_cluster(server), live)

    assert str(caught.value) == (
        f'cannot change configmap/a in namespace default: API server {server.url} (context "fake") broke the connection:'
        " Remote end closed connection without response"
    )
    assert len(server.requests) == 1


def test_a_patch_of_one_version_that_was_stored_before_the_connection_broke_is_a_race(server: FakeApiServer) -> None:
    live = server.put(_config_map("a"))
    cluster = _cluster(server)
    cluster.patch(_key("a"), _labelled(live))

    with pytest.raises(ClusterError) as caught:
        cluster.patch(_key("a"), _labelled(live))

    assert caught.value.status == 409


def test_a_delete_that_was_done_before_the_connection_broke_is_done(server: FakeApiServer) -> None:
    live = server.put(_config_map("a"))
    server.remove("v1", "ConfigMap", "default", "a")

    _deleted(_cluster(server), live)

    assert [request.method for request in server.requests] == ["DELETE"]


def test_a_delete_that_was_begun_before_the_connection_broke_is_done(server: FakeApiServer) -> None:
    held = _config_map("a")
    held["metadata"]["finalizers"] = ["example.com/hold"]
    live = server.put(held)
    _deleted(_cluster(server), live)

    _deleted(_cluster(server), live)

    assert [request.method for request in server.requests] == ["DELETE", "DELETE", "GET"]


def test_a_delete_of_what_somebody_changed_is_refused(server: FakeApiServer) -> None:
    live = server.put(_config_map("a"))
    server.put(_config_map("a", x="1"))

    with pytest.raises(ClusterError) as caught:
        _deleted(_cluster(server), live)

    assert caught.value.status == 409


def test_what_an_applied_object_shows_of_itself_is_not_its_content(server: FakeApiServer) -> None:
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "stringData": {"a": "hunter2"}}

    applied = _cluster(server).apply(body, _key("a", kind="Secret"))

    assert repr(applied) == "Applied(created=True, warnings=())"
