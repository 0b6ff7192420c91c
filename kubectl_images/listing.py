"""What `list` writes: a file of fixed images that, fed back, decides each use by its own entry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .images import where
from .objects import Body
from .references import ImageRef
from .resolve import Decision


def entries(decisions: Iterable[Decision]) -> list[Body]:
    """Return one entry for each use, sorted by image, namespace, object and container; absent parts left out."""
    ordered = sorted(decisions, key=_order)
    return [{name: value for name, value in _entry(decision).items() if value} for decision in ordered]


def _order(decision: Decision) -> tuple[str, ...]:
    use = decision.use
    return use.call.image, use.key.namespace, use.key.kind, use.key.name, use.container, use.path


def _entry(decision: Decision) -> Body:
    use, key = decision.use, decision.use.key
    identity = {"apiVersion": key.api_version, "kind": key.kind, "namespace": key.namespace, "name": key.name}
    return {
        "image": use.call.image,
        "resultImage": decision.image,
        "source": decision.source,
        "deployedImage": decision.deployed,
        "registryImage": decision.registry,
        "versionFilter": str(use.call.filter),
        "namespace": key.namespace,
        "deployment": f"{key.kind}/{key.name}",
        "object": {name: value for name, value in identity.items() if value},
        "container": use.container,
        "path": use.path,
        "tags": list(use.item.tags) if use.item else None,
        "deploymentDir": use.item.directory if use.item else None,
    }


def rows(decisions: Iterable[Decision]) -> list[tuple[str, ...]]:
    """Return a row for each use: object, container, result, source, and what else is deployed or newest."""
    return [
        (
            "/".join(filter(None, (decision.use.key.namespace, decision.use.key.kind, decision.use.key.name))),
            where(decision.use),
            decision.image,
            decision.source,
            _other(decision.deployed, decision.image),
            # What is newest is a tag, whatever digest the result has besides.
            _other(decision.registry, decision.image.partition("@")[0]),
        )
        for decision in sorted(decisions, key=_order)
    ]


def _other(image: str | None, result: str) -> str:
    return "" if image is None or image == result else image


def simple_entries(decisions: Iterable[Decision]) -> list[Body]:
    """Return the unique pairs of image and result, sorted."""
    pairs = sorted({(decision.use.call.image, decision.image) for decision in decisions})
    return [{"image": image, "resultImage": result} for image, result in pairs]


def ambiguous(simple: Sequence[Body]) -> list[str]:
    """Return the images that have more than one result, which a simple list cannot tell apart.

    `nginx` and `docker.io/library/nginx` are one image, as for whoever reads the list.
    """
    results: dict[tuple[str, str], set[str]] = {}
    for entry in simple:
        results.setdefault(_repository(entry), set()).add(entry["resultImage"])
    return sorted({entry["image"] for entry in simple if len(results[_repository(entry)]) > 1})


def _repository(entry: Body) -> tuple[str, str]:
    return ImageRef.parse(entry["image"]).repository_key
