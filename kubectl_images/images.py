"""Uses of `images.get_image`: where the placeholders of a template ended up in objects, and how they are filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from .errors import InputError
from .image_fields import CONTAINERS, Fault, fault_as_decided, fault_as_written, is_image_field, joined
from .objects import Body, Item, Manifest, ObjectKey, Place
from .paths import Element, Step, elements, path_text
from .placeholders import HOST, Call, Placeholders, holds_call

_IDENTITY = ("apiVersion", "kind", "metadata.name", "metadata.namespace")
_AS_IT_IS = "insert the image as it is, without filters or string operations on it"


@dataclass(frozen=True)
class Use:
    """One place of an object whose image is to be decided.

    `container` is the `name` beside the field, "" if there is none; `path` names list elements by their name and
    ends in `#2` for the second use in one string; `calls` are all calls of that string, of which this is the one
    with the `number`, and `texts` the constant texts around them. An object that is `placed` names its namespace
    itself, so that no flag moves it to another one.
    """

    calls: tuple[Call, ...]
    key: ObjectKey
    place: Place
    container: str
    path: str
    steps: tuple[Step, ...]
    number: int
    texts: tuple[str, ...]
    item: Item | None = None
    placed: bool = False

    @property
    def call(self) -> Call:
        """The call that decides what is looked for."""
        return self.calls[self.number]


def in_container(use: Use) -> tuple[str, str]:
    """Return the container that the use is in and the path from there: `app`, `args[0]`; elsewhere "" and the path."""
    if use.container and use.path.endswith(f"[{use.container}].image"):
        return use.container, "image"
    for end, (field, element) in enumerate(pairwise(use.steps), start=2):
        if field in CONTAINERS and isinstance(element, Element) and element.name and not element.shared:
            return element.name, use.path.removeprefix(path_text(use.steps[:end])).removeprefix(".")
    return "", use.path


def where(use: Use) -> str:
    """Return the container's name alone where the use is its image, `app args[0]` elsewhere in it, else the path."""
    container, path = in_container(use)
    return container if path == "image" and container else f"{container} {path}".strip()


def find_uses(manifests: Iterable[Manifest], placeholders: Placeholders) -> tuple[Use, ...]:
    """Return every use in the manifests, in their order and the order of their fields.

    Raises InputError where a placeholder arrived broken, or stands where no image can: in a key, in what identifies
    the object, or beside text that no image holds in a field that is one.
    """
    return tuple(use for manifest in manifests for use in _uses_of(manifest, placeholders))


def _uses_of(manifest: Manifest, placeholders: Placeholders) -> Iterator[Use]:
    placed = bool((manifest.body.get("metadata") or {}).get("namespace"))
    for steps, container, text in _strings(manifest.body, (), ""):
        if container is not None and holds_call(text) and is_image_field(steps):
            raise _not_rendered(manifest, path_text(steps), text)
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
        if is_image_field(steps) and (fault := fault_as_written(texts, calls)):
            raise _no_image(manifest, path, fault, calls)
        for number in range(len(calls)):
            numbered = f"{path}#{number + 1}" if number else path
            yield Use(
                *(calls, manifest.key, manifest.place, container, numbered, steps, number, texts),
                item=manifest.item,
                placed=placed,
            )


def _misplaced(manifest: Manifest, cause: str, calls: Iterable[Call]) -> InputError:
    return _error(f"{manifest.place}: {manifest.key.kind}: {cause}", calls, _AS_IT_IS)


def _no_image(manifest: Manifest, path: str, fault: Fault, calls: Iterable[Call]) -> InputError:
    return _error(f"{manifest.place}: {manifest.key}: {path}: {fault.cause}", calls, fault.hint)


def _not_rendered(manifest: Manifest, path: str, text: str) -> InputError:
    """Return the error for a call that is no image, and would reach the cluster as it is written."""
    return InputError(
        f"{manifest.place}: {manifest.key}: {path}: this call was not rendered: {text}",
        hint="what charts and remote bases hold is no template, nor is what generators read; move the call into a file of "
        "yours that is one, such as a patch or helm-values.yaml",
    )


def _error(message: str, calls: Iterable[Call], hint: str) -> InputError:
    """Return the error, with the calls that it may come from."""
    known = sorted({(call.place, call.image) for call in calls})
    lines = [f"    {place}: images.get_image({image!r})" for place, image in known[:5]]
    if len(known) > 5:
        lines.append(f"    or one of {len(known) - 5} more")
    return InputError("\n".join([message, *lines]), hint=hint)


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


def fill(manifests: Iterable[Manifest], placeholders: Placeholders, results: Mapping[Use, str]) -> tuple[Manifest, ...]:
    """Return the manifests with the decided image in the place of every use.

    Raises InputError for a field that is to hold an image, and with what was decided holds none.
    """
    images: dict[ObjectKey, dict[tuple[tuple[Step, ...], int], str]] = {}
    for use, image in results.items():
        images.setdefault(use.key, {})[use.steps, use.number] = image
    return tuple(
        replace(manifest, body=_filled(manifest, placeholders, images[manifest.key]))
        if manifest.key in images
        else manifest
        for manifest in manifests
    )


def _filled(manifest: Manifest, placeholders: Placeholders, images: Mapping[tuple[tuple[Step, ...], int], str]) -> Body:
    def fill_text(steps: tuple[Step, ...], text: str) -> str:
        texts, calls = placeholders.split(text)
        if not calls:
            return text
        decided = [images[steps, number] for number in range(len(calls))]
        if is_image_field(steps) and (fault := fault_as_decided(texts, decided)):
            raise _no_image(manifest, path_text(steps), fault, calls)
        return joined(texts, decided)

    filled = _map_strings(manifest.body, (), fill_text)
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
