"""Server-side apply on plain dicts, as far as a fake API server needs it: merge, owners, conflicts, removal.

A path is a tuple of the keys that fieldsV1 uses: `f:NAME` for a field, `k:{"name":"app"}` for an element of a list.
Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

Body = dict[str, Any]
Path = tuple[str, ...]

# By what elements of a list are found, for lists that are not replaced as a whole.
_KEYS = {
    "containers": ("name",),
    "initContainers": ("name",),
    "ephemeralContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "imagePullSecrets": ("name",),
    "volumeMounts": ("mountPath",),
    "ownerReferences": ("uid",),
}
_DEFAULT_KEYS = {"protocol": "TCP"}
_ATOMIC = {
    "selector",
    "labelSelector",
    "nodeSelector",
    "configMapKeyRef",
    "secretKeyRef",
    "fieldRef",
    "resourceFieldRef",
}
_NOBODYS = {
    ("f:apiVersion",),
    ("f:kind",),
    *(("f:metadata", f"f:{name}") for name in ("name", "namespace", "managedFields", "uid", "resourceVersion")),
    *(("f:metadata", f"f:{name}") for name in ("generation", "creationTimestamp", "deletionTimestamp", "selfLink")),
}
_MISSING = object()


@dataclass(frozen=True)
class Manager:
    """Who owns which fields; `operation` is Apply or Update."""

    name: str
    operation: str
    api_version: str
    time: str
    fields: frozenset[Path]

    def entry(self) -> Body:
        """Return the entry for metadata.managedFields."""
        return {
            "manager": self.name,
            "operation": self.operation,
            "apiVersion": self.api_version,
            "time": self.time,
            "fieldsType": "FieldsV1",
            "fieldsV1": _tree(self.fields),
        }


def manager_of(entry: Body) -> Manager:
    """Return the manager of an entry of metadata.managedFields."""
    paths = frozenset(_paths(entry.get("fieldsV1") or {}, ()))
    return Manager(entry["manager"], entry["operation"], entry["apiVersion"], entry.get("time", ""), paths)


def _paths(tree: Body, path: Path) -> Iterator[Path]:
    for part, child in tree.items():
        if part == ".":
            yield path
        elif child:
            yield from _paths(child, (*path, part))
        else:
            yield (*path, part)


@dataclass(frozen=True)
class Conflict:
    """A field that another manager owns with another value."""

    manager: Manager
    path: Path


class ConflictsError(Exception):
    """Other managers own fields that would change."""

    def __init__(self, conflicts: Sequence[Conflict]) -> None:
        super().__init__(f"{len(conflicts)} conflicts")
        self.conflicts = conflicts


def apply(
    live: Body, applied: Body, managers: Sequence[Manager], me: Manager, *, force: bool
) -> tuple[Body, tuple[Manager, ...]]:
    """Return the object and its managers after `me` applied; raises ConflictsError unless `force`."""
    mine = frozenset(fields(applied))
    old = next((manager for manager in managers if _same(manager, me)), replace(me, fields=frozenset()))
    others = [manager for manager in managers if not _same(manager, me)]
    merged = _merge(live, applied, "")
    changed = {path for path in mine if not same(_look(live, path), _look(merged, path))}
    conflicts = [Conflict(other, path) for other in others for path in sorted(other.fields & changed)]
    if conflicts and not force:
        raise ConflictsError(conflicts)
    others = [replace(other, fields=other.fields - changed) for other in others]
    still_owned = mine.union(*(other.fields for other in others))
    for path in sorted(old.fields - mine, key=len):  # whole elements before what is in them
        if not any(owned[: len(path)] == path for owned in still_owned):
            _remove(merged, path)
    time = old.time if old.fields == mine and old.time else me.time
    return merged, _owning((replace(me, fields=mine, time=time), *others))


def update(live: Body | None, body: Body, managers: Sequence[Manager], me: Manager) -> tuple[Body, tuple[Manager, ...]]:
    """Return the object and its managers after `me` replaced it: who changes a field owns it."""
    now = frozenset(fields(body))
    changed = frozenset(path for path in now if live is None or not same(_look(live, path), _look(body, path)))
    old = next((manager for manager in managers if _same(manager, me)), me)
    others = [replace(other, fields=(other.fields & now) - changed) for other in managers if not _same(other, me)]
    return copy.deepcopy(body), _owning((replace(me, fields=(old.fields & now) | changed), *others))


def fields(body: Body) -> Iterator[Path]:
    """Yield the paths that one who sends this body owns."""
    return (path for path in _fields(body, ()) if not any(path[: len(no)] == no for no in _NOBODYS))


def dotted(path: Path) -> str:
    """Return a path as messages write it: `.spec.containers[name="app"].image`."""
    return "".join(f".{part[2:]}" if part.startswith("f:") else _bracket(json.loads(part[2:])) for part in path)


def _bracket(key: Body) -> str:
    return f"[{','.join(f'{name}={json.dumps(value)}' for name, value in key.items())}]"


def _same(manager: Manager, me: Manager) -> bool:
    # Who applies is the same one in every version.
    is_version_equal = me.operation == "Apply" or manager.api_version == me.api_version
    return (manager.name, manager.operation) == (me.name, me.operation) and is_version_equal


def _owning(managers: Sequence[Manager]) -> tuple[Manager, ...]:
    return tuple(manager for manager in managers if manager.fields)


def _fields(value: Any, path: Path) -> Iterator[Path]:
    name = path[-1][2:] if path else ""
    if isinstance(value, dict) and value and name not in _ATOMIC:
        for key, item in value.items():
            yield from _fields(item, (*path, f"f:{key}"))
    elif isinstance(value, list) and value and key_names(name, value):
        for item in value:
            element = (*path, _element(item, key_names(name, value)))
            yield element
            yield from _fields(item, element)
    else:
        yield path


def key_names(name: str, items: Sequence[Any]) -> tuple[str, ...]:
    """Return by which fields elements of the list called `name` are found; empty for a list that is one value."""
    if not all(isinstance(item, dict) for item in items):
        return ()
    if name == "ports":
        return ("containerPort", "protocol") if any("containerPort" in item for item in items) else ("port", "protocol")
    return _KEYS.get(name, ())


def _element(item: Body, names: tuple[str, ...]) -> str:
    key = {name: item.get(name, _DEFAULT_KEYS.get(name)) for name in names}
    return f"k:{json.dumps(key, sort_keys=True, separators=(',', ':'))}"


def _merge(live: Any, applied: Any, name: str) -> Any:
    if isinstance(live, dict) and isinstance(applied, dict) and name not in _ATOMIC:
        kept = {key: copy.deepcopy(value) for key, value in live.items() if key not in applied}
        return {**kept, **{key: _merge(live.get(key), value, key) for key, value in applied.items()}}
    if isinstance(applied, list) and key_names(name, applied):
        names = key_names(name, applied)
        before = {_element(item, names): item for item in live or []}
        wanted = {_element(item, names): item for item in applied}
        kept_items = [copy.deepcopy(item) for key, item in before.items() if key not in wanted]
        return [_merge(before.get(key), item, "") for key, item in wanted.items()] + kept_items
    return copy.deepcopy(applied)


def same(one: object, other: object) -> bool:
    """Tell whether two values are the same in JSON, where true is not 1."""
    return one == other and json.dumps(one, sort_keys=True, default=str) == json.dumps(
        other, sort_keys=True, default=str
    )


def _look(body: Any, path: Path) -> Any:
    """Return the value at a path; for an element of a list only whether it is there."""
    value = body
    for part in path:
        value = _child(value, part)
        if value is _MISSING:
            return _MISSING
    return True if path[-1].startswith("k:") else value


def _child(value: Any, part: str) -> Any:
    if part.startswith("f:"):
        return value.get(part[2:], _MISSING) if isinstance(value, dict) else _MISSING
    return next((item for item in value if _element(item, tuple(json.loads(part[2:]))) == part), _MISSING)


def _remove(body: Body, path: Path) -> None:
    """Remove a field or element, and the maps and lists that it leaves empty."""
    parent = _value(body, path[:-1])
    if parent is _MISSING:
        return
    if path[-1].startswith("f:"):
        parent.pop(path[-1][2:], None)
    else:
        parent[:] = [item for item in parent if _element(item, tuple(json.loads(path[-1][2:]))) != path[-1]]
    if not parent and len(path) > 1:
        _remove(body, path[:-1])


def _value(body: Any, path: Path) -> Any:
    value = body
    for part in path:
        value = _child(value, part)
        if value is _MISSING:
            break
    return value


def _tree(paths: frozenset[Path]) -> Body:
    tree: Body = {}
    for path in sorted(paths):
        node = tree
        for part in path:
            node = node.setdefault(part, {})
    for path in paths:
        node = _value_of_tree(tree, path)
        if node:
            node["."] = {}
    return tree


def _value_of_tree(tree: Body, path: Path) -> Body:
    for part in path:
        tree = tree[part]
    return tree
