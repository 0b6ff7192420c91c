"""A registry, a cluster and a directory, and our command line on them: fakes in this process, or real ones.

The same tests run in both worlds, which keeps the fakes honest.
"""

from __future__ import annotations

import contextlib
import io
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fake_api_server import FakeApiServer
from fake_registry import FakeRegistry
from real_registry import RealRegistry, is_installed

from kubectl_images import documents, kubeconfig
from kubectl_images.access import Access
from kubectl_images.cli import run
from kubectl_images.cluster import Cluster
from kubectl_images.kube_client import KubeClient
from kubectl_images.objects import Body, ObjectKey
from kubectl_images.terminal import Terminal

REAL_KUBECONFIG = "KUBECTL_IMAGES_TEST_KUBECONFIG"
REQUIRE_REAL = "KUBECTL_IMAGES_TEST_REQUIRE_REAL"


@dataclass(frozen=True)
class Done:
    """What a command line left: its exit code and what it wrote."""

    code: int
    out: str
    err: str


@dataclass
class World:
    """The surroundings of one test; `files` are written with REGISTRY replaced by the registry's host.

    `removed_later` are the API paths of cluster-scoped objects that must not outlive the test.
    """

    directory: Path
    registry: FakeRegistry | RealRegistry
    kubeconfig: Path
    namespace: str
    environ: dict[str, str] = field(default_factory=dict)
    api_server: FakeApiServer | None = None
    removed_later: list[str] = field(default_factory=list)

    @property
    def server(self) -> FakeApiServer:
        """The fake API server, which logs its requests."""
        assert self.api_server is not None, "only the fake one can be asked"
        return self.api_server

    @property
    def host(self) -> str:
        return self.registry.host

    def write(self, name: str, text: str) -> str:
        """Write a file and return its path, as one types it."""
        file = self.directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace("REGISTRY", self.host), encoding="utf-8")
        return str(file)

    def run(self, *argv: str, stdin: str = "") -> Done:
        """Run our command line in this process, in the namespace of this world."""
        out, err = io.StringIO(), io.StringIO()
        terminal = Terminal(io.TextIOWrapper(io.BytesIO(stdin.encode())), out, err)
        code = run([argument.replace("REGISTRY", self.host) for argument in argv], terminal, self.all_environ())
        return Done(code, out.getvalue(), err.getvalue())

    def all_environ(self) -> Mapping[str, str]:
        own = {"KUBECONFIG": str(self.kubeconfig), "HOME": str(self.directory), "PATH": os.environ["PATH"]}
        return own | self.environ

    def access(self, context: str | None = None) -> Access:
        """Return the way to this world's cluster, by the current context or another one."""
        return kubeconfig.load(kubeconfig.Options(context=context), self.all_environ())

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.access())

    def live(self, api_version: str, kind: str, name: str) -> Body | None:
        """Return an object of this world's namespace as the cluster has it."""
        return self.cluster.get(ObjectKey(api_version, kind, self.namespace, name))

    def image(self, name: str = "web", container: str = "app") -> str | None:
        """Return the image of a container of a Deployment; None when there is no such object."""
        body = self.live("apps/v1", "Deployment", name)
        if body is None:
            return None
        containers = body["spec"]["template"]["spec"]["containers"]
        return next(str(item["image"]) for item in containers if item["name"] == container)


@contextlib.contextmanager
def fake_world(directory: Path) -> Iterator[World]:
    """Yield a world of fakes."""
    with FakeRegistry() as registry, FakeApiServer() as server:
        kubeconfig_file = server.write_kubeconfig(directory / "kubeconfig")
        world = World(directory, registry, kubeconfig_file, "default", api_server=server)
        world.environ["DOCKER_CONFIG"] = str(directory / "docker")
        yield world


@contextlib.contextmanager
def real_world(directory: Path) -> Iterator[World]:
    """Yield a world of Debian's docker-registry and a real control plane, in a namespace of its own."""
    source = os.environ.get(REAL_KUBECONFIG)
    if not source or not is_installed():
        reason = f"needs a control plane in {REAL_KUBECONFIG} and docker-registry on PATH"
        (pytest.fail if os.environ.get(REQUIRE_REAL) else pytest.skip)(reason)
    namespace = f"kubectl-images-test-{secrets.token_hex(4)}"
    admin = KubeClient(kubeconfig.load(kubeconfig.Options(kubeconfig=source), os.environ))
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
    assert admin.request("POST", "/api/v1/namespaces", body=body).status == 201, "a namespace for the test"
    removed_later = [f"/api/v1/namespaces/{namespace}"]
    try:
        with RealRegistry(directory / "registry") as registry:
            own_kubeconfig = _in_namespace(Path(source), directory / "kubeconfig", namespace)
            world = World(directory, registry, own_kubeconfig, namespace, removed_later=removed_later)
            world.environ["DOCKER_CONFIG"] = str(directory / "docker")
            yield world
    finally:
        for path in removed_later:
            admin.request("DELETE", path)
        admin.close()


def _in_namespace(source: Path, target: Path, namespace: str) -> Path:
    """Copy a kubeconfig, with this namespace in the context that it uses."""
    config = documents.read(source.read_text(encoding="utf-8"), str(source))[0].value
    assert isinstance(config, dict), "a kubeconfig is a map"
    for context in config["contexts"]:
        context["context"]["namespace"] = namespace
    target.write_text(documents.write([config]), encoding="utf-8")
    return target


WORLDS = {"fake": fake_world, "real": real_world}
