"""What tests of waiting need: a cluster whose controllers the test plays, and somebody who follows the wait."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fake_api_server import FakeApiServer

from kubectl_images.access import Access, Token
from kubectl_images.cluster import Cluster
from kubectl_images.errors import DeployError
from kubectl_images.kube_retries import Retries
from kubectl_images.objects import Body, ObjectKey
from kubectl_images.patience import Limits
from kubectl_images.waiting import wait_for

API_VERSIONS = {
    **dict.fromkeys(("Deployment", "StatefulSet", "ReplicaSet"), "apps/v1"),
    "Job": "batch/v1",
    "Widget": "example.com/v1",
    "StorageClass": "storage.k8s.io/v1",
}
# As a user has them, but for the waits between requests.
PATIENT = Limits(timeout_s=20, passing_s=20, unscheduled_s=20, silent_s=20, lost_s=20, poll_s=0.02, settle_s=0)
HASTY = Limits(timeout_s=20, passing_s=0, unscheduled_s=0, silent_s=0, lost_s=0, poll_s=0.02, settle_s=0)
IMAGE = "example.com/web:2"


@dataclass
class Follower:
    """Somebody who follows a wait and notes what is said; each of the steps is done a moment after the one before."""

    steps: list[Callable[[], object]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def ready(self, key: ObjectKey, note: str) -> None:
        self.said.append(f"{key} ready" if not note else f"{key}: {note}")

    def waiting(self, waited_s: float, pending: Mapping[ObjectKey, str]) -> None:
        if pending and self.steps:
            self.steps.pop(0)()

    def warn(self, text: str) -> None:
        self.said.append(f"warning: {text}")


@dataclass(frozen=True)
class Site:
    """A fake cluster and a wait for its objects."""

    server: FakeApiServer

    @property
    def cluster(self) -> Cluster:
        access = Access(self.server.url, login=Token("fake-token"), context="fake")
        return Cluster(access, retries=Retries(first_wait_s=0.001, longest_wait_s=0.002))

    def put(self, kind: str, name: str = "web", status: Any = None, **parts: Any) -> Body:
        """Write an object, as its controller does."""
        metadata = {"name": name, **parts.pop("metadata", {})}
        if kind not in {"StorageClass", "Widget"}:
            metadata["namespace"] = "default"
        body = {"apiVersion": API_VERSIONS.get(kind, "v1"), "kind": kind, "metadata": metadata, **parts}
        return self.server.put(body | ({} if status is None else {"status": status}))

    def deployment(self, name: str = "web", ready: int = 0, wanted: int = 1, **status: Any) -> Body:
        """Write a Deployment whose pods are all new, and some of them ready."""
        seen = {"observedGeneration": 1, "replicas": wanted, "updatedReplicas": wanted, "availableReplicas": ready}
        annotations = {"deployment.kubernetes.io/revision": "2"}
        metadata = {"annotations": annotations}
        return self.put("Deployment", name, seen | status, spec={"replicas": wanted}, metadata=metadata)

    def pod(self, deployment: Body, revision: int = 2, *, name: str = "web-1", **state: Any) -> Body:
        """Write a pod of a revision of a Deployment, whose container waits like this."""
        of = deployment["metadata"]
        annotations = {"deployment.kubernetes.io/revision": str(revision)}
        owners = [{"uid": of["uid"], "controller": True}]
        set_name = f"{of['name']}-{revision}"
        metadata = {"annotations": annotations, "ownerReferences": owners}
        replica_set = self.put("ReplicaSet", set_name, {}, spec={"replicas": 1}, metadata=metadata)
        return self.put(
            "Pod",
            name,
            {"containerStatuses": [{"name": "app", "state": {"waiting": state}}]},
            spec={"containers": [{"name": "app", "image": IMAGE}]},
            metadata={"ownerReferences": [{"uid": replica_set["metadata"]["uid"], "controller": True}]},
        )

    def wait(
        self, *bodies: Body, limits: Limits = PATIENT, steps: list[Callable[[], object]] | None = None
    ) -> list[str]:
        """Wait for objects and return what was said."""
        follower = Follower(steps or [])
        cluster = self.cluster
        try:
            wait_for(cluster, {key_of(body): body for body in bodies}, limits, follower)
        except DeployError as error:
            # Nobody hears it any more, but a test wants to see it.
            error.warnings = tuple(follower.said)
            raise
        finally:
            cluster.close()
        return follower.said


def key_of(body: Body) -> ObjectKey:
    metadata = body["metadata"]
    return ObjectKey(body["apiVersion"], body["kind"], metadata.get("namespace", ""), metadata["name"])
