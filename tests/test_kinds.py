from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fake_api_server import FakeApiServer

from kubectl_images import discovery_cache
from kubectl_images.access import Access, Token
from kubectl_images.cluster import Cluster
from kubectl_images.errors import ClusterError
from kubectl_images.kinds import Kinds
from kubectl_images.kube_client import KubeClient
from kubectl_images.kube_retries import Retries
from kubectl_images.objects import Body, ObjectKey, Resource

THINGS = Resource("things", namespaced=True)
RETRIES = Retries(first_wait_s=0.001, longest_wait_s=0.002)


@pytest.fixture
def server() -> Iterator[FakeApiServer]:
    with FakeApiServer() as running:
        yield running


@pytest.fixture
def old_server() -> Iterator[FakeApiServer]:
    """A server of before Kubernetes 1.26."""
    with FakeApiServer(aggregated=False) as running:
        yield running


def _access(server: FakeApiServer) -> Access:
    return Access(server.url, "team", "fake", login=Token("fake-token"))


def _kinds(server: FakeApiServer, directory: Path | None = None) -> Kinds:
    """Return the kinds as a new run finds them; `directory` is where other runs have left theirs."""
    access = _access(server)
    return Kinds(KubeClient(access, RETRIES), discovery_cache.file_for(directory, access) if directory else None)


def _cluster(server: FakeApiServer, directory: Path | None = None) -> Cluster:
    return Cluster(_access(server), retries=RETRIES, cache_directory=directory)


def _crd(kind: str = "Thing", group: str = "e.com", scope: str = "Namespaced", **names: Any) -> Body:
    plural = f"{kind.lower()}s"
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": scope,
            "names": {"plural": plural, "singular": kind.lower(), "kind": kind, **names},
            "versions": [{"name": "v1", "served": True, "storage": True}],
        },
    }


def _thing(name: str = "one", kind: str = "Thing", group: str = "e.com") -> Body:
    return {"apiVersion": f"{group}/v1", "kind": kind, "metadata": {"name": name}, "spec": {"a": 1}}


def _key(name: str = "one", kind: str = "Thing", group: str = "e.com") -> ObjectKey:
    return ObjectKey(f"{group}/v1", kind, "default", name)


def _asked(server: FakeApiServer) -> list[str]:
    """Return the requests since the last call."""
    asked = [f"{request.method} {request.path}" for request in server.requests]
    server.requests.clear()
    return asked


# In one run.


def test_kinds_of_many_groups_are_one_request(server: FakeApiServer) -> None:
    for number in range(5):
        server.put(_crd(group=f"g{number}.e.com"))
    kinds = _kinds(server)

    found = [kinds.resource(f"g{number}.e.com/v1", "Thing") for number in range(5)]

    assert found == [THINGS] * 5
    assert _asked(server) == ["GET /apis"]


def test_kinds_with_and_without_a_group_are_two_requests(server: FakeApiServer) -> None:
    kinds = _kinds(server)

    for kind in ("Thing", "Other"):
        assert kinds.resource("e.com/v1", kind) is None
        assert kinds.resource("v1", kind) is None

    assert _asked(server) == ["GET /apis", "GET /api"]


def test_many_threads_ask_once(server: FakeApiServer) -> None:
    server.put(_crd())
    kinds = _kinds(server)

    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda _: kinds.resource("e.com/v1", "Thing"), range(24)))

    assert found == [THINGS] * 24
    assert _asked(server) == ["GET /apis"]


def test_a_server_that_does_not_answer_is_not_waited_for_by_one_thread_after_the_other() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        kinds = Kinds(KubeClient(Access(url, request_timeout_s=0.5), RETRIES))
        with ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(kinds.resource, f"g{number}.e.com/v1", "Thing") for number in range(8)]
        listener.accept()[0].close()
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()

    assert {str(one.exception()) for one in asked} == {f"API server {url} did not answer within 0.5 s"}


def test_a_server_that_did_not_answer_is_asked_again_by_who_comes_later(server: FakeApiServer) -> None:
    server.put(_crd())
    server.drop(times=RETRIES.tries)
    kinds = _kinds(server)
    with pytest.raises(ClusterError):
        kinds.resource("e.com/v1", "Thing")

    assert kinds.resource("e.com/v1", "Thing") == THINGS


def test_an_old_server_is_asked_for_each_group_and_version(old_server: FakeApiServer) -> None:
    old_server.put(_crd())
    old_server.put(_crd(group="f.com"))
    kinds = _kinds(old_server)

    found = [
        kinds.resource(f"{group}/v1", kind) for group in ("e.com", "f.com") for kind in ("Thing", "Thing", "Other")
    ]

    assert found == [THINGS, THINGS, None] * 2
    assert _asked(old_server) == ["GET /apis", "GET /apis/e.com/v1", "GET /apis/f.com/v1"]


@pytest.mark.parametrize("status", [403, 404, 406, 500])
def test_a_server_that_refuses_to_tell_all_kinds_is_asked_for_one_version(server: FakeApiServer, status: int) -> None:
    server.put(_crd())
    server.fail(status, path="/apis")

    assert _kinds(server).resource("e.com/v1", "Thing") == THINGS


def test_no_right_to_discover_is_said_without_asking_for_every_object(server: FakeApiServer) -> None:
    server.fail(403, path="/apis", times=100, message="no")
    kinds = _kinds(server)

    for _ in range(3):
        with pytest.raises(ClusterError, match=r"^cannot list kinds\.e\.com: no$"):
            kinds.resource("e.com/v1", "Thing")

    assert _asked(server) == ["GET /apis", "GET /apis/e.com/v1"]


def test_200_objects_of_a_kind_that_is_not_there_are_no_request_each(server: FakeApiServer) -> None:
    cluster = _cluster(server)

    def refused(number: int) -> str:
        with pytest.raises(ClusterError) as caught:
            cluster.apply(_thing(f"thing-{number}"), _key(f"thing-{number}"))
        return str(caught.value)

    with ThreadPoolExecutor(8) as pool:
        messages = list(pool.map(refused, range(200)))

    assert all("knows no kind Thing in e.com/v1" in message for message in messages)
    assert _asked(server) == ["GET /apis", "GET /apis/e.com/v1"]


def test_a_kind_that_somebody_defines_meanwhile_is_found_when_it_is_written(server: FakeApiServer) -> None:
    cluster = _cluster(server)
    assert cluster.get(_key()) is None
    server.put(_crd())

    assert cluster.apply(_thing(), _key()).created
    assert _asked(server)[:2] == ["GET /apis", "GET /apis/e.com/v1"]


def test_a_definition_that_was_applied_is_asked_for_anew(server: FakeApiServer) -> None:
    cluster = _cluster(server)
    with pytest.raises(ClusterError, match="knows no kind"):
        cluster.apply(_thing(), _key(), dry_run=True)
    server.put(_crd())

    assert cluster.serves("e.com/v1", "Thing")
    assert cluster.apply(_thing(), _key()).created


# A server that is down.


def test_a_group_whose_server_is_down_hides_no_other(server: FakeApiServer) -> None:
    server.put(_crd())
    server.stale.add("down.e.com/v1")

    assert _kinds(server).resource("e.com/v1", "Thing") == THINGS
    assert _asked(server) == ["GET /apis"]


@pytest.mark.parametrize("aggregated", [True, False])
def test_a_kind_whose_server_is_down_is_an_error_and_not_missing(aggregated: bool) -> None:
    with FakeApiServer(aggregated=aggregated) as server:
        server.stale.add("down.e.com/v1")
        cluster = _cluster(server)
        errors = []
        for _ in range(2):
            with pytest.raises(ClusterError) as caught:
                cluster.get(_key(group="down.e.com"))
            errors.append(caught.value)

        message = (
            f'cannot read thing.down.e.com/one in namespace default: API server {server.url} (context "fake") '
            "cannot tell the kinds of down.e.com/v1: "
            "the API service v1.down.e.com, which serves them, is not available"
        )
        assert [str(error) for error in errors] == [message] * 2
        assert errors[0].hint == "what is wrong with it: kubectl describe apiservice v1.down.e.com --context=fake"
        assert len(_asked(server)) == 2, "the second time nobody is asked"


# Of other runs.


def test_the_next_run_asks_for_nothing(server: FakeApiServer, tmp_path: Path) -> None:
    server.put(_crd())
    assert _kinds(server, tmp_path / "k").resource("e.com/v1", "Thing") == THINGS
    assert _asked(server) == ["GET /apis"]

    assert _kinds(server, tmp_path / "k").resource("e.com/v1", "Thing") == THINGS
    assert _asked(server) == []


def test_the_next_run_of_an_old_server_asks_for_nothing(old_server: FakeApiServer, tmp_path: Path) -> None:
    old_server.put(_crd())
    assert _kinds(old_server, tmp_path / "k").resource("e.com/v1", "Thing") == THINGS
    _asked(old_server)

    assert _kinds(old_server, tmp_path / "k").resource("e.com/v1", "Thing") == THINGS
    assert _asked(old_server) == []


def test_what_one_run_learned_adds_to_what_another_left(server: FakeApiServer, tmp_path: Path) -> None:
    server.put(_crd())
    for version, kind in (("v1", "Thing"), ("e.com/v1", "Thing")):
        _kinds(server, tmp_path / "k").resource(version, kind)
    _asked(server)

    last = _kinds(server, tmp_path / "k")

    assert (last.resource("e.com/v1", "Thing"), last.words("v1", "Pod")) == (THINGS, ("pods", "pod"))
    assert _asked(server) == []


def test_a_kind_that_no_run_has_seen_is_asked_for_once(server: FakeApiServer, tmp_path: Path) -> None:
    server.put(_crd())
    _kinds(server, tmp_path / "k").resource("e.com/v1", "Thing")
    server.put(_crd("Other"))
    _asked(server)
    kinds = _kinds(server, tmp_path / "k")

    found = [kinds.resource("e.com/v1", kind) for kind in ("Thing", "Other", "Third", "Third")]

    assert found == [THINGS, Resource("others", namespaced=True), None, None]
    assert _asked(server) == ["GET /apis"]


def test_a_kind_that_is_no_longer_served_counts_as_not_deployed(server: FakeApiServer, tmp_path: Path) -> None:
    _left_behind(server, tmp_path)
    server.remove("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "things.e.com")
    cluster = _cluster(server, tmp_path / "k")

    assert [cluster.get(_key()), cluster.get(_key("two"))] == [None, None]
    assert cluster.read_live([_key(), _key("two")]) == {}
    assert _asked(server) == ["GET /apis/e.com/v1/namespaces/default/things/one", "GET /apis"]


def test_a_kind_that_is_no_longer_served_is_an_error_when_it_is_written(server: FakeApiServer, tmp_path: Path) -> None:
    _left_behind(server, tmp_path)
    server.remove("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "things.e.com")

    with pytest.raises(ClusterError, match=r"^cannot apply thing\.e\.com/one .* knows no kind Thing in e\.com/v1$"):
        _cluster(server, tmp_path / "k").apply(_thing(), _key())

    assert _asked(server) == ["PATCH /apis/e.com/v1/namespaces/default/things/one", "GET /apis"]


def test_a_kind_that_is_served_otherwise_by_now_is_found(server: FakeApiServer, tmp_path: Path) -> None:
    _left_behind(server, tmp_path)
    server.put(_crd(scope="Cluster"))
    cluster = _cluster(server, tmp_path / "k")

    assert cluster.apply(_thing(), _key()).created
    assert [request.rpartition(" ")[2] for request in _asked(server)] == [
        "/apis/e.com/v1/namespaces/default/things/one",
        "/apis",
        "/apis/e.com/v1/things/one",
    ]
    assert _kinds(server, tmp_path / "k").resource("e.com/v1", "Thing") == Resource("things", namespaced=False)


def test_a_list_of_a_kind_that_is_served_otherwise_by_now_is_found(server: FakeApiServer, tmp_path: Path) -> None:
    _left_behind(server, tmp_path)
    server.put(_crd(scope="Cluster"))
    keys = [_key("one"), _key("two")]
    for key in keys:
        server.put(_thing(key.name))

    assert set(_cluster(server, tmp_path / "k").read_live(keys)) == set(keys)


def test_an_object_that_alone_is_missing_is_no_reason_to_ask(server: FakeApiServer, tmp_path: Path) -> None:
    _left_behind(server, tmp_path)

    assert _cluster(server, tmp_path / "k").get(_key()) is None
    assert _asked(server) == ["GET /apis/e.com/v1/namespaces/default/things/one"]


def test_a_namespace_that_is_missing_is_no_reason_to_ask(server: FakeApiServer, tmp_path: Path) -> None:
    _left_behind(server, tmp_path)
    key = ObjectKey("e.com/v1", "Thing", "nowhere", "one")

    with pytest.raises(ClusterError, match='namespace "nowhere" does not exist'):
        _cluster(server, tmp_path / "k").apply(_thing(), key)

    assert _asked(server) == ["PATCH /apis/e.com/v1/namespaces/nowhere/things/one"]


def test_a_definition_that_was_applied_is_left_for_the_next_run(server: FakeApiServer, tmp_path: Path) -> None:
    cluster = _cluster(server, tmp_path / "k")
    assert cluster.get(_key()) is None
    server.put(_crd())
    assert cluster.serves("e.com/v1", "Thing")
    _asked(server)

    assert _kinds(server, tmp_path / "k").resource("e.com/v1", "Thing") == THINGS
    assert _asked(server) == []


def test_a_server_that_goes_down_leaves_what_is_known_of_its_kinds(server: FakeApiServer, tmp_path: Path) -> None:
    _left_behind(server, tmp_path)
    server.stale.add("e.com/v1")
    kinds = _kinds(server, tmp_path / "k")

    assert kinds.resource("f.com/v1", "Other") is None
    assert kinds.resource("e.com/v1", "Thing") == THINGS


def _left_behind(server: FakeApiServer, tmp_path: Path) -> None:
    """Let a run leave the kind Thing, and forget its requests."""
    server.put(_crd())
    _kinds(server, tmp_path / "k").resource("e.com/v1", "Thing")
    _asked(server)


# Names.


def test_what_a_kind_is_called_besides(server: FakeApiServer) -> None:
    server.put(_crd(shortNames=["th", "tg"]))

    assert _kinds(server).words("e.com/v1", "Thing") == ("things", "thing", "th", "tg")
    assert _kinds(server).words("e.com/v1", "Other") == ()


def test_an_old_server_says_as_well_what_a_kind_is_called(old_server: FakeApiServer) -> None:
    old_server.put(_crd(shortNames=["th"]))

    assert _kinds(old_server).words("e.com/v1", "Thing") == ("things", "thing", "th")


@pytest.mark.parametrize(
    ("api_version", "kind", "hint"),
    [
        pytest.param(
            "cert-manager.io/v1",
            "Certifcate",
            "did you mean kind Certificate of apiVersion cert-manager.io/v1?",
            id="kind",
        ),
        pytest.param(
            "cert-manager.io/v1alpha2",
            "Certificate",
            "did you mean kind Certificate of apiVersion cert-manager.io/v1?",
            id="version",
        ),
        pytest.param(
            "certmanager.io/v1",
            "Certificate",
            "did you mean kind Certificate of apiVersion cert-manager.io/v1?",
            id="group",
        ),
        pytest.param(
            "v1", "Certificate", "did you mean kind Certificate of apiVersion cert-manager.io/v1?", id="group-left-out"
        ),
        pytest.param(
            "cert-manager.io/v1",
            "Deployment",
            "the kinds of its group that are known: kubectl api-resources --api-group=cert-manager.io --context=fake",
            id="nothing-like-it",
        ),
    ],
)
def test_a_misspelt_kind_is_looked_for_among_those_that_are_served(
    server: FakeApiServer, api_version: str, kind: str, hint: str
) -> None:
    server.put(_crd("Certificate", "cert-manager.io"))
    key = ObjectKey(api_version, kind, "default", "web")

    with pytest.raises(ClusterError) as caught:
        _cluster(server).apply({"apiVersion": api_version, "kind": kind, "metadata": {"name": "web"}}, key)

    assert caught.value.hint == hint


def test_what_is_wrong_is_said_even_where_nothing_more_can_be_found_out(server: FakeApiServer) -> None:
    cluster = _cluster(server)
    assert cluster.resource("v1", "Deploymnt") is None
    server.fail(200, path="/api/v1", body=b'{"kind": "APIResourceList", "resources": []}')
    server.drop(times=100)

    key = ObjectKey("v1", "Deploymnt", "default", "web")

    with pytest.raises(ClusterError, match=r"^cannot apply deploymnt/web in namespace default: .* knows no kind"):
        cluster.apply({"apiVersion": "v1", "kind": "Deploymnt", "metadata": {"name": "web"}}, key)


# By their names alone.


def test_a_kind_is_found_by_its_name_in_the_version_that_its_group_prefers(server: FakeApiServer) -> None:
    server.put(_crd())
    server.put(_crd(group="f.com"))
    kinds = _kinds(server)

    found = {group: [kind.api_version for kind in kinds.named("Thing", group)] for group in (None, "e.com", "")}

    assert found == {None: ["e.com/v1", "f.com/v1"], "e.com": ["e.com/v1"], "": []}
    assert [kind.api_version for kind in kinds.named("ConfigMap", "")] == ["v1"]
    assert _asked(server) == ["GET /api", "GET /apis"]


def test_an_old_server_finds_a_kind_of_a_group(old_server: FakeApiServer) -> None:
    old_server.put(_crd())
    kinds = _kinds(old_server)

    assert [kind.api_version for kind in kinds.named("Thing", "e.com")] == ["e.com/v1"]
    assert [kind.api_version for kind in kinds.named("ConfigMap", "")] == ["v1"]
    assert kinds.named("Thing", "nowhere.com") == ()
