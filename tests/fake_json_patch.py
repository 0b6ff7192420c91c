"""JSON patches (RFC 6902) as a fake API server takes them: add, remove, replace and test, with the real one's leniency."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

Body = dict[str, Any]


class PatchError(Exception):
    """An operation that cannot be done, or a test that fails."""


def patched(body: Body, operations: Sequence[Body]) -> Body:
    """Return the object after all operations; raise PatchError."""
    result = copy.deepcopy(body)
    for operation in operations:
        *steps, last = [part.replace("~1", "/").replace("~0", "~") for part in operation["path"].split("/")[1:]]
        parent: Any = result
        for step in steps:
            parent = _child(parent, step)
        _change(parent, last, operation)
    return result


def _child(parent: Any, step: str) -> Any:
    try:
        return parent[int(step)] if isinstance(parent, list) else parent[step]
    except (LookupError, TypeError, ValueError) as exc:
        raise PatchError(step) from exc


def _change(parent: Any, last: str, operation: Body) -> None:
    match operation["op"]:
        case "test":
            if _child(parent, last) != operation["value"]:
                raise PatchError(last)
        case "remove":
            _child(parent, last)
            del parent[int(last) if isinstance(parent, list) else last]
        case "add" if isinstance(parent, list):
            parent.insert(len(parent) if last == "-" else int(last), copy.deepcopy(operation["value"]))
        # The real server takes a `replace` of a key that is not there for an `add`.
        case "add" | "replace" if isinstance(parent, dict):
            parent[last] = copy.deepcopy(operation["value"])
        case "replace":
            _child(parent, last)
            parent[int(last)] = copy.deepcopy(operation["value"])
        case _:
            raise PatchError(operation["op"])
