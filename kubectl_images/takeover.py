"""Fields that other tools wrote and that become ours, so that what a manifest no longer has really goes.

Whoever deployed an object before us owns its fields in metadata.managedFields. As long as that is so, a field that
the manifest no longer has stays, and one that it changes is a conflict. `kubectl apply --server-side` solves this for
`kubectl apply` in the same way: https://pkg.go.dev/k8s.io/client-go/util/csaupgrade
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .cluster import FIELD_MANAGER
from .field_sets import Fields, Path, as_tree, parse, released, without
from .objects import Body
from .same import are_same

# A manager and its operation, as managedFields names them.
Manager = tuple[str, str]

# Whom the server makes the owner of an object without any, just before the first apply.
NOBODY: Manager = ("before-first-apply", "Update")
CLIENT_SIDE: Manager = ("kubectl-client-side-apply", "Update")
# What our own `poke` wrote.
_POKE: Manager = (FIELD_MANAGER, "Update")
# Taken over once, with an object that was never ours. Later, who edits it by hand had a reason: that is a conflict
# which is told, and not undone in silence. What labels, scales or restarts declares no object, and stays.
_AT_FIRST: frozenset[Manager] = frozenset(
    [
        CLIENT_SIDE,
        ("kluctl", "Apply"),
        ("kluctl", "Update"),
        # Of all commands of kubectl before 1.18.
        ("kubectl", "Update"),
        *((f"kubectl-{command}", "Update") for command in ("create", "run", "expose", "autoscale")),
        *((f"kubectl-{command}", "Update") for command in ("edit", "set", "patch", "replace")),
    ]
)
_OURS: Manager = (FIELD_MANAGER, "Apply")
_NOTHING: Fields = frozenset()
_NAME: Fields = frozenset([("f:metadata", "f:name")])
# Where an object differs beside its own fields; the rest of the metadata is the server's.
_METADATA = ("labels", "annotations", "finalizers", "ownerReferences")
# Whose it is has declared the object by `kubectl apply`.
_LAST_APPLIED: Path = ("f:metadata", "f:annotations", "f:kubectl.kubernetes.io/last-applied-configuration")


@dataclass(frozen=True)
class Takeover:
    """The managers of a live object whose fields become ours; `api_version` is the manifest's."""

    live: Body
    managers: frozenset[Manager]
    api_version: str

    @property
    def names(self) -> tuple[str, ...]:
        """The managers as the user knows them, without ourselves."""
        return tuple(sorted({name for name, _ in self.managers} - {FIELD_MANAGER}))

    def operations(self) -> list[Body]:
        """Return the JSON patch of the live object that makes their fields ours; a race answers it with 409."""
        return [
            {"op": "replace", "path": "/metadata/managedFields", "value": self._merged()},
            _same_version(self.live),
        ]

    def leftovers_removed(self, live: Body, tried: Body) -> list[Body] | None:
        """Return the JSON patch of the live object that makes it what a real apply would; None: it is that already.

        `tried` is what a dry run made of it, in which the fields of these managers are still theirs.
        """
        result = without(tried, released(self._theirs(tried), self._kept(tried)))
        return None if result == tried else _changes(live, result)

    @property
    def is_late(self) -> bool:
        """Whether it comes after an apply in the manifest's version, which brings our own fields into that one.

        Until then fields in two versions cannot be put together, and one half would be owned by nobody.
        """
        own = self._own()
        return own is not None and own.get("apiVersion") != self._version()

    def _merged(self) -> Sequence[Body]:
        entries = _entries(self.live)
        target = self._target()
        fields = self._theirs(self.live).union(*(parse(_tree(entry)) for entry in entries if _is_ours(entry)))
        merged = {**target, "manager": FIELD_MANAGER, "operation": "Apply", "fieldsV1": as_tree(fields)}
        return [merged if entry is target else entry for entry in entries if entry is target or not self._goes(entry)]

    def _target(self) -> Body:
        """Return the entry that becomes ours: our own, else the newest of theirs in the version that counts."""
        version = self._version()
        taken = [entry for entry in self._taken(self.live) if entry.get("apiVersion") == version]
        return self._own() or max(taken, key=_time)

    def _own(self) -> Body | None:
        return next((entry for entry in _entries(self.live) if _is_ours(entry)), None)

    def _version(self) -> str:
        """Return the version whose fields count: the manifest's when somebody wrote in it, else ours, else the newest.

        Another version names other fields: they cannot be put together.
        """
        own, taken = self._own(), self._taken(self.live)
        if any(entry.get("apiVersion") == self.api_version for entry in taken):
            return self.api_version
        return str((own or max(taken, key=_time)).get("apiVersion"))

    def _theirs(self, body: Body) -> Fields:
        """Return what they own in the version that counts."""
        version = self._version()
        trees = [_tree(entry) for entry in self._taken(body) if entry.get("apiVersion") == version]
        return frozenset(map(_stored, _NOTHING.union(*map(parse, trees))))

    def _taken(self, body: Body) -> Sequence[Body]:
        return [entry for entry in _entries(body) if self._is_taken(entry)]

    def _kept(self, body: Body) -> Fields:
        """Return what we and others own, and the name, which is never among it."""
        kept = [entry for entry in _entries(body) if not self._is_taken(entry)]
        return _NAME.union(*(parse(_tree(entry)) for entry in kept))

    def _is_taken(self, entry: Body) -> bool:
        return not entry.get("subresource") and _manager(entry) in self.managers

    def _goes(self, entry: Body) -> bool:
        return self._is_taken(entry) or _is_ours(entry)


def takeover(live: Body, manifest: Body, *, force: bool = False) -> Takeover | None:
    """Return what is taken over before a manifest is applied; None when there is nothing.

    With `force` it is what a later `kubectl apply` wrote over an object of ours, too.
    """
    entries = [entry for entry in _entries(live) if not entry.get("subresource")]
    is_ours = any(map(_is_ours, entries))
    candidates = {_POKE, *(() if is_ours else _AT_FIRST), *([CLIENT_SIDE] if force else ())}
    taken = [entry for entry in entries if _manager(entry) in candidates or _is_of_kubectl_apply(entry)]
    managers = frozenset(map(_manager, taken))
    return Takeover(live, managers, str(manifest.get("apiVersion"))) if managers else None


def _is_of_kubectl_apply(entry: Body) -> bool:
    """Tell whether nobody's fields were written by `kubectl apply`, before servers kept account of it.

    Others of them may be a controller's, or the server's: replicas, a volume's name, a cluster IP.
    """
    return _manager(entry) == NOBODY and _LAST_APPLIED in parse(_tree(entry))


def owned(body: Body) -> Fields:
    """Return the fields that we applied, and that go when a manifest has them no more."""
    return _NOTHING.union(*(parse(_tree(entry)) for entry in _entries(body) if _is_ours(entry)))


def owns_status(body: Body) -> bool:
    """Tell whether we applied the status: that of a custom kind may be a field like any other."""
    return any(_is_ours(entry) and "f:status" in _tree(entry) for entry in _entries(body))


def _stored(path: Path) -> Path:
    """Return where a field is stored: the plain texts of a Secret, which kluctl applied, are in its data."""
    return ("f:data", *path[1:]) if path[0] == "f:stringData" else path


def _entries(body: Body) -> Sequence[Body]:
    found: Sequence[Body] = (body.get("metadata") or {}).get("managedFields") or ()
    return found


def _tree(entry: Body) -> Mapping[str, Any]:
    tree: Mapping[str, Any] = entry.get("fieldsV1") or {}
    return tree


def _time(entry: Body) -> str:
    return str(entry.get("time") or "")


def _manager(entry: Body) -> Manager:
    return str(entry.get("manager")), str(entry.get("operation"))


def _is_ours(entry: Body) -> bool:
    return _manager(entry) == _OURS and not entry.get("subresource")


def _same_version(live: Body) -> Body:
    # By `replace`, since a `test` that fails is answered with 422 like a wrong value.
    return {"op": "replace", "path": "/metadata/resourceVersion", "value": live["metadata"]["resourceVersion"]}


def _changes(live: Body, wanted: Body) -> list[Body]:
    """Return the JSON patch that gives the live object the fields of another state."""
    fields = (set(live) | set(wanted)) - {"apiVersion", "kind", "metadata", "status"}
    changes = [change for name in sorted(fields) for change in _change(live, wanted, name, "")]
    old, new = live["metadata"], wanted["metadata"]
    changes += [change for name in _METADATA for change in _change(old, new, name, "/metadata")]
    return [*changes, _same_version(live)]


def _change(old: Body, new: Body, name: str, parent: str) -> list[Body]:
    path = f"{parent}/{name.replace('~', '~0').replace('/', '~1')}"
    if name not in new:
        return [{"op": "remove", "path": path}] if name in old else []
    return [] if name in old and are_same(old[name], new[name]) else [{"op": "add", "path": path, "value": new[name]}]
