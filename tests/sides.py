"""An API server with a namespace of its own for one test: the fake one, or a real one.

KUBECTL_IMAGES_TEST_KUBECONFIG names the kubeconfig of a cluster to test on, whose current context may do
everything, and whose context `viewer` may do nothing. KUBECTL_IMAGES_TEST_REQUIRE_REAL=1 makes its absence a failure.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fake_api_server import FakeApiServer

from kubectl_images import kubeconfig
from kubectl_images.access import Access
from kubectl_images.cluster import Cluster
from kubectl_images.errors import ClusterError
from kubectl_images.kube_answers import Answer
from kubectl_images.kube_client import APPLY_PATCH, KubeClient
from kubectl_images.objects import Body, ObjectKey

CLIENT_SIDE = "kubectl-client-side-apply"


@dataclass(frozen=True)
class Side:
    """An API server with a namespace of its own for one test."""

    admin: Access
    viewer: Access
    namespace: str

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.admin)

    def key(self, kind: str, name: str) -> ObjectKey:
        api_version = {"Deployment": "apps/v1", "CronJob": "batch/v1"}.get(kind, "v1")
        return ObjectKey(api_version, kind, self.namespace, name)

    def apply(self, body: Body, **options: bool) -> Body:
        return self.cluster.apply(body, self.key(body["kind"], body["metadata"]["name"]), **options).live

    def refused(self, body: Body, **options: bool) -> ClusterError:
        """Return the error of an apply, with a fixed text for this side's server and namespace."""
        with pytest.raises(ClusterError) as caught:
            self.apply(body, **options)
        return self.named(caught.value)

    def named(self, error: ClusterError) -> ClusterError:
        def fixed(text: str) -> str:
            text = text.replace(self.admin.server, "SERVER").replace(self.namespace, "NAMESPACE")
            return text.replace(self.admin.context, "CONTEXT")

        return ClusterError(fixed(str(error)), hint=error.hint and fixed(error.hint), status=error.status)

    def send(self, method: str, path: str, body: Body | None = None, **query: str) -> Answer:
        """Send a request as somebody else would."""
        content_type = APPLY_PATCH if method == "PATCH" else "application/json"
        return KubeClient(self.admin).request(method, path, tuple(query.items()), body=body, content_type=content_type)

    def create_as_other(self, body: Body) -> Body:
        path = {"Deployment": "/apis/apps/v1", "ConfigMap": "/api/v1"}[body["kind"]]
        answer = self.send(
            "POST", f"{path}/namespaces/{self.namespace}/{body['kind'].lower()}s", body, fieldManager=CLIENT_SIDE
        )
        assert answer.status == 201, answer.message
        return answer.json() or {}

    def apply_as_other(self, body: Body, **query: str) -> None:
        path = {"Deployment": "/apis/apps/v1", "ConfigMap": "/api/v1"}[body["kind"]]
        answer = self.send(
            "PATCH",
            f"{path}/namespaces/{self.namespace}/{body['kind'].lower()}s/{body['metadata']['name']}",
            body,
            fieldManager="other",
            **query,
        )
        assert answer.status in {200, 201}, answer.message


@contextlib.contextmanager
def fake_side(directory: Path) -> Iterator[Side]:
    """Yield the side of a fake API server, whose user `viewer` may do nothing."""
    with FakeApiServer(tokens={"fake-token": "admin", "viewer-token": "viewer"}) as server:
        file = server.write_kubeconfig(directory / "admin")
        viewer = server.write_kubeconfig(directory / "viewer", token="viewer-token")
        for verb in ("get", "list", "watch", "patch"):
            for plural in ("configmaps", "deployments"):
                server.forbid(verb, plural, user="viewer")
        yield from _with_namespace(_access(file), _access(viewer))


@contextlib.contextmanager
def real_side(directory: Path) -> Iterator[Side]:
    """Yield the side of the real API server."""
    file = _real_kubeconfig()
    yield from _with_namespace(_access(file), _access(file, context="viewer"))


def _real_kubeconfig() -> Path:
    name = os.environ.get("KUBECTL_IMAGES_TEST_KUBECONFIG")
    if name:
        return Path(name)
    reason = "KUBECTL_IMAGES_TEST_KUBECONFIG names no kubeconfig of a real cluster"
    if os.environ.get("KUBECTL_IMAGES_TEST_REQUIRE_REAL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def _access(file: Path, context: str | None = None) -> Access:
    return kubeconfig.load(kubeconfig.Options(context=context), {"KUBECONFIG": str(file)})


def _with_namespace(admin: Access, viewer: Access) -> Iterator[Side]:
    name = f"kubectl-images-test-{secrets.token_hex(4)}"
    key = ObjectKey("v1", "Namespace", "", name)
    Cluster(admin).apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, key)
    try:
        yield Side(admin, viewer, name)
    finally:
        assert KubeClient(admin).request("DELETE", f"/api/v1/namespaces/{name}").status == 200


def config_map(name: str = "settings", **data: str) -> Body:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def deployment(**spec: Any) -> Body:
    template = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "app", "image": "example.com/web:1", "env": [{"name": "A", "value": "1"}]}]},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "labels": {"team": "one"}},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template, **spec},
    }


def containers(body: Body) -> list[Body]:
    found: list[Body] = body["spec"]["template"]["spec"]["containers"]
    return found


def managers(body: Body) -> list[tuple[str, str]]:
    """Return the managers of an object, without the controllers that a real cluster has."""
    entries = [(entry["manager"], entry["operation"]) for entry in body["metadata"].get("managedFields", ())]
    return sorted(entry for entry in entries if entry[0] != "kube-controller-manager")


SIDES = {"fake": fake_side, "real": real_side}
