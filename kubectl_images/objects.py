"""Kubernetes objects as this program sees them: an identity, a body, and the place they were read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# The body of an object as JSON: the one place where `Any` is the honest type.
Body = dict[str, Any]


@dataclass(frozen=True, order=True)
class Place:
    """Where something was read: a file's name as the user gave it, and a line from 1 (0: not known)."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, order=True)
class ObjectKey:
    """The identity of an object; `namespace` is "" for a cluster-scoped one."""

    api_version: str
    kind: str
    namespace: str
    name: str

    @property
    def group(self) -> str:
        """The API group; "" for the core group."""
        return group_of(self.api_version)

    def __str__(self) -> str:
        """Return the name as kubectl prints it: `deployment.apps/web`."""
        return f"{kind_name(self.kind, self.group)}/{self.name}"

    @property
    def in_full(self) -> str:
        """The name with the namespace: `deployment.apps/web in namespace prod`."""
        return f"{self} in namespace {self.namespace}" if self.namespace else str(self)


@dataclass(frozen=True)
class Item:
    """The item of a project that an object comes from.

    `directory` is relative to the project's root, with slashes; `tags` are sorted, inherited ones included. `scope` is
    where its project file stands among the includes: () is the root's, (2,) that of the root's third item, and so on.
    With `wait` the next stage begins only when its objects are ready.
    """

    directory: str
    tags: tuple[str, ...] = ()
    scope: tuple[int, ...] = ()
    wait: bool = False


@dataclass(frozen=True)
class Manifest:
    """An object to deploy: what was written, who it is, and where it was written.

    `stage` is the number of barriers before it: objects of a stage wait until those of earlier stages are applied.
    One that is `deleted` is to go instead, before the others of its stage; then its body is empty.
    """

    key: ObjectKey
    body: Body
    place: Place
    stage: int = 0
    item: Item | None = None
    deleted: bool = False


@dataclass(frozen=True)
class Resource:
    """How the API serves a kind: the last part of its path, and whether it lives in namespaces."""

    plural: str
    namespaced: bool


def group_of(api_version: str) -> str:
    """Return the API group of `apps/v1` (apps) or `v1` ("", the core group)."""
    return api_version.rpartition("/")[0]


def kind_name(kind: str, group: str) -> str:
    """Return the kind as kubectl prints it: `deployment.apps`, `service`."""
    return f"{kind.lower()}.{group}" if group else kind.lower()


def _table(*rows: str) -> Mapping[tuple[str, str], Resource]:
    table: dict[tuple[str, str], Resource] = {}
    for row in rows:
        group, scope, *kinds = row.split()
        for item in kinds:
            kind, _, plural = item.partition("=")
            resource = Resource(plural or kind.lower() + "s", scope == "namespaced")
            table["" if group == "core" else group, kind] = resource
    return table


# The kinds every control plane serves, so that their scope is known without asking one.
# Source: `kubectl api-resources` of Kubernetes 1.34, and kinds of older versions that are still written.
BUILT_IN: Mapping[tuple[str, str], Resource] = _table(
    "core cluster Namespace Node PersistentVolume",
    "core namespaced ConfigMap Secret Service ServiceAccount Pod PersistentVolumeClaim Event LimitRange PodTemplate"
    " ReplicationController ResourceQuota Endpoints=endpoints",
    "apps namespaced Deployment StatefulSet DaemonSet ReplicaSet ControllerRevision",
    "batch namespaced Job CronJob",
    "autoscaling namespaced HorizontalPodAutoscaler",
    "policy namespaced PodDisruptionBudget",
    "policy cluster PodSecurityPolicy=podsecuritypolicies",
    "networking.k8s.io namespaced Ingress=ingresses NetworkPolicy=networkpolicies",
    "networking.k8s.io cluster IngressClass=ingressclasses IPAddress=ipaddresses ServiceCIDR",
    "rbac.authorization.k8s.io namespaced Role RoleBinding",
    "rbac.authorization.k8s.io cluster ClusterRole ClusterRoleBinding",
    "storage.k8s.io cluster StorageClass=storageclasses CSIDriver CSINode VolumeAttachment"
    " VolumeAttributesClass=volumeattributesclasses",
    "storage.k8s.io namespaced CSIStorageCapacity=csistoragecapacities",
    "scheduling.k8s.io cluster PriorityClass=priorityclasses",
    "coordination.k8s.io namespaced Lease",
    "discovery.k8s.io namespaced EndpointSlice",
    "events.k8s.io namespaced Event",
    "node.k8s.io cluster RuntimeClass=runtimeclasses",
    "apiextensions.k8s.io cluster CustomResourceDefinition",
    "apiregistration.k8s.io cluster APIService",
    "resource.k8s.io cluster DeviceClass=deviceclasses ResourceSlice",
    "resource.k8s.io namespaced ResourceClaim ResourceClaimTemplate",
    "certificates.k8s.io cluster CertificateSigningRequest ClusterTrustBundle",
    "admissionregistration.k8s.io cluster MutatingWebhookConfiguration ValidatingWebhookConfiguration"
    " ValidatingAdmissionPolicy=validatingadmissionpolicies ValidatingAdmissionPolicyBinding"
    " MutatingAdmissionPolicy=mutatingadmissionpolicies MutatingAdmissionPolicyBinding",
    "flowcontrol.apiserver.k8s.io cluster FlowSchema PriorityLevelConfiguration",
)


def built_in(api_version: str, kind: str) -> Resource | None:
    """Return how the API serves a built-in kind; None for any other kind."""
    return BUILT_IN.get((group_of(api_version), kind))
