from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from builders import a_deployment
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.cluster import Applied
from kubectl_images.errors import ClusterError
from kubectl_images.objects import Body, ObjectKey
from kubectl_images.trial import creation

WEB = ObjectKey("apps/v1", "Deployment", "prod", "web")


@dataclass
class Server:
    """Refuses with this text, in which NAME is the name of the object; stores nothing."""

    said: str = ""
    asked: list[tuple[Body, ObjectKey, bool]] = field(default_factory=list)

    def apply(self, body: Body, key: ObjectKey, *, dry_run: bool = False, force: bool = False) -> Applied:
        self.asked.append((body, key, dry_run))
        if self.said:
            raise ClusterError(self.said.replace("NAME", key.name), hint=f"look at {key.name}", status=422)
        return Applied(body, created=True)


def test_it_is_tried_under_another_name_and_nothing_is_stored() -> None:
    server = Server()
    body = a_deployment({"app": "web:1"})

    created = creation(server, body, WEB)

    assert created == {**body, "metadata": {**body["metadata"], "name": "web"}}
    ((tried, key, dry_run),) = server.asked
    assert dry_run
    assert key != WEB
    assert tried == {**body, "metadata": {**body["metadata"], "name": key.name}}


def test_the_own_name_stands_wherever_the_server_wrote_the_other_one() -> None:
    class Labelling(Server):
        def apply(self, body: Body, key: ObjectKey, *, dry_run: bool = False, force: bool = False) -> Applied:
            pod = {"labels": {"job-name": key.name, "app": "web"}, "lists": [[key.name], "a", 1, None]}
            return Applied({**body, "spec": pod}, created=True)

    created = creation(Labelling(), a_deployment({}), WEB)

    assert isinstance(created, dict)
    assert created["spec"] == {"labels": {"job-name": "web", "app": "web"}, "lists": [["web"], "a", 1, None]}


@given(st.from_regex(r"\A[a-z]([a-z0-9.-]{0,250}[a-z0-9])?\Z").filter(lambda name: ".-" not in name))
def test_the_other_name_is_one_wherever_the_first_is(name: str) -> None:
    server = Server()

    creation(server, a_deployment({}), ObjectKey("apps/v1", "Deployment", "prod", name))

    ((_, key, _),) = server.asked
    assert key.name != name
    assert len(key.name) <= max(len(name), 52)
    assert key.name[-9] == "-"
    assert key.name[-10] not in ".-"


@pytest.mark.parametrize(
    "said",
    [
        pytest.param("deployment.apps/NAME in namespace prod: exceeded quota: q, used: pods=1", id="quota"),
        pytest.param("it is invalid\n    spec.a: Required value", id="invalid"),
        pytest.param(
            "it is invalid\n    spec.ports[0].nodePort: Invalid value: 1: provided port is already allocated\n"
            "    spec.a: Required value",
            id="not-only-a-clash",
        ),
    ],
)
def test_a_refusal_is_told_under_the_own_name(said: str) -> None:
    refused = creation(Server(said), a_deployment({}), WEB)

    assert isinstance(refused, ClusterError)
    assert (str(refused), refused.hint, refused.status) == (said.replace("NAME", "web"), "look at web", 422)


@pytest.mark.parametrize(
    "said",
    [
        "it is invalid\n    spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated",
        "it is invalid\n    spec.clusterIPs: Invalid value: failed to allocate IP 10.0.0.9: it is already allocated",
        "it is invalid\n    metadata.name: Invalid value: \"NAME\": must be `spec.version+'.'+spec.group`",
        'priorityclasses "high" is forbidden: PriorityClass b is already marked as default. Only one default can exist',
        'admission webhook "i" denied the request: host "a" and path "/" is already defined in ingress prod/web',
        'admission webhook "w" does not support dry run',
    ],
)
def test_what_is_of_the_other_name_or_of_what_is_there_is_no_refusal(said: str) -> None:
    assert creation(Server(said), a_deployment({}), WEB) is None
