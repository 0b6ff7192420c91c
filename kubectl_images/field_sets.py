"""Sets of fields as metadata.managedFields writes them (fieldsV1): parsed, put together, taken away from an object.

A path is a tuple of the keys of such a tree: `f:NAME` is a field, `k:{"name":"app"}` the element of a list that has
these values, `v:VALUE` the element of a list that is this value, and `i:NUMBER` the one at this index.
Source: https://github.com/kubernetes-sigs/structured-merge-diff, fieldpath/serialize-pe.go
"""

from __future__ import annotations

import copy
import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from .objects import Body

Path = tuple[str, ...]
Fields = frozenset[Path]

# In a tree it stands for the field itself, beside what is in it.
_ITSELF = "."
_MISSING = object()


def parse(tree: Mapping[str, Any]) -> Fields:
    """Return the fields of a tree; a list's element, or a map, counts apart from what is in it."""
    return frozenset(_members(tree, ()))


def _members(tree: Mapping[str, Any], path: Path) -> Iterator[Path]:
    for key, child in tree.items():
        if key == _ITSELF:
            yield path
        elif child:
            yield from _members(child, (*path, key))
        else:
            yield (*path, key)


def as_tree(fields: Fields) -> Body:
    """Return the tree of fields; `parse` gives them back."""
    tree: Body = {}
    for path in sorted(fields):
        node = tree
        for key in path:
            node = node.setdefault(key, {})
    for path in fields:
        node = tree
        for key in path:
            node = node[key]
        if node:
            node[_ITSELF] = {}
    return tree


def released(old: Fields, kept: Fields) -> Fields:
    """Return what goes when the owner of `old` lets go of all of it, and `kept` is what is owned from then on.

    A map, list or element goes when nothing in it is kept. The maps around a field count as owned with it.
    """
    held = _with_parents(kept)
    return frozenset(path for path in _with_parents(old) if path not in held)


def _with_parents(fields: Fields) -> Fields:
    return frozenset(path[:length] for path in fields for length in range(1, len(path) + 1))


def without(body: Body, fields: Collection[Path]) -> Body:
    """Return the object without these fields; those it does not have are fine."""
    result = copy.deepcopy(body)
    # An element by its index is the last to go, and the later ones first: the indexes of others stay right.
    for path in sorted(fields, key=lambda path: (_index(path) is not None, -(_index(path) or 0), path)):
        parent: Any = result
        for key in path[:-1]:
            parent = _child(parent, key)
        _remove(parent, path[-1])
    return result


def _index(path: Path) -> int | None:
    return int(path[-1][2:]) if path[-1].startswith("i:") else None


def _child(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return value.get(key[2:], _MISSING) if key.startswith("f:") else _MISSING
    if not isinstance(value, list):
        return _MISSING
    return next((item for index, item in enumerate(value) if _is_element(item, index, key)), _MISSING)


def _is_element(item: Any, index: int, key: str) -> bool:
    if key.startswith("f:"):
        return False
    wanted: Any = json.loads(key[2:])
    match key[:2]:
        case "k:":
            return isinstance(item, dict) and all(item.get(name) == value for name, value in wanted.items())
        case "v:":
            return bool(item == wanted) and type(item) is type(wanted)
        case "i:":
            return bool(index == wanted)
        case _:
            return False


def _remove(parent: Any, key: str) -> None:
    if isinstance(parent, dict):
        parent.pop(key[2:], None)
    elif isinstance(parent, list):
        parent[:] = [item for index, item in enumerate(parent) if not _is_element(item, index, key)]
