"""Input files as maps that should be objects: rendered, read, lists unwrapped, and each with its place."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from json import dumps

from . import documents
from .documents import Document
from .errors import InputError
from .json_values import kind_of
from .objects import Body, Item, Place
from .placeholders import HOST, holds_call
from .render import Renderer
from .shown_lines import have_same_lines
from .sources import Source

_MAX_SHOWN = 60
_PROJECT_FILE = re.compile(r"(.*/)?(deployment|\.kluctl)\.ya?ml")
_OF_PROJECT = re.compile(r"^(deployments|targets)[ \t]*:", re.MULTILINE)
_OF_OBJECT = re.compile(r"^kind[ \t]*:", re.MULTILINE)


@dataclass(frozen=True)
class Found:
    """A map that should be an object, where its document begins, and where in that document it stands.

    `stage` and `item` are those of its Manifest.
    """

    body: Body
    place: Place
    within: str = ""
    stage: int = 0
    item: Item | None = None

    def error(self, what: str, hint: str | None = None) -> InputError:
        """Return the error about it: the place and what is wrong there."""
        return InputError(f"{self.place}: {self.within}{what}", hint=hint)


def objects_in(sources: Iterable[Source], renderer: Renderer) -> Iterator[Found]:
    """Yield what the sources hold, in their order; raise InputError for what is no map, or cannot be read."""
    for source in sources:
        yield from _found_in(source, renderer)


def _found_in(source: Source, renderer: Renderer) -> Iterator[Found]:
    name, text = source.name, source.text
    if source.finished:
        for document in documents.read(text, name):
            yield from _unwrapped(document.value, Place(name))
        return
    _refuse_project_file(source)
    if source.template:
        text = renderer.render(text, name, source.top)
        if not have_same_lines(source.text, text):
            # Lines of the result are not lines of the file: say which are meant.
            name = f"{name} (rendered)"
        found = documents.read(text, name, template=source.text)
    else:
        found = evaluated(source, renderer)
    for document in found:
        yield from _unwrapped(document.value, Place(name, document.line))


def _refuse_project_file(source: Source) -> None:
    """Raise InputError for a file of a project, before anything in it that only a project can know is missed."""
    named = _PROJECT_FILE.fullmatch(source.name)
    if named and _OF_PROJECT.search(source.text) and not _OF_OBJECT.search(source.text):
        directory = shlex.quote((named[1] or ".").rstrip("/") or "/")
        raise InputError(
            f"{source.name}: this is a file of a project, and holds no objects",
            hint=f"to deploy the project: --project {directory} in place of -f",
        )


def evaluated(source: Source, renderer: Renderer) -> tuple[Document, ...]:
    """Return the documents of a file that is no template, with the strings evaluated that hold a call.

    Raises InputError naming file and line.
    """
    found = documents.read(
        source.text, source.name, on_string=lambda value, line: _evaluated(value, line, source, renderer)
    )
    for number, document in enumerate(found):
        _refuse_calls_in_keys(document.value, (), source, number)
    return found


def _evaluated(value: str, line: int, source: Source, renderer: Renderer) -> str:
    return renderer.render_string(value, source.name, line, source.top) if holds_call(value) else value


def _refuse_calls_in_keys(value: object, path: tuple[str | int, ...], source: Source, document: int) -> None:
    """Raise InputError for a call in a key, which nothing evaluates in a file that is no template."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_calls_in_keys(item, (*path, index), source, document)
    elif isinstance(value, dict):
        for key, item in value.items():
            if holds_call(key):
                place = Place(source.name, documents.line_of(source.text, document, (*path, key)))
                raise InputError(f"{place}: a key cannot hold an image: {key}", hint="put the call into a value")
            _refuse_calls_in_keys(item, (*path, key), source, document)


def _unwrapped(value: object, place: Place, within: str = "") -> Iterator[Found]:
    """Yield the object, or the objects of a list of them."""
    if not isinstance(value, dict):
        shape = f"a map with apiVersion, kind and metadata, not {shape_of(value)}"
        raise InputError(f"{place}: {within}an object is {shape}")
    if not _is_list(value):
        yield Found(value, place, within)
        return
    items = value["items"]
    if not isinstance(items, list | None):
        raise InputError(f"{place}: {within}items of {value['kind']} is a list of objects, not {shape_of(items)}")
    for index, item in enumerate(items or ()):
        yield from _unwrapped(item, place, f"{within}items[{index}]: ")


def _is_list(value: Body) -> bool:
    """Tell whether it is a list of objects: `kubectl get -o yaml` writes such; it has no name of its own."""
    kind, metadata = value.get("kind"), value.get("metadata")
    named = isinstance(metadata, dict) and metadata.get("name")
    return isinstance(kind, str) and kind.endswith("List") and "items" in value and not named


def shape_of(value: object) -> str:
    """Return what kind of value it is, in words; a short one as it is written."""
    match value:
        case str() if len(value) > _MAX_SHOWN or "\n" in value or HOST in value:
            return kind_of(value)
        case dict() | list():
            return kind_of(value)
        case _:
            return dumps(value, ensure_ascii=False)
