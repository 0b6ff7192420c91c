"""What would be lost with an object that is deleted, even when it comes again from its manifest."""

from __future__ import annotations

from .objects import Body, ObjectKey, built_in

# What nobody can bring back.
_LOSSES = {
    "PersistentVolume": "the volume, and perhaps the data on it,",
    "PersistentVolumeClaim": "the data on its volume",
    "Namespace": "everything in it",
    "apiextensions.k8s.io/CustomResourceDefinition": "every object of its kind",
}
_VOLUMES_OF_SET = "the data on the volumes of its pods, as its persistentVolumeClaimRetentionPolicy says,"
# It may be a database.
_OF_CUSTOM_KIND = "what belongs to it, perhaps data,"


def loss(key: ObjectKey, live: Body | None) -> str:
    """Return what would be lost with the object, as far as `live` tells; "" when nothing is."""
    if built_in(key.api_version, key.kind) is None:
        return _OF_CUSTOM_KIND
    policy = ((live or {}).get("spec") or {}).get("persistentVolumeClaimRetentionPolicy") or {}
    if full_kind(key) == "apps/StatefulSet" and policy.get("whenDeleted") == "Delete":
        return _VOLUMES_OF_SET
    return _LOSSES.get(full_kind(key), "")


def full_kind(key: ObjectKey) -> str:
    """Return `apps/Deployment`, or `Pod` for the core group."""
    return f"{key.group}/{key.kind}" if key.group else key.kind
