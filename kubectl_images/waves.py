"""The order in which objects are applied: in waves, one after the other.

In each stage first goes what is to be deleted. Then come Namespaces and CRDs, then what others refer to (roles before
their bindings, service accounts before their Secrets), then workloads and all other kinds, then webhooks and
APIServices, which could refuse what comes after them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from .objects import Manifest, ObjectKey

# What nothing else is there without.
_FIRST = frozenset(("Namespace", "CustomResourceDefinition"))
# What others refer to, and what refers to nothing itself.
_REFERRED_TO = frozenset(
    [
        "ServiceAccount",
        "Role",
        "ClusterRole",
        "StorageClass",
        "VolumeAttributesClass",
        "CSIDriver",
        "PersistentVolume",
        "LimitRange",
        "ResourceQuota",
        "PriorityClass",
        "RuntimeClass",
        "IngressClass",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "ValidatingAdmissionPolicy",
        "MutatingAdmissionPolicy",
    ]
)
# What workloads refer to, and what refers to those above: a binding whose role is not there is refused.
_BETWEEN = frozenset(
    [
        "Secret",
        "ConfigMap",
        "RoleBinding",
        "ClusterRoleBinding",
        "PersistentVolumeClaim",
        "ValidatingAdmissionPolicyBinding",
        "MutatingAdmissionPolicyBinding",
    ]
)
_LAST = frozenset(("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "APIService"))


def waves(manifests: Sequence[Manifest], late: Collection[ObjectKey] = ()) -> tuple[tuple[Manifest, ...], ...]:
    """Return the manifests in the groups that are applied one after the other; none is empty, or of two stages.

    Those of `late` come after the others that would be in their group.
    """
    groups: dict[tuple[int, int, bool], list[Manifest]] = {}
    for manifest in manifests:
        groups.setdefault((manifest.stage, _wave(manifest), manifest.key in late), []).append(manifest)
    return tuple(tuple(groups[number]) for number in sorted(groups))


def _wave(manifest: Manifest) -> int:
    if manifest.deleted:
        return -1
    kind = manifest.key.kind
    early = (_FIRST, _REFERRED_TO, _BETWEEN)
    number = next((number for number, kinds in enumerate(early) if kind in kinds), len(early))
    return number + 1 if kind in _LAST else number
