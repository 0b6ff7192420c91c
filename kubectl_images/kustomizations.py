"""Kustomizations: which files and directories they refer to."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from . import documents
from .fields import Field

_FILES_OR_DIRECTORIES = ("resources", "bases", "components", "crds", "configurations", "patchesStrategicMerge")
_PLUGINS = ("generators", "transformers", "validators")
_WITH_PATH = ("patches", "patchesJson6902", "replacements", "openapi")
_GENERATORS = ("configMapGenerator", "secretGenerator")
# The plugins that kustomize has itself and that read files; it runs no others without being told to.
_KINDS_OF_GENERATORS = ("ConfigMapGenerator", "SecretGenerator")
_KINDS_WITH_PATH = ("PatchTransformer", "PatchJson6902Transformer", "PatchStrategicMergeTransformer")
_KIND_OF_REPLACEMENTS = "ReplacementTransformer"
_NO_PATH = re.compile(r"[\n\0]|^\s*\{")
# Of a file name, and of a whole path, in bytes.
_LONGEST_NAME = 255
_LONGEST_PATH = 4095


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
        if not isinstance(field.value, str) or _is_path(field.value):
            yield from _reference(field, plugin=True)
        else:
            yield from _references_within(field)
    for element in _values(kustomization, *_WITH_PATH):
        yield from _paths(element)
    for element in _values(kustomization, *_GENERATORS):
        yield from _sources(element)


def plugin_references(configuration: Field) -> Iterator[Reference]:
    """Yield the paths in the configuration of a plugin that kustomize has itself.

    They count from the directory of the kustomization that names the configuration.
    """
    kind = configuration.value.get("kind") if isinstance(configuration.value, dict) else None
    if kind in _KINDS_OF_GENERATORS:
        yield from _sources(configuration)
    elif kind in _KINDS_WITH_PATH:
        yield from _paths(configuration)
    elif kind == _KIND_OF_REPLACEMENTS:
        for element in _values(configuration, "replacements"):
            yield from _paths(element)


def _references_within(field: Field) -> Iterator[Reference]:
    """Yield the paths in the configuration of a plugin that stands in the kustomization itself."""
    for document in documents.read(field.value, str(field.place)):
        for reference in plugin_references(Field(document.value, field.file)):
            yield replace(reference, field=field)


def _paths(element: Field) -> Iterator[Reference]:
    for field in _values(element, "path", "paths"):
        yield from _reference(field)


def _sources(generator: Field) -> Iterator[Reference]:
    """Yield the files that a generator puts into a ConfigMap or Secret, also those that it gives another name there."""
    for field in _values(generator, "files"):
        name, given, path = field.value.partition("=") if isinstance(field.value, str) else ("", "", "")
        yield from _reference(field, path if given else name, data=True)
    for field in _values(generator, "envs", "env"):
        yield from _reference(field, data=True)


def _values(field: Field, *names: str) -> Iterator[Field]:
    """Yield the elements of the lists with these names, or a value alone; nothing where they cannot be.

    kustomize reads names in any case.
    """
    if not isinstance(field.value, dict):
        return
    for name in names:
        for key in filter(lambda key: key.casefold() == name.casefold(), field.value):
            match field.value[key]:
                case None:
                    continue
                case list():
                    yield from field.at(key).items()
                case _:
                    yield field.at(key)


def _reference(
    field: Field, path: str | None = None, *, data: bool = False, plugin: bool = False
) -> Iterator[Reference]:
    text = field.value if path is None else path
    if isinstance(text, str) and _is_path(text):
        yield Reference(field, text, data, plugin)


def _is_path(text: str) -> bool:
    """Tell whether a file can have this name; YAML may stand in the place of one.

    What leads somewhere only when it is shortened, as kustomize does it, is a path too.
    """
    short = os.path.normpath(text)
    encoded = short.encode(errors="replace")
    is_short = len(encoded) <= _LONGEST_PATH and max(map(len, encoded.split(b"/"))) <= _LONGEST_NAME
    return bool(text) and not _NO_PATH.search(short) and is_short
