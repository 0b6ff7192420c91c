"""What a fake API server says about the kinds that it serves, all at once as well as by group and version."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from fake_kinds import Kind

Body = dict[str, Any]

_VERBS = ["create", "delete", "get", "list", "patch", "watch"]
_AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_STABILITY = {"": 0, "beta": 1, "alpha": 2}


def wants_aggregated(headers: Mapping[str, str]) -> bool:
    """Tell whether the client takes all kinds at once."""
    return _AGGREGATED in headers.get("accept", "").split(",")


def is_acceptable(headers: Mapping[str, str]) -> bool:
    """Tell whether the client takes JSON as it has always been; without a word it takes anything."""
    return bool({"application/json", "*/*"} & {*headers.get("accept", "*/*").split(",")})


def aggregated(kinds: Sequence[Kind], *, core: bool, stale: Collection[str]) -> Body:
    """Return the APIGroupDiscoveryList of the core group, or of all others with the `stale` API versions."""
    items = []
    for group, versions in _by_group(kinds, stale).items():
        if (not group) is core:
            entries = [_version(kinds, api_version, is_stale=api_version in stale) for api_version in versions]
            items.append({"metadata": {"name": group} if group else {}, "versions": entries})
    return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items}


def group_list(kinds: Sequence[Kind], stale: Collection[str]) -> Body:
    """Return the APIGroupList."""
    groups = [_group(name, versions) for name, versions in _by_group(kinds, stale).items() if name]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def group(kinds: Sequence[Kind], name: str, stale: Collection[str]) -> Body | None:
    """Return the APIGroup by this name; None when there is none."""
    versions = _by_group(kinds, stale).get(name)
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(name, versions)} if name and versions else None


def resource_list(kinds: Sequence[Kind], api_version: str) -> Body | None:
    """Return the APIResourceList of an API version; None when it is not served."""
    resources = [
        {"name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced, "kind": kind.kind}
        | {"verbs": _VERBS}
        | _short_names(kind)
        for kind in kinds
        if kind.api_version == api_version
    ]
    listed = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": api_version, "resources": resources}
    return listed if resources else None


def _by_group(kinds: Sequence[Kind], stale: Collection[str]) -> Mapping[str, Sequence[str]]:
    """Return the API versions of each group, the preferred one first."""
    names = dict.fromkeys([*(kind.api_version for kind in kinds), *sorted(stale)])
    groups: dict[str, list[str]] = {}
    for name in sorted(names, key=_preference):
        groups.setdefault(name.rpartition("/")[0], []).append(name)
    return groups


def _preference(api_version: str) -> tuple[int, int, int, str]:
    """Return what sorts v2 before v1, v1beta2, v1beta1 and v1alpha1, and others last."""
    found = re.fullmatch(r"(?:.*/)?v([0-9]+)(?:(alpha|beta)([0-9]+))?", api_version)
    if found is None:
        return 3, 0, 0, api_version
    return _STABILITY[found[2] or ""], -int(found[1]), -int(found[3] or 0), ""


def _group(name: str, api_versions: Sequence[str]) -> Body:
    versions = [{"groupVersion": text, "version": text.partition("/")[2]} for text in api_versions]
    return {"name": name, "versions": versions, "preferredVersion": versions[0]}


def _version(kinds: Sequence[Kind], api_version: str, *, is_stale: bool) -> Body:
    version = api_version.rpartition("/")[2]
    if is_stale:
        return {"version": version, "freshness": "Stale"}
    resources = [_resource(kind) for kind in kinds if kind.api_version == api_version]
    return {"version": version, "resources": resources, "freshness": "Current"}


def _resource(kind: Kind) -> Body:
    # Only custom kinds say their group again.
    named = {"group": kind.group, "version": kind.version} if kind.is_custom else {"group": "", "version": ""}
    return {
        "resource": kind.plural,
        "responseKind": {**named, "kind": kind.kind},
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.singular,
        "verbs": _VERBS,
    } | _short_names(kind)


def _short_names(kind: Kind) -> Body:
    return {"shortNames": list(kind.short_names)} if kind.short_names else {}
