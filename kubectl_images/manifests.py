"""From what the input holds to the objects to deploy, each with an identity of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from .custom_kinds import CustomKind, defined_by
from .errors import InputError
from .found_objects import Found, shape_of
from .objects import Body, Manifest, ObjectKey, built_in, group_of
from .refused_annotations import check_annotations


@dataclass(frozen=True)
class Namespaces:
    """The namespace of objects that name none, and whether the user insists on it with `-n`."""

    default: str
    explicit: bool = False


def as_manifests(
    found: Sequence[Found], namespaces: Namespaces, selects: Callable[[Body], bool] = lambda _body: True
) -> tuple[Manifest, ...]:
    """Return the objects that are selected, in their order.

    A kind that is neither built in nor defined by one of the objects, selected or not, counts as namespaced, with or
    without a cluster, so that both decide alike. Raises InputError for what is no object, and for the same object
    twice.
    """
    custom = defined_by(item.body for item in found)
    manifests = tuple(
        Manifest(_key(item, namespaces, custom), item.body, item.place, item.stage, item.item)
        for item in found
        if selects(item.body)
    )
    _refuse_duplicates(manifests)
    return manifests


def _key(found: Found, namespaces: Namespaces, custom: Mapping[tuple[str, str], CustomKind]) -> ObjectKey:
    check_annotations(found)
    body = found.body
    api_version, kind = _text(found, body, "apiVersion"), _text(found, body, "kind")
    metadata = body.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise found.error(f"metadata of {kind} is {shape_of(metadata)}, not a map")
    if metadata.get("generateName") and not metadata.get("name"):
        raise found.error(f"{kind} with generateName: an applied object needs a name of its own")
    name = _text(found, metadata, "name", f"{kind} without metadata.name")
    scope = built_in(api_version, kind) or custom.get((group_of(api_version), kind))
    cluster_scoped = scope is not None and not scope.namespaced
    namespace = "" if cluster_scoped else _namespace(found, f"{kind}/{name}", namespaces)
    return ObjectKey(api_version, kind, namespace, name)


def _text(found: Found, values: Body, field: str, missing: str | None = None) -> str:
    value = values.get(field)
    if value is None or value == "":
        raise found.error(missing or f"an object without {field}")
    if isinstance(value, str):
        return value
    hint = None if isinstance(value, dict | list) else f"put quotes around the value of {field}"
    raise found.error(f"{field} is {shape_of(value)}, not a text", hint)


def _namespace(found: Found, what: str, namespaces: Namespaces) -> str:
    metadata = found.body["metadata"]
    if metadata.get("namespace") in (None, ""):
        return namespaces.default
    written = _text(found, metadata, "namespace")
    if namespaces.explicit and written != namespaces.default:
        origin = ", its own or that of overrideNamespace," if found.item else ""
        raise found.error(
            f"{what}: its namespace {written}{origin} is not the namespace {namespaces.default} of --namespace",
            f"--namespace {written}, or leave the flag out: each object then goes to its own namespace",
        )
    return written


def _refuse_duplicates(manifests: Iterable[Manifest]) -> None:
    seen: dict[tuple[str, str, str, str], Manifest] = {}
    for manifest in manifests:
        key = manifest.key
        first = seen.setdefault((key.group, key.kind, key.namespace, key.name), manifest)
        if first is not manifest:
            where = f" in namespace {key.namespace}" if key.namespace else ""
            raise InputError(f"{manifest.place}: {key}{where} is written twice; first at {first.place}")
