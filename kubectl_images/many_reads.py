"""Reading many live objects: one list for several of a kind and namespace, and few requests at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Protocol, TypeVar

from .errors import ClusterError
from .kube_connections import MOST_CONNECTIONS
from .objects import Body, ObjectKey
from .watches import Listed

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Reader(Protocol):
    """The cluster, as far as reading needs it."""

    def get(self, key: ObjectKey) -> Body | None:
        """Return the live object; None when it is not there; raise ClusterError."""
        ...

    def list(self, key: ObjectKey) -> Listed:
        """Return the live objects of a kind and namespace; raise ClusterError."""
        ...


def read_many(reader: Reader, keys: Collection[ObjectKey]) -> dict[ObjectKey, Body]:
    """Return the live objects among `keys`; those that are not there are left out.

    A kind that may not be listed is read one by one.
    """
    several, single = _grouped(keys)
    listed = _parallel(lambda group: _listed(reader, group), several)
    refused = [key for group, found in zip(several, listed, strict=True) if found is None for key in group]
    alone = [*single, *refused]
    live = {key: body for found in listed if found is not None for key, body in found.items()}
    live |= {key: body for key, body in zip(alone, _parallel(reader.get, alone), strict=True) if body is not None}
    return live


def _grouped(keys: Collection[ObjectKey]) -> tuple[list[list[ObjectKey]], list[ObjectKey]]:
    """Return the keys that share kind and namespace with others, by these, and the keys that stand alone."""
    groups: dict[tuple[str, str, str], list[ObjectKey]] = defaultdict(list)
    for key in dict.fromkeys(keys):
        groups[key.api_version, key.kind, key.namespace].append(key)
    several = [group for group in groups.values() if len(group) > 1]
    return several, [key for group in groups.values() if len(group) == 1 for key in group]


def _listed(reader: Reader, keys: Sequence[ObjectKey]) -> dict[ObjectKey, Body] | None:
    """Return the live ones of several keys of one kind and namespace; None when they cannot be listed."""
    wanted = {key.name: key for key in keys}
    try:
        bodies = reader.list(replace(keys[0], name="")).items
    except ClusterError as exc:
        # 410: the list changed so much between two pages that the rest is no longer there.
        if exc.status in {403, 410}:
            return None
        raise
    names = ((body["metadata"]["name"], body) for body in bodies)
    return {wanted[name]: body for name, body in names if name in wanted}


def _parallel(function: Callable[[_Item], _Result], items: Sequence[_Item]) -> list[_Result]:
    """Return the results in order, 8 at a time; the first failure, or Ctrl-C, starts no further ones."""
    if len(items) < 2:
        return [function(item) for item in items]
    executor = ThreadPoolExecutor(min(len(items), MOST_CONNECTIONS))
    try:
        return list(executor.map(function, items))
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
