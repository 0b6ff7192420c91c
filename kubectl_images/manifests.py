"""From input files to the objects to deploy: rendered, read, and each with an identity of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from json import dumps

from . import documents
from .custom_kinds import CustomKind, defined_by
from .errors import InputError
from .objects import Body, Manifest, ObjectKey, Place, built_in, group_of
from .placeholders import HOST
from .render import Renderer
from .shown_lines import have_same_lines
from .sources import Source

# A string that holds these is evaluated even in a file that is no template.
_CALL = re.compile(r"\bget_image\b")
_BRACES = "{{"
_MAX_SHOWN = 60


@dataclass(frozen=True)
class Namespaces:
    """The namespace of objects that name none, and whether the user insists on it with `-n`."""

    default: str
    explicit: bool = False


def read_manifests(sources: Iterable[Source], renderer: Renderer, namespaces: Namespaces) -> tuple[Manifest, ...]:
    """Return the objects of the sources, in their order, lists unwrapped; never an empty tuple.

    A kind that is neither built in nor defined by one of the objects counts as namespaced, with or without a
    cluster, so that both decide alike. Raises InputError for what is no object, and for the same object twice.
    """
    try:
        return _read_manifests(sources, renderer, namespaces)
    except InputError as exc:
        raise InputError(renderer.readable(str(exc)), hint=exc.hint and renderer.readable(exc.hint)) from exc


def _read_manifests(sources: Iterable[Source], renderer: Renderer, namespaces: Namespaces) -> tuple[Manifest, ...]:
    found = [item for source in sources for item in _found_in(source, renderer)]
    if not found:
        raise InputError("there are no objects in the input", hint="give files with objects: -f FILE, -f DIR or -f -")
    custom = defined_by(item.body for item in found)
    manifests = tuple(Manifest(_key(item, namespaces, custom), item.body, item.place) for item in found)
    _refuse_duplicates(manifests)
    return manifests


@dataclass(frozen=True)
class _Found:
    """A map that should be an object, where its document begins, and where in that document it stands."""

    body: Body
    place: Place
    within: str = ""

    def error(self, what: str, hint: str | None = None) -> InputError:
        return InputError(f"{self.place}: {self.within}{what}", hint=hint)


def _found_in(source: Source, renderer: Renderer) -> Iterator[_Found]:
    name, text = source.name, source.text
    if source.template:
        text = renderer.render(text, name, source.top)
        if not have_same_lines(source.text, text):
            # Lines of the result are not lines of the file: say which are meant.
            name = f"{name} (rendered)"
        found = documents.read(text, name, template=source.text)
    else:
        found = documents.read(text, name, on_string=lambda value, line: _evaluated(value, line, source, renderer))
        for number, document in enumerate(found):
            _refuse_calls_in_keys(document.value, (), source, number)
    for document in found:
        yield from _unwrapped(document.value, Place(name, document.line))


def _evaluated(value: str, line: int, source: Source, renderer: Renderer) -> str:
    return renderer.render_string(value, source.name, line, source.top) if _holds_call(value) else value


def _holds_call(text: str) -> bool:
    return _BRACES in text and _CALL.search(text) is not None


def _refuse_calls_in_keys(value: object, path: tuple[str | int, ...], source: Source, document: int) -> None:
    """Raise InputError for a call in a key, which nothing evaluates in a file that is no template."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_calls_in_keys(item, (*path, index), source, document)
    elif isinstance(value, dict):
        for key, item in value.items():
            if _holds_call(key):
                place = Place(source.name, documents.line_of(source.text, document, (*path, key)))
                raise InputError(f"{place}: a key cannot hold an image: {key}", hint="put the call into a value")
            _refuse_calls_in_keys(item, (*path, key), source, document)


def _unwrapped(value: object, place: Place, within: str = "") -> Iterator[_Found]:
    """Yield the object, or the objects of a list of them."""
    if not isinstance(value, dict):
        shape = f"a map with apiVersion, kind and metadata, not {_shape(value)}"
        raise InputError(f"{place}: {within}an object is {shape}")
    if not _is_list(value):
        yield _Found(value, place, within)
        return
    items = value["items"]
    if not isinstance(items, list | None):
        raise InputError(f"{place}: {within}items of {value['kind']} is a list of objects, not {_shape(items)}")
    for index, item in enumerate(items or ()):
        yield from _unwrapped(item, place, f"{within}items[{index}]: ")


def _is_list(value: Body) -> bool:
    """Tell whether it is a list of objects: `kubectl get -o yaml` writes such; it has no name of its own."""
    kind, metadata = value.get("kind"), value.get("metadata")
    named = isinstance(metadata, dict) and metadata.get("name")
    return isinstance(kind, str) and kind.endswith("List") and "items" in value and not named


def _shape(value: object) -> str:
    match value:
        case dict():
            return "a map"
        case list():
            return "a list"
        case str() if len(value) > _MAX_SHOWN or "\n" in value or HOST in value:
            return "a text"
        case _:
            return dumps(value, ensure_ascii=False)


def _key(found: _Found, namespaces: Namespaces, custom: Mapping[tuple[str, str], CustomKind]) -> ObjectKey:
    body = found.body
    api_version, kind = _text(found, body, "apiVersion"), _text(found, body, "kind")
    metadata = body.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise found.error(f"metadata of {kind} is {_shape(metadata)}, not a map")
    if metadata.get("generateName") and not metadata.get("name"):
        raise found.error(f"{kind} with generateName: an applied object needs a name of its own")
    name = _text(found, metadata, "name", f"{kind} without metadata.name")
    scope = built_in(api_version, kind) or custom.get((group_of(api_version), kind))
    cluster_scoped = scope is not None and not scope.namespaced
    namespace = "" if cluster_scoped else _namespace(found, f"{kind}/{name}", namespaces)
    return ObjectKey(api_version, kind, namespace, name)


def _text(found: _Found, values: Body, field: str, missing: str | None = None) -> str:
    value = values.get(field)
    if value is None or value == "":
        raise found.error(missing or f"an object without {field}")
    if isinstance(value, str):
        return value
    hint = None if isinstance(value, dict | list) else f"put quotes around the value of {field}"
    raise found.error(f"{field} is {_shape(value)}, not a string", hint)


def _namespace(found: _Found, what: str, namespaces: Namespaces) -> str:
    metadata = found.body["metadata"]
    if metadata.get("namespace") in (None, ""):
        return namespaces.default
    written = _text(found, metadata, "namespace")
    if namespaces.explicit and written != namespaces.default:
        raise found.error(
            f"{what}: its namespace {written} is not the namespace {namespaces.default} of --namespace",
            f"--namespace {written}, or leave the flag out: each object then goes to its own namespace",
        )
    return written


def _refuse_duplicates(manifests: Iterable[Manifest]) -> None:
    seen: dict[tuple[str, str, str, str], Manifest] = {}
    for manifest in manifests:
        key = manifest.key
        first = seen.setdefault((key.group, key.kind, key.namespace, key.name), manifest)
        if first is not manifest:
            where = f" in namespace {key.namespace}" if key.namespace else ""
            raise InputError(f"{manifest.place}: {key}{where} is written twice; first at {first.place}")
