"""Uses of `images.get_image`: where the placeholders of a template ended up in objects, and how they are filled in."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from .errors import InputError, InvalidImageError
from .objects import Body, Manifest, ObjectKey, Place
from .paths import Element, Step, elements, path_text, text_at
from .placeholders import HOST, Call, Placeholders
from .references import ImageRef

_IDENTITY = ("apiVersion", "kind", "metadata.name", "metadata.namespace")
_AS_IT_IS = "insert the image as it is, without filters or string operations on it"
# What an image reference is made of; a quote, a comma or a space is never inside one.
_IMAGE = r"([\w.:/@\[\]-]+?)"


@dataclass(frozen=True)
class Use:
    """One place of an object whose image is to be decided.

    `container` is the `name` beside the field, "" if there is none; `path` names list elements by their name and
    ends in `#2` for the second use in one string; `texts` are the constant texts around all uses of that string.
    """

    call: Call
    key: ObjectKey
    place: Place
    container: str
    path: str
    steps: tuple[Step, ...]
    number: int
    texts: tuple[str, ...]


def find_uses(manifests: Iterable[Manifest], placeholders: Placeholders) -> tuple[Use, ...]:
    """Return every use in the manifests, in their order and the order of their fields.

    Raises InputError where a placeholder arrived broken, or stands where no image can: in a key, or in what
    identifies the object.
    """
    return tuple(use for manifest in manifests for use in _uses_of(manifest, placeholders))


def _uses_of(manifest: Manifest, placeholders: Placeholders) -> Iterator[Use]:
    for steps, container, text in _strings(manifest.body, (), ""):
        if not placeholders.traced(text):
            continue
        path = path_text(steps)
        texts, calls = placeholders.split(text)
        if container is None:
            cause = f"a key of {path or 'the object'} cannot hold an image"
            raise _misplaced(manifest, cause, calls or placeholders.suspects(text))
        if any(map(placeholders.traced, texts)):
            cause = f"{path} holds a part of an image that is not decided yet; a template or tool cut or changed it"
            raise _misplaced(manifest, cause, placeholders.suspects("".join(texts)))
        if path in _IDENTITY:
            raise _misplaced(manifest, f"{path} cannot hold an image: it identifies the object", calls)
        for number, call in enumerate(calls):
            numbered = f"{path}#{number + 1}" if number else path
            yield Use(call, manifest.key, manifest.place, container, numbered, steps, number, texts)


def _misplaced(manifest: Manifest, cause: str, calls: Iterable[Call]) -> InputError:
    """Return the error, with the calls that it may come from."""
    known = sorted({(call.place, call.image) for call in calls})
    lines = [f"    {place}: images.get_image({image!r})" for place, image in known[:5]]
    if len(known) > 5:
        lines.append(f"    or one of {len(known) - 5} more")
    return InputError("\n".join([f"{manifest.place}: {manifest.key.kind}: {cause}", *lines]), hint=_AS_IT_IS)


class _Text(NamedTuple):
    """A string of an object; `container` is None for a key of the map at `steps`."""

    steps: tuple[Step, ...]
    container: str | None
    text: str


def _strings(value: object, steps: tuple[Step, ...], container: str) -> Iterator[_Text]:
    match value:
        case str():
            yield _Text(steps, container, value)
        case dict():
            inner = _name_of(value) or ""
            for key, child in value.items():
                yield _Text(steps, None, key)
                yield from _strings(child, (*steps, key), inner)
        case list():
            for element, child in zip(_elements(value), value, strict=True):
                yield from _strings(child, (*steps, element), container)
        case _:
            return


def _name_of(item: object) -> str | None:
    """Return the name of a map; None without one, and where the name itself is still to be decided."""
    name = item.get("name") if isinstance(item, dict) else None
    return name if isinstance(name, str) and name and HOST not in name else None


def _elements(items: list[object]) -> Iterator[Element]:
    return elements([_name_of(item) for item in items])


def image_at(body: Body | None, use: Use) -> str | None:
    """Return what stands in a live object where the use stands in the written one; None if nothing does.

    List elements are found by their name, and a use inside a longer string between the texts around it.
    """
    text = _live_text(body, use) if body else None
    if not text or use.texts == ("", ""):
        return text or None
    found = re.fullmatch(_IMAGE.join(map(re.escape, use.texts)), text)
    return found[use.number + 1] if found else None


def _live_text(body: Body, use: Use) -> str | None:
    first, *rest = use.steps
    if use.key.kind == "Secret" and first == "stringData":
        # It can only be written: what it held is read from `data`.
        return _decoded(text_at(body, ("data", *rest)))
    return text_at(body, use.steps)


def _decoded(encoded: str | None) -> str | None:
    try:
        return base64.b64decode(encoded or "", validate=True).decode()
    except ValueError:
        return None


def is_same_repository(image: str, use: Use) -> bool:
    """Tell whether a text is an image of the repository that the use asks for."""
    try:
        return ImageRef.parse(image).same_repository(ImageRef.parse(use.call.image))
    except InvalidImageError:
        return False


def fill(manifests: Iterable[Manifest], placeholders: Placeholders, results: Mapping[Use, str]) -> tuple[Manifest, ...]:
    """Return the manifests with the decided image in the place of every use."""
    images: dict[ObjectKey, dict[tuple[tuple[Step, ...], int], str]] = {}
    for use, image in results.items():
        images.setdefault(use.key, {})[use.steps, use.number] = image
    return tuple(
        replace(manifest, body=_filled(manifest.body, placeholders, images[manifest.key]))
        if manifest.key in images
        else manifest
        for manifest in manifests
    )


def _filled(body: Body, placeholders: Placeholders, images: Mapping[tuple[tuple[Step, ...], int], str]) -> Body:
    def fill_text(steps: tuple[Step, ...], text: str) -> str:
        first, *rest = placeholders.split(text)[0]
        return first + "".join(images[steps, number] + constant for number, constant in enumerate(rest))

    filled = _map_strings(body, (), fill_text)
    assert isinstance(filled, dict), "a body is a map, and stays one"
    return filled


def _map_strings(value: object, steps: tuple[Step, ...], change: Callable[[tuple[Step, ...], str], str]) -> object:
    match value:
        case str():
            return change(steps, value)
        case dict():
            return {key: _map_strings(child, (*steps, key), change) for key, child in value.items()}
        case list():
            pairs = zip(_elements(value), value, strict=True)
            return [_map_strings(child, (*steps, element), change) for element, child in pairs]
        case _:
            return value
