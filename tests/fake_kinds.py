"""The kinds that a fake API server serves, and what a path of it names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kubectl_images.objects import BUILT_IN

_VERSIONS = {"autoscaling": "v2"}


@dataclass(frozen=True)
class Kind:
    """A kind that is served."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    short_names: tuple[str, ...] = ()
    is_custom: bool = False

    @property
    def singular(self) -> str:
        return self.kind.lower()

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version


@dataclass(frozen=True)
class Target:
    """What a request's path names; `name` is "" for all of a kind."""

    kind: Kind
    namespace: str
    name: str

    @property
    def plural(self) -> str:
        return self.kind.plural

    @property
    def group(self) -> str:
        return self.kind.group

    @property
    def titled(self) -> str:
        """The object as failures name it: `deployments.apps "web"`."""
        what = f"{self.plural}.{self.group}" if self.group else self.plural
        return f'{what} "{self.name}"' if self.name else what

    @property
    def details(self) -> dict[str, Any]:
        details = {"name": self.name, "group": self.group, "kind": self.plural}
        return {key: value for key, value in details.items() if value}


def kinds_of(crd: dict[str, Any]) -> list[Kind]:
    """Return the kinds that a CustomResourceDefinition serves, one for each version."""
    spec = crd["spec"]
    names, namespaced = spec["names"], spec["scope"] == "Namespaced"
    short = tuple(names.get("shortNames") or ())
    return [
        Kind(spec["group"], version["name"], names["kind"], names["plural"], namespaced, short, is_custom=True)
        for version in spec["versions"]
        if version["served"]
    ]


def built_in_kinds() -> list[Kind]:
    """Return the kinds of every cluster."""
    return [
        Kind(group, _VERSIONS.get(group, "v1"), kind, resource.plural, resource.namespaced)
        for (group, kind), resource in BUILT_IN.items()
    ]
