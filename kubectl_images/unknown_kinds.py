"""A kind that the cluster does not serve: what was probably meant, or what has to be installed first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from .access import Access
from .kube_commands import Words, kubectl
from .objects import BUILT_IN, ObjectKey


class Kind(NamedTuple):
    """A kind and its group."""

    group: str
    name: str


_KINDS = [Kind(group, name) for group, name in BUILT_IN]
_GROUPS = sorted({kind.group for kind in _KINDS})
# High enough that the groups of add-ons, such as gateway.networking.k8s.io, are not taken for misspelled ones.
_SAME_GROUP = 0.85
_SAME_KIND = 0.8


def unknown_kind(access: Access, key: ObjectKey, served: Callable[[str], Sequence[str]]) -> Words:
    """Return what is said about a kind; `served` returns the API versions of a group that the cluster has."""
    said = f"{access} knows no kind {key.kind} in {key.api_version}"
    known = kubectl(access, f"api-resources --api-group={key.group}")
    meant = likely(key.group, key.kind)
    versions = served(meant.group) if meant else ()
    # A built-in kind that even its own version does not have is one of another Kubernetes.
    is_same = meant == Kind(key.group, key.kind) and key.api_version in versions
    if meant and versions and not is_same:
        return said, f"did you mean kind {meant.name} of apiVersion {' or '.join(versions)}?"
    if key.group in _GROUPS:
        return said, f"the kinds of its group that are known: {known}"
    return said, f"install its CustomResourceDefinition first; the kinds of its group that are known: {known}"


def likely(group: str, kind: str) -> Kind | None:
    """Return the built-in kind that was probably meant; None when there is no such.

    `apps`, `Deploymnt` -> `apps`, `Deployment`; a built-in kind in its own group is itself.
    """
    near = [group] if group in _GROUPS else get_close_matches(group, _GROUPS, 1, _SAME_GROUP)
    # The groups of CustomResourceDefinitions have a dot.
    if not near and "." in group:
        return None
    for kinds in ([found for found in _KINDS if found.group in near], _KINDS):
        for name in get_close_matches(kind, [found.name for found in kinds], 1, _SAME_KIND):
            return next(found for found in kinds if found.name == name)
    return None
