"""Discovery and custom kinds, on the fake API server and, where there is one, on a real one."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fake_api_server import FakeApiServer
from worlds import REAL_KUBECONFIG, REQUIRE_REAL, World

from kubectl_images import discovery, kubeconfig
from kubectl_images.access import Access
from kubectl_images.cluster import Cluster
from kubectl_images.discovery import Aggregated, ServedKind
from kubectl_images.errors import ClusterError
from kubectl_images.kube_client import KubeClient
from kubectl_images.kube_retries import Retries
from kubectl_images.objects import BUILT_IN, Body, ObjectKey, Resource, group_of

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
API_SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices"


def a_crd(group: str, scope: str = "Namespaced", versions: tuple[str, ...] = ("v1",)) -> Body:
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"rollouts.{group}"},
        "spec": {
            "group": group,
            "scope": scope,
            "names": {"plural": "rollouts", "singular": "rollout", "kind": "Rollout", "shortNames": ["ro", "rol"]},
            "versions": [
                {"name": version, "served": True, "storage": version == versions[0], "schema": schema}
                for version in versions
            ],
        },
    }


def eventually(is_so: Callable[[], bool]) -> None:
    """Wait until a real server has caught up with itself, which nothing but asking tells."""
    for _ in range(200):
        if is_so():
            return
        time.sleep(0.02)
    pytest.fail("it did not come about in 4 s")


@dataclass(frozen=True)
class Side:
    """An API server, and a group that no other test knows; `removed_later` are the paths of what has to go."""

    access: Access
    group: str
    fake: FakeApiServer | None
    removed_later: list[str]

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.access, retries=Retries(tries=2, first_wait_s=0.01))

    def send(self, method: str, path: str, body: Body | None = None, accept: str = "application/json") -> Any:
        return KubeClient(self.access, Retries(tries=1)).request(method, path, body=body, accept=accept)

    def define(self, crd: Body) -> None:
        """Create a CustomResourceDefinition, and wait until its kinds are served and told."""
        self.removed_later.append(f"{CRDS}/{crd['metadata']['name']}")
        assert self.send("POST", CRDS, crd).status == 201
        versions = [f"{crd['spec']['group']}/{version['name']}" for version in crd["spec"]["versions"]]
        eventually(lambda: {*versions} <= {*self.discovered().catalogue})
        eventually(lambda: all(self.send("GET", f"/apis/{version}").status == 200 for version in versions))

    def take_down(self) -> None:
        """Let the group be served by a server that is not there."""
        if self.fake is not None:
            self.fake.stale.add(f"{self.group}/v1")
            return
        name = f"v1.{self.group}"
        self.removed_later.append(f"{API_SERVICES}/{name}")
        service = {"name": "nobody", "namespace": "default"}
        spec = {"group": self.group, "version": "v1", "groupPriorityMinimum": 100, "versionPriority": 100}
        spec |= {"service": service, "insecureSkipTLSVerify": True}
        body = {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": name}}
        assert self.send("POST", API_SERVICES, {**body, "spec": spec}).status == 201
        eventually(lambda: f"{self.group}/v1" in self.discovered().stale)

    def discovered(self, root: str = "/apis") -> Aggregated:
        found = discovery.aggregated(self.send("GET", root, accept=discovery.ACCEPT).json())
        assert found is not None
        return found


@pytest.fixture(params=["fake", "real"])
def side(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Side]:
    group = f"t{secrets.token_hex(4)}.example.com"
    if request.param == "fake":
        with FakeApiServer() as server:
            yield Side(_access(server.write_kubeconfig(tmp_path / "kubeconfig")), group, server, [])
        return
    file = os.environ.get(REAL_KUBECONFIG)
    if not file:
        (pytest.fail if os.environ.get(REQUIRE_REAL) else pytest.skip)(f"needs a control plane in {REAL_KUBECONFIG}")
    made = Side(_access(Path(file)), group, None, [])
    try:
        yield made
    finally:
        for path in made.removed_later:
            made.send("DELETE", path)


def _access(file: Path) -> Access:
    return kubeconfig.load(kubeconfig.Options(), {"KUBECONFIG": str(file)})


# What the server says.


def test_custom_kinds_are_told_in_the_same_words(side: Side) -> None:
    side.define(a_crd(side.group, versions=("v1", "v1beta1")))

    document = side.send("GET", "/apis", accept=discovery.ACCEPT).json()

    assert (document["kind"], document["apiVersion"]) == ("APIGroupDiscoveryList", "apidiscovery.k8s.io/v2")
    (found,) = (item for item in document["items"] if item["metadata"]["name"] == side.group)
    for version in found["versions"]:
        del version["resources"][0]["verbs"]
    assert found["versions"] == [
        {
            "version": version,
            "freshness": "Current",
            "resources": [
                {
                    "resource": "rollouts",
                    "responseKind": {"group": side.group, "version": version, "kind": "Rollout"},
                    "scope": "Namespaced",
                    "singularResource": "rollout",
                    "shortNames": ["ro", "rol"],
                }
            ],
        }
        for version in ("v1", "v1beta1")
    ]


def test_the_preferred_version_comes_first_whatever_the_definitions_order(side: Side) -> None:
    side.define(a_crd(side.group, versions=("v1beta1", "v2alpha1", "v1", "v1beta2")))

    found = [name for name in side.discovered().catalogue if group_of(name) == side.group]

    assert found == [f"{side.group}/{version}" for version in ("v1", "v1beta2", "v1beta1", "v2alpha1")]


@pytest.mark.parametrize("root", ["/api", "/apis"])
def test_built_in_kinds_are_served_as_our_table_says(side: Side, root: str) -> None:
    catalogue = side.discovered(root).catalogue

    for api_version, kinds in catalogue.items():
        for kind, served in kinds.items():
            expected = BUILT_IN.get((group_of(api_version), kind), served.resource)
            assert served.resource == expected, f"{kind} of {api_version}"
    assert ("v1" in catalogue, "apps/v1" in catalogue) == (root == "/api", root == "/apis")


def test_one_version_is_told_as_all_are(side: Side) -> None:
    side.define(a_crd(side.group))
    api_version = f"{side.group}/v1"

    body = side.send("GET", f"/apis/{api_version}").json()

    assert discovery.of_version(api_version, body) == side.discovered().catalogue[api_version]
    assert side.discovered().catalogue[api_version] == {
        "Rollout": ServedKind(api_version, "Rollout", Resource("rollouts", True), ("rollouts", "rollout", "ro", "rol"))
    }


@pytest.mark.parametrize(
    ("accept", "status", "kind"),
    [
        pytest.param("application/json", 200, "APIGroupList", id="as-ever"),
        pytest.param(
            "application/json;g=apidiscovery.k8s.io;v=v9;as=APIGroupDiscoveryList,application/json",
            200,
            "APIGroupList",
            id="a-version-of-the-future-or-as-ever",
        ),
        pytest.param(
            "application/json;g=apidiscovery.k8s.io;v=v9;as=APIGroupDiscoveryList", 406, "Status", id="of-the-future"
        ),
    ],
)
def test_what_the_client_takes_decides_what_it_gets(side: Side, accept: str, status: int, kind: str) -> None:
    answer = side.send("GET", "/apis", accept=accept)

    assert (answer.status, answer.json()["kind"]) == (status, kind)


@pytest.mark.parametrize(
    "path",
    [
        "/apis/{group}/v1/rollouts/one",
        "/apis/{group}/v1/others/one",
        "/apis/{group}/v9/rollouts",
        "/apis/apps/v9/deployments",
        "/apis/apps/v1/others/one",
        "/api/v1/others/one",
        "/apis/nobody.example.com/v1",
    ],
)
def test_a_path_that_is_not_served_is_told_from_an_object_that_is_not_there(side: Side, path: str) -> None:
    side.define(a_crd(side.group))
    path = path.format(group=side.group)

    answer = side.send("GET", path)

    is_built_in = path.startswith(("/api/", "/apis/apps/"))
    message = "the server could not find the requested resource" if is_built_in else "404 page not found"
    assert (answer.status, answer.message) == (404, message)
    assert not ((answer.json() or {}).get("details") or {}).get("name")


# A server that is down.


def test_a_server_that_is_down_is_told_and_hides_no_other(side: Side) -> None:
    side.take_down()

    found = side.discovered()
    answer = side.send("GET", f"/apis/{side.group}/v1")

    assert found.stale == {f"{side.group}/v1"}
    assert found.catalogue[f"{side.group}/v1"] == {}
    assert "apps/v1" in found.catalogue
    assert (answer.status, answer.message) == (503, "service unavailable")


def test_a_kind_whose_server_is_down_is_an_error(side: Side) -> None:
    side.take_down()

    with pytest.raises(ClusterError, match=f"the API service v1.{side.group}, which serves them, is not available"):
        side.cluster.get(ObjectKey(f"{side.group}/v1", "Rollout", "default", "one"))


# Command lines.


@pytest.fixture
def group(world: World) -> str:
    """A group whose definition `rollouts` goes with the test."""
    name = f"t{secrets.token_hex(4)}.example.com"
    world.removed_later.append(f"{CRDS}/rollouts.{name}")
    return name


def _definition(group: str, scope: str) -> str:
    return f"""
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: rollouts.{group}}}
spec:
  group: {group}
  scope: {scope}
  names: {{plural: rollouts, singular: rollout, kind: Rollout, shortNames: [ro]}}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}
---
"""


def _rollout(group: str, namespace: str = "") -> str:
    written = f", namespace: {namespace}" if namespace else ""
    return f"""
apiVersion: {group}/v1
kind: Rollout
metadata: {{name: web-{group.partition(".")[0]}{written}}}
spec: {{image: "{{{{ images.get_image('REGISTRY/team/web') }}}}"}}
"""


def _live(world: World, group: str, namespace: str) -> Body | None:
    return world.cluster.get(ObjectKey(f"{group}/v1", "Rollout", namespace, f"web-{group.partition('.')[0]}"))


@pytest.mark.parametrize("scope", ["Namespaced", "Cluster"])
@pytest.mark.parametrize("together", [True, False], ids=["in-the-same-deploy", "in-the-cluster-already"])
def test_an_object_of_a_custom_kind_goes_where_its_definition_says(
    world: World, group: str, scope: str, together: bool
) -> None:
    definition = _definition(group, scope)
    name = f"rollout.{group}/web-{group.partition('.')[0]}"
    file = world.write("all.yaml", (definition if together else "") + _rollout(group))
    if not together:
        assert world.run("deploy", "-f", world.write("crd.yaml", definition)).code == 0
    pinned = ("-F", "REGISTRY/team/web=REGISTRY/team/web:1.0", "-f", file)

    before = world.run("diff", *pinned)
    done = world.run("deploy", *pinned)
    after = world.run("diff", *pinned)

    assert (before.code, done.code, after.code, after.out) == (1, 0, 0, ""), done.err + after.err
    assert f"{name} created" in done.out.splitlines()
    live = _live(world, group, world.namespace)
    assert live is not None
    assert live["metadata"].get("namespace") == (world.namespace if scope == "Namespaced" else None)
    _remove(world, group, live)


def test_a_written_namespace_of_a_kind_without_namespaces_is_as_good_as_none(world: World, group: str) -> None:
    assert world.run("deploy", "-f", world.write("crd.yaml", _definition(group, "Cluster"))).code == 0
    pinned = ("-F", "REGISTRY/team/web=REGISTRY/team/web:1.0", "-f", world.write("one.yaml", _rollout(group, "dev")))

    done = world.run("deploy", *pinned)

    assert done.code == 0, done.err
    live = _live(world, group, "")
    assert live is not None
    assert "namespace" not in live["metadata"]
    _remove(world, group, live)


@pytest.mark.parametrize("together", [True, False], ids=["in-the-same-deploy", "in-the-cluster-already"])
@pytest.mark.parametrize("word", ["ro", "rollouts", "rollout", "Rollout", "ro.GROUP"])
def test_a_fixed_image_may_name_a_custom_kind_short(world: World, group: str, word: str, together: bool) -> None:
    definition, number = _definition(group, "Namespaced"), group.partition(".")[0]
    if not together:
        assert world.run("deploy", "-f", world.write("crd.yaml", definition)).code == 0
    file = world.write("all.yaml", (definition if together else "") + _rollout(group))
    entry = f"REGISTRY/team/web:{world.namespace}:{word.replace('GROUP', group)}/web-{number}=REGISTRY/team/web:7"

    done = world.run("render", "-F", entry, "-f", file)

    assert (done.code, done.err) == (0, "")
    assert f"image: {world.host}/team/web:7" in done.out


def _remove(world: World, group: str, live: Body) -> None:
    """Remove an object, so that its definition can go at once."""
    metadata = live["metadata"]
    key = ObjectKey(f"{group}/v1", "Rollout", metadata.get("namespace", ""), metadata["name"])
    world.cluster.delete(key, uid=metadata["uid"], resource_version=metadata["resourceVersion"])


# What the fakes alone can count.


def test_short_kinds_are_asked_for_by_nobody_who_has_no_custom_kinds(fakes: World) -> None:
    file = fakes.write("cm.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}\n")

    done = fakes.run("render", "-F", "nginx::ro/web=nginx:1", "-f", file)

    assert (done.code, done.err) == (
        0,
        "warning: --fixed-image nginx::ro/web=nginx:1: this fixed image matched nothing\n",
    )
    assert fakes.server.requests == []


def test_one_request_tells_short_kinds_and_the_next_run_needs_none(fakes: World) -> None:
    fakes.server.put(a_crd("e.com"))
    file = fakes.write("all.yaml", _rollout("e.com"))
    flags = ("render", "-F", "REGISTRY/team/web::ro/web-e=REGISTRY/team/web:7", "-f", file)

    first, asked = fakes.run(*flags), [request.path for request in fakes.server.requests]
    second = fakes.run(*flags)

    assert (first.code, asked) == (0, ["/apis"])
    assert second == first
    assert len(fakes.server.requests) == 1


@pytest.mark.parametrize("command", [["render"], ["list", "--simple"]], ids=" ".join)
def test_without_a_cluster_a_short_kind_is_doubted_and_no_error(fakes: World, command: list[str]) -> None:
    fakes.environ["KUBECONFIG"] = str(fakes.directory / "missing")
    fixed = ("-F", "REGISTRY/team/web=REGISTRY/team/web:1", "-F", "nginx::ro/web-e=nginx:7")

    done = fakes.run(*command, *fixed, "-f", fakes.write("all.yaml", _rollout("e.com")))

    assert done.code == 0
    assert 'this fixed image matched nothing; the cluster could not be asked which kind "ro" is: ' in done.err
    assert done.err.endswith("; write the kind in full, as in Rollout/web-e\n")


def test_without_a_cluster_the_definition_among_the_objects_is_enough(fakes: World) -> None:
    fakes.environ["KUBECONFIG"] = str(fakes.directory / "missing")
    file = fakes.write("all.yaml", _definition("e.com", "Cluster") + _rollout("e.com"))

    done = fakes.run("list", "--offline", "-F", "REGISTRY/team/web::ro/web-e=REGISTRY/team/web:7", "-f", file)

    assert (done.code, done.err) == (0, "")
    assert "namespace" not in done.out


def test_nothing_is_left_behind_but_the_kinds(fakes: World) -> None:
    fakes.server.put(a_crd("e.com"))
    pinned = ("-F", "REGISTRY/team/web=REGISTRY/team/web:1", "-f", fakes.write("all.yaml", _rollout("e.com")))

    assert fakes.run("deploy", *pinned).code == 0

    left = [place for place in (fakes.directory / ".cache").rglob("*") if place.is_file()]
    assert [place.parent.name for place in left] == ["discovery"]
    text = left[0].read_text(encoding="utf-8")
    assert "Rollout" in text
    assert not [word for word in ("fake-token", "web-e", fakes.server.url) if word in text + left[0].name]
