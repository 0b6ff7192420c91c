"""deleteObjects: what a project says to delete, as its files name it and as the cluster has it.

- deleteObjects:
    - group: apps               optional; "" is the core group
      version: v1               optional, and all the same: the object is one in all versions of its kind
      kind: Deployment
      name: old
      namespace: shop           optional: else that of overrideNamespace, of -n, or of the context
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from .custom_kinds import CustomKind, defined_by
from .discovery import ServedKind
from .errors import InputError
from .fields import Field
from .manifests import Namespaces
from .objects import BUILT_IN, Body, Manifest, ObjectKey, Place, Resource, group_of, kind_name
from .project_items import Deletion
from .unknown_kinds import likely

_KEYS = ("group", "version", "kind", "name", "namespace")


@dataclass(frozen=True)
class DeletedObject:
    """An object to delete, as it is named; a `group` of None is any.

    The `namespace` counts where its kind has some; "" is that of a kind of which is known that it has none.
    """

    group: str | None
    kind: str
    namespace: str
    name: str
    place: Place
    stage: int = 0

    def __str__(self) -> str:
        """Return the name as kubectl prints it, as far as the group is known."""
        return f"{kind_name(self.kind, self.group or '')}/{self.name}"

    @property
    def in_full(self) -> str:
        """The name with the namespace."""
        return f"{self} in namespace {self.namespace}" if self.namespace else str(self)

    def is_same(self, key: ObjectKey) -> bool:
        """Tell whether a key names this object."""
        return (
            (self.kind, self.name) == (key.kind, key.name)
            and _stored_in(self.group, self.kind) in {None, _stored_in(key.group, key.kind)}
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

    It must be none of the objects to deploy, whose definitions tell of kinds too, and none of their namespaces.
    """
    kinds: dict[tuple[str, str], Resource | CustomKind] = {**BUILT_IN, **defined_by(item.body for item in manifests)}
    found: dict[tuple[object, ...], DeletedObject] = {}
    for deletion in deletions:
        item = _parsed(deletion, namespaces, kinds)
        _check_deployed(item, manifests)
        found.setdefault((_stored_in(item.group, item.kind), item.kind, item.namespace, item.name), item)
    return tuple(found.values())


def _stored_in(group: str | None, kind: str) -> str | None:
    """Return the group that an object is stored in: Events of both groups are the same ones."""
    return "" if (group, kind) == ("events.k8s.io", "Event") else group


def _check_deployed(item: DeletedObject, manifests: Iterable[Manifest]) -> None:
    """Raise InputError when an object to delete is one of those to deploy, or the namespace of one."""
    for manifest in manifests:
        key = manifest.key
        if item.is_same(key):
            raise InputError(
                f"{item.place}: {key} is deleted and deployed by the same project: it is written in {manifest.place}",
                hint="leave it out of deleteObjects; to have it deleted and created anew when that is the only way:"
                " kubectl images deploy --replace-immutable",
            )
        if item.is_same(ObjectKey("v1", "Namespace", "", key.namespace)):
            raise _within(item.place, f"{item}", manifest)


def check_definitions(
    deleted: Iterable[Manifest], live: Mapping[ObjectKey, Body | None], manifests: Sequence[Manifest]
) -> None:
    """Raise InputError when one of the objects to delete is the definition of a kind that is deployed.

    What it defines only its state tells.
    """
    for definition in deleted:
        kinds = defined_by([body] if (body := live.get(definition.key)) else [])
        for manifest in manifests:
            if (manifest.key.group, manifest.key.kind) in kinds:
                raise _within(definition.place, f"{definition.key}", manifest)


def _within(place: Place, deleted: str, manifest: Manifest) -> InputError:
    return InputError(
        f"{place}: {deleted} is deleted, and with it {manifest.key.in_full}, which the same project deploys: it is"
        f" written in {manifest.place}",
        hint=f"leave {deleted} out of deleteObjects, or the other one out of the project",
    )


def _parsed(
    deletion: Deletion, namespaces: Namespaces, kinds: Mapping[tuple[str, str], Resource | CustomKind]
) -> DeletedObject:
    entry = deletion.field
    keys = entry.map(_KEYS)
    for name in ("kind", "name"):
        if name not in keys:
            raise entry.error(f"{name} is missing: an object is deleted by its kind and name")
    kind = keys["kind"].text()
    if "version" in keys:
        keys["version"].text()
    group = _group(keys, kind, kinds)
    scope = kinds.get((group, kind)) if group is not None else None
    return DeletedObject(
        group,
        kind,
        _namespace(keys, deletion.namespace, namespaces) if scope is None or scope.namespaced else "",
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


def _namespace(keys: Mapping[str, Field], override: str | None, namespaces: Namespaces) -> str:
    written = keys["namespace"].text() if "namespace" in keys else override
    if written is None:
        return namespaces.default
    if namespaces.explicit and written != namespaces.default:
        origin = "" if "namespace" in keys else ", that of overrideNamespace,"
        raise keys.get("namespace", keys["name"]).error(
            f"{keys['kind'].value}/{keys['name'].value}: its namespace {written}{origin} is not the namespace "
            f"{namespaces.default} of --namespace",
            f"--namespace {written}, or leave the flag out: each object then goes from its own namespace",
        )
    return written


def served(deleted: Iterable[DeletedObject], cluster: Cluster, warn: Callable[[str], None]) -> tuple[Manifest, ...]:
    """Return the objects under the kinds that the cluster has, each once; warn of those whose kind it does not know.

    Raises InputError where several groups have the kind, and ClusterError.
    """
    manifests: dict[tuple[object, ...], Manifest] = {}
    for item in deleted:
        kinds = cluster.kinds_named(item.kind, item.group)
        if len(kinds) > 1:
            groups = ", ".join(kind_name(kind.kind, group_of(kind.api_version)) for kind in kinds)
            raise InputError(
                f"{item.place}: {item}: several groups have this kind: {groups}", hint="write its group beside it"
            )
        if not kinds:
            of_group = f" in group {item.group}" if item.group else ""
            none = f"the cluster knows no kind {item.kind}{of_group}, so there is none to delete"
            warn(f"{item.place}: {item}: {none}{_meant(item)}")
        for kind in kinds:
            manifest = _manifest(item, kind)
            key = manifest.key
            manifests.setdefault((_stored_in(key.group, key.kind), key.kind, key.namespace, key.name), manifest)
    return tuple(manifests.values())


def doubts(deleted: Iterable[DeletedObject]) -> list[str]:
    """Return warnings about kinds that are probably misspelt, as far as that can be told without a cluster."""
    return [
        f"{item.place}: {item}: there may be no kind {item.kind}{meant}" for item in deleted if (meant := _meant(item))
    ]


def _meant(item: DeletedObject) -> str:
    """Ask for the built-in kind that was probably meant, if it is another one."""
    meant = likely(item.group or "", item.kind)
    if meant is None or meant.name == item.kind:
        return ""
    of_group = f" of group {meant.group}" if item.group not in {None, meant.group} else ""
    return f"; did you mean {meant.name}{of_group}?"


def _manifest(item: DeletedObject, kind: ServedKind) -> Manifest:
    namespace = item.namespace if kind.resource.namespaced else ""
    key = ObjectKey(kind.api_version, item.kind, namespace, item.name)
    return Manifest(key, {}, item.place, item.stage, deleted=True)
