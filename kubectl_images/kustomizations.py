"""Kustomizations: which files and directories they refer to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .fields import Field

_FILES_OR_DIRECTORIES = ("resources", "bases", "components", "crds", "configurations", "patchesStrategicMerge")
_PLUGINS = ("generators", "transformers", "validators")
_WITH_PATH = ("patches", "patchesJson6902", "replacements", "openapi")
_GENERATORS = ("configMapGenerator", "secretGenerator")
_NO_PATH = re.compile(r"[\n\0]|^\s*\{")
_LONGEST_NAME = 255


@dataclass(frozen=True)
class Reference:
    """A path in a kustomization, relative to its directory.

    `data` is read as it is, into a ConfigMap or Secret; a `plugin` is the configuration of a generator or transformer,
    which may refer to more files.
    """

    field: Field
    path: str
    data: bool = False
    plugin: bool = False


def references(kustomization: Field) -> Iterator[Reference]:
    """Yield what a kustomization refers to by the fields that kustomize knows; what is no path is left out."""
    for field in _values(kustomization, *_FILES_OR_DIRECTORIES):
        yield from _reference(field)
    for field in _values(kustomization, *_PLUGINS):
        yield from _reference(field, plugin=True)
    for element in _values(kustomization, *_WITH_PATH):
        for field in _values(element, "path"):
            yield from _reference(field)
    for element in _values(kustomization, *_GENERATORS):
        for field in _values(element, "files", "envs", "env"):
            yield from _reference(field, data=True)


def texts(value: object) -> Iterator[str]:
    """Yield every text of a JSON value, but keys."""
    match value:
        case str():
            yield value
        case dict():
            for child in value.values():
                yield from texts(child)
        case list():
            for child in value:
                yield from texts(child)
        case _:
            return


def _values(field: Field, *names: str) -> Iterator[Field]:
    """Yield the elements of the lists with these names, or a value alone; nothing where they cannot be."""
    if not isinstance(field.value, dict):
        return
    for name in names:
        match field.value.get(name):
            case None:
                continue
            case list():
                yield from field.at(name).items()
            case _:
                yield field.at(name)


def _reference(field: Field, *, data: bool = False, plugin: bool = False) -> Iterator[Reference]:
    text = field.value
    if isinstance(text, str) and may_be_path(text):
        yield Reference(field, text.partition("=")[2] or text if data else text, data, plugin)


def may_be_path(text: str) -> bool:
    """Tell whether a file can have this name; YAML may stand in the place of one."""
    return bool(text) and not _NO_PATH.search(text) and max(map(len, text.split("/"))) <= _LONGEST_NAME
