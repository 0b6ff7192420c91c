"""The input files: which ones `-f` means, in which order, and whether they are templates."""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .errors import InputError
from .kustomize_names import Kustomized, is_kustomization, kustomizations_in, kustomized
from .template_ignores import TemplateIgnores
from .text_files import decoded, exists, read_text
from .web_addresses import is_address, shown

_MANIFEST = re.compile(r".*\.(yaml|yml|json)(\.j2)?")
_ENDING = re.compile(r"(\.(yaml|yml|json))?(\.j2)?$")
# How much of two names is alike when one of them may be a slip for the other.
_ALIKE = 0.75
STANDARD_INPUT = "standard input"


@dataclass(frozen=True)
class Source:
    """The text of one input file, under the name the user knows it by.

    `top` is the directory of its -f argument, and the working directory for standard input. Text that is `finished`
    was written by another program and holds placeholders at most: it is read as it is.
    """

    name: str
    text: str
    template: bool
    top: Path = Path()
    finished: bool = False


def read_sources(
    arguments: Sequence[str],
    stdin: BinaryIO,
    *,
    kustomize: Sequence[str] = (),
    recursive: bool = False,
    templates: bool = True,
    fetch: Callable[[str], str],
) -> tuple[Source | Kustomized, ...]:
    """Read what the arguments of `-f` name, in their order; the files of a directory in the order of their names.

    A directory gives its .yaml, .yml and .json files and their .j2 forms, as kubectl reads it; one with a kustomization
    is left to kustomize, as are the directories of `-k`, which come last. `-` is standard input, and what is at a web
    address comes from `fetch`. Raises InputError for what is missing or unreadable.
    """
    if not arguments and not kustomize:
        raise InputError("no input: -f is missing", hint="give files with objects: -f FILE, -f DIR or -f -")
    if arguments.count("-") > 1:
        raise InputError("standard input can be read only once: -f - is given twice")
    sources: list[Source | Kustomized] = []
    arguments_of: dict[Path, str] = {}
    for argument in arguments:
        if argument == "-":
            sources.append(Source(STANDARD_INPUT, decoded(stdin.read(), STANDARD_INPUT), templates))
        elif is_address(argument):
            if arguments.count(argument) > 1:
                raise InputError(f"-f {shown(argument)} is given twice")
            sources.append(Source(shown(argument), fetch(argument), templates))
        else:
            found = tuple(_read_path(argument, recursive=recursive, templates=templates))
            _refuse_twice(f"-f {argument}", found, arguments_of)
            sources += found
    for argument in kustomize:
        directory = kustomized(argument)
        _refuse_twice(directory.argument, (directory,), arguments_of)
        sources.append(directory)
    return tuple(sources)


def _refuse_twice(argument: str, found: Sequence[Source | Kustomized], arguments_of: dict[Path, str]) -> None:
    """Raise InputError for what an argument before has given already; note what this one gives."""
    for source in found:
        name = source.name if isinstance(source, Source) else source.directory
        first = arguments_of.setdefault(Path(name).resolve(), argument)
        if first is argument:
            continue
        if first == argument:
            raise InputError(f"{argument} is given twice")
        raise InputError(f"{argument}: {name} is given twice: {first} reads it already")


def _read_path(argument: str, *, recursive: bool, templates: bool) -> Iterator[Source | Kustomized]:
    path = Path(argument)
    if not argument or not exists(path):
        raise InputError(f"-f {argument}: there is no such file or directory", hint=_meant(argument))
    is_directory = path.is_dir()
    if is_directory and kustomizations_in(path):
        if recursive:
            raise InputError(
                f"-f {argument}: -R is for directories without kustomization, and this one has one",
                hint=f"-k {shlex.quote(argument)} builds it",
            )
        yield Kustomized(argument, f"-f {argument}")
        return
    if is_kustomization(path):
        raise InputError(
            f"-f {argument}: this is a file of kustomize, which builds its directory",
            hint=f"-k {shlex.quote(str(path.parent))}",
        )
    top = path if is_directory else path.parent
    rules = TemplateIgnores(top)
    for file in _files(path, recursive=recursive) if is_directory else (path,):
        text = read_text(file)
        yield Source(str(file), text, templates and not rules.ignore(file), top)


def _meant(argument: str) -> str | None:
    """Ask for the flags that may have been meant: one for each name of a list, or the file of a name like it."""
    names = [name for name in argument.split(",") if name]
    if len(names) > 1 and all(exists(Path(name)) for name in names):
        return f"did you mean {' '.join(f'-f {shlex.quote(name)}' for name in names)}?"
    path = Path(argument)
    try:
        beside = sorted(file.name for file in path.parent.iterdir())
    except (OSError, ValueError):
        return None
    # The endings are alike in all of them, so they tell nothing but which of several is most like it.
    close = [name for name in beside if _alike(_stem(path.name), _stem(name)) >= _ALIKE]
    if not close:
        return None
    meant = max(close, key=lambda name: _alike(path.name, name))
    return f"did you mean -f {shlex.quote(str(path.parent / meant))}?"


def _stem(name: str) -> str:
    return _ENDING.sub("", name, count=1).casefold()


def _alike(first: str, second: str) -> float:
    """Return how much of two texts is the same, from 0 to 1."""
    return difflib.SequenceMatcher(None, first, second).ratio()


def manifest_files(directory: Path, *, recursive: bool) -> Sequence[Path]:
    """Return the files of a directory whose names say that they hold objects, in the order of their names."""
    return [
        file for file in _entries(directory, recursive=recursive) if _MANIFEST.fullmatch(file.name) and file.is_file()
    ]


def _entries(directory: Path, *, recursive: bool) -> Sequence[Path]:
    try:
        return sorted(directory.rglob("*") if recursive else directory.iterdir())
    except OSError as exc:
        raise InputError(f"{directory}: cannot be read: {exc.strerror}") from exc


def _files(directory: Path, *, recursive: bool) -> Sequence[Path]:
    candidates = _entries(directory, recursive=recursive)
    for file in candidates:
        if is_kustomization(file):
            raise InputError(
                f"-f {directory}: {file.parent} is a directory of kustomize ({file.name}), and its files alone are not "
                "what it builds",
                hint=f"-k {shlex.quote(str(file.parent))}",
            )
    files = [file for file in candidates if _MANIFEST.fullmatch(file.name) and file.is_file()]
    if not files:
        hint = None if recursive else "-R also reads the directories below it"
        raise InputError(f"-f {directory}: there are no .yaml, .yml or .json files in this directory", hint=hint)
    return files
