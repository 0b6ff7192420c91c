"""Discovery documents: what an API server says about the kinds that it serves.

catalogue := {api version: {kind: ServedKind}}      the preferred version of a group comes first
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .objects import Body, Resource

# As client-go asks: all kinds of all groups at once, or from an old server the names of the groups.
ACCEPT = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,"
    "application/json"
)


@dataclass(frozen=True)
class ServedKind:
    """A kind, how it is served, and what else it is called: plural, singular and short names, all of lower case."""

    api_version: str
    kind: str
    resource: Resource
    words: tuple[str, ...] = ()


Catalogue = Mapping[str, Mapping[str, ServedKind]]


@dataclass(frozen=True)
class Aggregated:
    """All kinds below `/api` or `/apis`; of the `stale` API versions, whose server does not answer, some may miss."""

    catalogue: Catalogue
    stale: frozenset[str]


def is_root(document: Body | None) -> bool:
    """Tell whether an API server answers so at `/api` or `/apis`, a new one or an old one."""
    return (document or {}).get("kind") in {"APIGroupDiscoveryList", "APIGroupList", "APIVersions"}


def aggregated(document: Body | None) -> Aggregated | None:
    """Return what an APIGroupDiscoveryList says; None for another document, as an old server sends it."""
    if document is None or document.get("kind") != "APIGroupDiscoveryList":
        return None
    catalogue: dict[str, Mapping[str, ServedKind]] = {}
    stale = set[str]()
    for group in _maps(document.get("items")):
        for version in _maps(group.get("versions")):
            api_version = _api_version(group, version)
            catalogue[api_version] = _by_kind(_of_group(api_version, version))
            if version.get("freshness") == "Stale":
                stale.add(api_version)
    return Aggregated(catalogue, frozenset(stale))


def of_version(api_version: str, document: Body) -> Mapping[str, ServedKind]:
    """Return the kinds that an APIResourceList names."""
    return _by_kind(
        ServedKind(api_version, kind, Resource(name, bool(item.get("namespaced"))), _words(item, "singularName"))
        for item in _maps(document.get("resources"))
        # Names with a slash are parts of objects, such as deployments/scale.
        if (kind := _text(item, "kind")) and (name := _text(item, "name")) and "/" not in name
    )


def of_group(document: Body) -> tuple[str, ...]:
    """Return the API versions that an APIGroup names, the preferred one first."""
    return tuple(filter(None, (_text(version, "groupVersion") for version in _maps(document.get("versions")))))


def _api_version(group: Body, version: Body) -> str:
    metadata = group.get("metadata")
    name = _text(metadata, "name") if isinstance(metadata, dict) else ""
    return "/".join(filter(None, (name, _text(version, "version"))))


def _of_group(api_version: str, version: Body) -> Iterator[ServedKind]:
    for item in _maps(version.get("resources")):
        named = item.get("responseKind")
        kind = _text(named, "kind") if isinstance(named, dict) else ""
        # What only has parts is no object itself and has no kind.
        if kind and (plural := _text(item, "resource")):
            resource = Resource(plural, item.get("scope") == "Namespaced")
            yield ServedKind(api_version, kind, resource, _words(item, "singularResource"))


def _words(item: Body, singular: str) -> tuple[str, ...]:
    plural = _text(item, "resource") or _text(item, "name")
    short = item.get("shortNames")
    words = [plural, _text(item, singular), *(short if isinstance(short, list) else ())]
    return tuple(dict.fromkeys(word for word in words if isinstance(word, str) and word))


def _by_kind(kinds: Iterator[ServedKind]) -> Mapping[str, ServedKind]:
    """Return the kinds by name; where two resources have one, the first is the objects themselves."""
    found: dict[str, ServedKind] = {}
    for kind in kinds:
        found.setdefault(kind.kind, kind)
    return found


def _maps(value: object) -> Iterator[Body]:
    """Yield the maps of a list; nothing of any other value, since add-ons answer for their own groups."""
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


def _text(item: Body, field: str) -> str:
    value = item.get(field)
    return value if isinstance(value, str) else ""
