"""What an apply would change: live object against the server's dry run, without noise and without secrets."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from . import documents
from .ignore_diff import FieldPath, without_ignored
from .objects import Body, Manifest
from .same import are_same
from .takeover import owns_status

# What the API server writes by itself: a difference here is none that a user made.
_NOISE = ("managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink")
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_MASK = "***"


def without_noise(body: Body) -> Body:
    """Return the object without the metadata that the API server keeps for itself, and without a status not ours."""
    cleaned = _without_last_applied(body)
    if not owns_status(body):
        cleaned.pop("status", None)
    metadata = {key: value for key, value in (cleaned.get("metadata") or {}).items() if key not in _NOISE}
    return {**cleaned, "metadata": metadata}


def are_equal(old: Body, new: Body) -> bool:
    """Say whether two states differ in nothing but noise."""
    return are_same(without_noise(old), without_noise(new))


def _without_last_applied(body: Body) -> Body:
    """Return the object without the copy of it that `kubectl apply` stores beside it, a Secret's values included."""
    metadata = dict(body.get("metadata") or {})
    annotations = {
        key: value for key, value in (metadata.pop("annotations", None) or {}).items() if key != _LAST_APPLIED
    }
    if annotations:
        metadata["annotations"] = annotations
    return {**body, "metadata": metadata}


def masked(body: Body) -> Body:
    """Return the object with the values of a Secret replaced by `***`; any other object as it is."""
    return mask_pair(body, body)[0]


def mask_pair(old: Body, new: Body) -> tuple[Body, Body]:
    """Mask the values of two states of a Secret, so that one can still see which of them differ, as kubectl does."""
    if new.get("kind") != "Secret" or new.get("apiVersion") != "v1":
        return old, new
    masked_old, masked_new = _without_last_applied(old), _without_last_applied(new)
    for field in ("data", "stringData"):
        if field in old:
            masked_old[field] = _masked_values(old[field], new.get(field), "*** (before)")
        if field in new:
            masked_new[field] = _masked_values(new[field], old.get(field), "*** (after)")
    return masked_old, masked_new


def _masked_values(values: object, others: object, differs: str) -> object:
    """Return the values masked: as `differs` where the other state has another value for the key."""
    if not isinstance(values, dict):
        # Whatever else stands here is wrong, and may be a secret all the same.
        return values and _MASK
    compared = others if isinstance(others, dict) else {}
    return {
        key: differs if key in compared and not are_same(compared[key], value) else _MASK
        for key, value in values.items()
    }


def texts(live: Body | None, merged: Body | None, ignored: Sequence[FieldPath] = ()) -> tuple[str, str] | None:
    """Return the YAML of the object before and after; "" where it does not exist; None when nothing differs.

    The fields of `ignored` are not compared.
    """
    if live is None or merged is None:
        before, after = (_yaml(masked(without_noise(body))) if body is not None else "" for body in (live, merged))
        return before, after
    old, new = (without_ignored(without_noise(body), ignored) for body in (live, merged))
    if are_same(old, new):
        return None
    old, new = mask_pair(old, new)
    return _yaml(old), _yaml(new)


def _yaml(body: Body) -> str:
    return documents.write([_sorted(body)])


def _sorted(value: object) -> object:
    """Return the value with the keys of its maps in the order of the alphabet: the server has them in any order."""
    match value:
        case dict():
            return {key: _sorted(child) for key, child in sorted(value.items())}
        case list():
            return [_sorted(child) for child in value]
        case _:
            return value


def unified(name: str, before: str, after: str) -> Iterator[str]:
    """Yield the lines of a unified diff, each with its newline."""
    yield from difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"live/{name}", f"merged/{name}"
    )


def file_name(manifest: Manifest) -> str:
    """Return the name kubectl gives an object in the directories of its external diff: `apps.v1.Deployment.ns.web`."""
    key = manifest.key
    return f"{key.api_version.replace('/', '.')}.{key.kind}.{key.namespace}.{key.name}"
