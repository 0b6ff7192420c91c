"""A kind that the cluster does not serve: what was probably meant, or what has to be installed first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import NamedTuple, Protocol

from .access import Access
from .kube_commands import Words, kubectl
from .objects import BUILT_IN, ObjectKey


class Kind(NamedTuple):
    """A kind and its group."""

    group: str
    name: str


class ServedKinds(Protocol):
    """What the cluster serves."""

    def names(self) -> Sequence[tuple[str, str]]:
        """Return group and kind of what is known to be served."""
        ...

    def versions(self, group: str, kind: str) -> Sequence[str]:
        """Return the API versions that serve a kind; empty when there is none."""
        ...


_KINDS = [Kind(group, name) for group, name in BUILT_IN]
_GROUPS = sorted({kind.group for kind in _KINDS})
# High enough that the groups of add-ons, such as gateway.networking.k8s.io, are not taken for misspelled ones.
_SAME_GROUP = 0.85
_SAME_KIND = 0.8


def unknown_kind(access: Access, key: ObjectKey, served: ServedKinds) -> Words:
    """Return what is said about a kind that is not served, and what to do."""
    said = f"{access} knows no kind {key.kind} in {key.api_version}"
    known = kubectl(access, f"api-resources --api-group={key.group}")
    custom = [Kind(group, name) for group, name in served.names() if (group, name) not in BUILT_IN]
    meant = likely(key.group, key.kind, custom)
    versions = served.versions(meant.group, meant.name) if meant else ()
    # A built-in kind that even its own version does not have is one of another Kubernetes.
    is_same = meant == Kind(key.group, key.kind) and key.api_version in versions
    if meant and versions and not is_same:
        return said, f"did you mean kind {meant.name} of apiVersion {' or '.join(versions)}?"
    if key.group in _GROUPS or any(key.group == kind.group for kind in custom):
        return said, f"the kinds of its group that are known: {known}"
    return said, f"install its CustomResourceDefinition first; the kinds of its group that are known: {known}"


def likely(group: str, kind: str, custom: Sequence[Kind] = ()) -> Kind | None:
    """Return the kind that was probably meant, a built-in one or one of the `custom` ones; None without such.

    `apps`, `Deploymnt` -> `apps`, `Deployment`; a kind in its own group is itself.
    """
    custom_groups = sorted({kind.group for kind in custom} - {*_GROUPS})
    groups = [*_GROUPS, *custom_groups]
    near = [group] if group in groups else get_close_matches(group, groups, 1, _SAME_GROUP)
    if found := _closest(kind, (known for known in (*_KINDS, *custom) if known.group in near)):
        return found
    # The groups of CustomResourceDefinitions have a dot: one that is written so is meant.
    is_meant = "." in group and group not in _GROUPS and not (near and near[0] in _GROUPS)
    return None if is_meant else _closest(kind, (*_KINDS, *custom))


def _closest(kind: str, known: Iterable[Kind]) -> Kind | None:
    """Return the kind whose name is nearest, of several groups the first."""
    named = {found.name: found for found in reversed([*known])}
    if kind not in named and (same := next((name for name in named if name.lower() == kind.lower()), None)):
        return named[same]
    return next((named[name] for name in get_close_matches(kind, [*named], 1, _SAME_KIND)), None)
