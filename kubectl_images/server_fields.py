"""What only the API server writes, left out of the input: `kubectl get -o yaml` writes it into files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from .objects import Body, Manifest, built_in

_METADATA = (
    *("creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "managedFields"),
    *("resourceVersion", "selfLink", "uid"),
)
# The first is kubectl's own copy of the object, the second a controller's count.
_ANNOTATIONS = ("kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/revision")


def without_server_fields(manifests: Iterable[Manifest]) -> tuple[tuple[Manifest, ...], tuple[str, ...]]:
    """Return the objects without what the server writes, and a note for each that had something of it.

    The namespace of a cluster-scoped object goes too, as kubectl ignores it. The status of a custom resource stays: its
    definition says whose it is, and the server ignores it when it is not the manifest's.
    """
    cleaned = [_cleaned(manifest) for manifest in manifests]
    return tuple(manifest for manifest, _ in cleaned), tuple(note for _, note in cleaned if note)


def _cleaned(manifest: Manifest) -> tuple[Manifest, str]:
    body = manifest.body
    metadata: Body = body["metadata"]
    annotations = metadata.get("annotations")
    kept = _without(body, ("status",)) if _is_built_in(body) else dict(body)
    kept_metadata = _without(metadata, _METADATA if manifest.key.namespace else (*_METADATA, "namespace"))
    if isinstance(annotations, dict) and any(name in annotations for name in _ANNOTATIONS):
        kept_metadata["annotations"] = _without(annotations, _ANNOTATIONS)
        if not kept_metadata["annotations"]:
            del kept_metadata["annotations"]
    if kept == body and kept_metadata == metadata:
        return manifest, ""
    names = list(_told(body))
    told = f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} the server's and left out"
    note = f"{manifest.place}: {manifest.key}: {told}" if names else ""
    return replace(manifest, body={**kept, "metadata": kept_metadata}), note


def _is_built_in(body: Body) -> bool:
    return built_in(str(body.get("apiVersion")), str(body.get("kind"))) is not None


def _without(values: Body, names: Iterable[str]) -> Body:
    left_out = frozenset(names)
    return {name: value for name, value in values.items() if name not in left_out}


def _told(body: Body) -> Iterator[str]:
    """Yield what the user is told of: that which says something. Generators write `status: {}`, and null dates."""
    metadata = body["metadata"]
    annotations = metadata.get("annotations")
    if _is_built_in(body) and not _is_empty(body.get("status")):
        yield "status"
    for name in _METADATA:
        if not _is_empty(metadata.get(name)):
            yield f"metadata.{name}"
    for name in _ANNOTATIONS:
        if isinstance(annotations, dict) and not _is_empty(annotations.get(name)):
            yield f"the annotation {name}"


def _is_empty(value: Any) -> bool:
    """Tell whether there is nothing in a value, as in `{conditions: [], acceptedNames: {kind: ""}}`."""
    if isinstance(value, dict):
        return all(map(_is_empty, value.values()))
    return value is None or value in ("", [])
