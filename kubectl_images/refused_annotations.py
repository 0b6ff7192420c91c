"""Annotations that ask another program for what is not done here: an error, so that nobody counts on them."""

from __future__ import annotations

from .found_objects import Found

_TRUE = frozenset(("1", "t", "T", "true", "True", "TRUE"))
_HOOK = "kluctl.io/hook"
_DELETE = "kluctl.io/delete"
_IGNORE = "kluctl.io/ignore"


def is_true(value: object) -> bool:
    """Tell whether the text of an annotation means yes."""
    return isinstance(value, str) and value in _TRUE


def check_annotations(found: Found) -> None:
    """Raise InputError for an object that is a hook, or that is there to be deleted or to be left out."""
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
    if is_true(annotations.get(_DELETE)):
        raise found.error(
            f"{_name(found)}: annotation {_DELETE}: an object of the input is applied, not deleted",
            "name it under deleteObjects in deployment.yaml, and take it out of the manifests",
        )
    if is_true(annotations.get(_IGNORE)):
        raise found.error(
            f"{_name(found)}: annotation {_IGNORE}: an object of the input is applied, not left out",
            "take it out of the manifests, or put it into an item of its own in a project, with a condition: when",
        )


def _name(found: Found) -> str:
    return f"{found.body.get('kind')}/{found.body['metadata'].get('name')}"
