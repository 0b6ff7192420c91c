"""The objects of files and of what was built, without those whose names come from images that are not decided yet."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .builds import Build
from .found_objects import Found, objects_in
from .json_values import texts_in
from .render import Renderer
from .sources import Source

# What kustomize appends to the name of a ConfigMap or Secret that it generates: its hash never has other characters.
_HASH = re.compile(r"-[2456789bcdfghkmt]{10}$")


def objects_of_part(part: Source | Build, renderer: Renderer) -> Iterator[Found]:
    """Yield the objects of a file, or of a build when it has ended; raise InputError naming the place."""
    if isinstance(part, Source):
        yield from objects_in([part], renderer)
        return
    for found in objects_in([part.result()], renderer):
        _refuse_hashed_image(found, renderer)
        yield found


def _refuse_hashed_image(found: Found, renderer: Renderer) -> None:
    """Raise InputError where kustomize made a name from data with an image: it would be another one in each run."""
    body = found.body
    metadata = body.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if body.get("kind") not in ("ConfigMap", "Secret") or not isinstance(name, str) or not _HASH.search(name):
        return
    if any(renderer.holds_image(text) for field in ("data", "stringData") for text in texts_in(body.get(field))):
        generated = f"{body['kind']} {_HASH.sub('', name)}"
        raise found.error(
            f"{generated} holds an image, which is decided later, and kustomize makes its name from what it holds",
            "give its name no hash, in the generator: options: {disableNameSuffixHash: true}",
        )
