"""deleteObjects: what a project says to delete, as its files name it and as the cluster has it.

- deleteObjects:
    - group: apps               optional; "" is the core group
      version: v1               optional, and all the same: the object is one in all versions of its kind
      kind: Deployment
      name: old
      namespace: shop           optional, as in a manifest
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from .custom_kinds import defined_by
from .discovery import ServedKind
from .errors import InputError
from .fields import Field
from .manifests import Namespaces
from .objects import BUILT_IN, Manifest, ObjectKey, Place, group_of, kind_name
from .project import Deletion

_KEYS = ("group", "version", "kind", "name", "namespace")


@dataclass(frozen=True)
class DeletedObject:
    """An object to delete, as it is named; a `group` of None is any, and `namespace` counts where its kind has some."""

    group: str | None
    kind: str
    namespace: str
    name: str
    place: Place
    stage: int = 0

    def __str__(self) -> str:
        """Return the name as kubectl prints it, as far as the group is known."""
        return f"{kind_name(self.kind, self.group or '')}/{self.name}"

    def is_same(self, key: ObjectKey) -> bool:
        """Tell whether a key names this object."""
        return (
            (self.kind, self.name) == (key.kind, key.name)
            and self.group in {None, key.group}
            and key.namespace in {"", self.namespace}
        )


class Cluster(Protocol):
    """The cluster, as far as it is asked for kinds."""

    def kinds_named(self, kind: str, group: str | None) -> Sequence[ServedKind]:
        """Return the kinds with this name in a group (None: in any), each in the version that its group prefers."""
        ...


def parse_deletions(
    deletions: Iterable[Deletion], manifests: Sequence[Manifest], namespaces: Namespaces
) -> tuple[DeletedObject, ...]:
    """Return what is to be deleted, each object once; raise InputError naming file and line.

    It must be none of the objects to deploy, whose definitions tell of kinds too.
    """
    kinds = [*BUILT_IN, *defined_by(manifest.body for manifest in manifests)]
    found: dict[tuple[object, ...], DeletedObject] = {}
    for deletion in deletions:
        item = _parsed(deletion, namespaces, kinds)
        if both := next((manifest for manifest in manifests if item.is_same(manifest.key)), None):
            raise InputError(
                f"{item.place}: {both.key} is deleted and deployed by the same project: it is written in {both.place}",
                hint="leave it out of deleteObjects; to have it deleted and created anew when that is the only way:"
                " kubectl images deploy --replace-immutable",
            )
        found.setdefault((item.group, item.kind, item.namespace, item.name), item)
    return tuple(found.values())


def _parsed(deletion: Deletion, namespaces: Namespaces, kinds: Iterable[tuple[str, str]]) -> DeletedObject:
    entry = deletion.field
    keys = entry.map(_KEYS)
    for name in ("kind", "name"):
        if name not in keys:
            raise entry.error(f"{name} is missing: an object is deleted by its kind and name")
    kind = keys["kind"].text()
    if "version" in keys:
        keys["version"].text()
    return DeletedObject(
        _group(keys, kind, kinds),
        kind,
        _namespace(keys, namespaces),
        keys["name"].text(),
        entry.place,
        deletion.stage,
    )


def _group(keys: Mapping[str, Field], kind: str, kinds: Iterable[tuple[str, str]]) -> str | None:
    """Return the group that is written, or the one of all that are known which has the kind; else None."""
    if "group" not in keys:
        return next((group for group, known in kinds if known == kind), None)
    if keys["group"].value == "":
        return ""
    group = keys["group"].text()
    if "/" in group:
        name, _, version = group.partition("/")
        raise keys["group"].error(f"group is {group}, which has a version", f"group: {name}, and version: {version}")
    return group


def _namespace(keys: Mapping[str, Field], namespaces: Namespaces) -> str:
    if "namespace" not in keys:
        return namespaces.default
    written = keys["namespace"].text()
    if namespaces.explicit and written != namespaces.default:
        raise keys["namespace"].error(
            f"{keys['kind'].value}/{keys['name'].value}: its namespace {written} is not the namespace "
            f"{namespaces.default} of --namespace",
            f"--namespace {written}, or leave the flag out: each object then goes from its own namespace",
        )
    return written


def served(deleted: Iterable[DeletedObject], cluster: Cluster, warn: Callable[[str], None]) -> tuple[Manifest, ...]:
    """Return the objects under the kinds that the cluster has; warn of those whose kind it does not know.

    Raises InputError where several groups have the kind, and ClusterError.
    """
    manifests = []
    for item in deleted:
        kinds = cluster.kinds_named(item.kind, item.group)
        if len(kinds) > 1:
            groups = ", ".join(kind_name(kind.kind, group_of(kind.api_version)) for kind in kinds)
            raise InputError(
                f"{item.place}: {item}: several groups have this kind: {groups}", hint="write its group beside it"
            )
        if not kinds:
            of_group = f" in group {item.group}" if item.group else ""
            warn(f"{item.place}: {item}: the cluster knows no kind {item.kind}{of_group}, so there is none to delete")
        manifests += [_manifest(item, kind) for kind in kinds]
    return tuple(manifests)


def _manifest(item: DeletedObject, kind: ServedKind) -> Manifest:
    namespace = item.namespace if kind.resource.namespaced else ""
    key = ObjectKey(kind.api_version, item.kind, namespace, item.name)
    return Manifest(key, {}, item.place, item.stage, deleted=True)
