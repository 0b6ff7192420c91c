"""The kinds that CustomResourceDefinitions among the objects define: known without a cluster, and before it knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from .objects import Body


@dataclass(frozen=True)
class CustomKind:
    """A kind's scope, and what else it is called: plural, singular and short names, all of lower case."""

    namespaced: bool
    words: tuple[str, ...] = ()


def defined_by(bodies: Iterable[Body]) -> Mapping[tuple[str, str], CustomKind]:
    """Return the kinds, by group and kind, that definitions among the objects bring; one that is not whole is none."""
    return {name: kind for body in bodies for name, kind in _defined(body)}


def _defined(body: Body) -> Iterator[tuple[tuple[str, str], CustomKind]]:
    spec = body.get("spec")
    names = spec.get("names") if isinstance(spec, dict) else None
    if body.get("kind") != "CustomResourceDefinition" or not isinstance(spec, dict) or not isinstance(names, dict):
        return
    group, kind = spec.get("group"), names.get("kind")
    if isinstance(group, str) and isinstance(kind, str):
        short = names.get("shortNames")
        words = [names.get("plural"), names.get("singular"), *(short if isinstance(short, list) else ())]
        texts = tuple(dict.fromkeys(word for word in words if isinstance(word, str) and word))
        yield (group, kind), CustomKind(spec.get("scope") != "Cluster", texts)
