"""Annotations that ask another program for what is not done here: an error, so that nobody counts on them."""

from __future__ import annotations

from .found_objects import Found

_TRUE = frozenset(("1", "t", "T", "true", "True", "TRUE"))
_HOOK = "kluctl.io/hook"
_DELETE = "kluctl.io/delete"


def check_annotations(found: Found) -> None:
    """Raise InputError for an object that is a hook, or that is there to be deleted."""
    metadata = found.body.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if not isinstance(annotations, dict):
        return
    if annotations.get(_HOOK):
        raise found.error(
            f"{_name(found)}: annotation {_HOOK}: hooks are not run",
            "in a project put the object into an item of its own with waitReadiness: true, and a barrier after it"
            " (pre-deploy) or before it (post-deploy)",
        )
    if annotations.get(_DELETE) in _TRUE:
        raise found.error(
            f"{_name(found)}: annotation {_DELETE}: an object of the input is applied, not deleted",
            "name it under deleteObjects in deployment.yaml, and take it out of the manifests",
        )


def _name(found: Found) -> str:
    return f"{found.body.get('kind')}/{found.body['metadata'].get('name')}"
