"""The input files: which ones `-f` means, in which order, and whether they are templates."""

from __future__ import annotations

import difflib
import os
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .errors import InputError
from .ignore import IgnoreRules, parse_rules

_MANIFEST = re.compile(r".*\.(yaml|yml|json)(\.j2)?")
_ENDING = re.compile(r"(\.(yaml|yml|json))?(\.j2)?$")
_KUSTOMIZATION = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_IGNORE_FILE = ".templateignore"
# How much of two names is alike when one of them may be a slip for the other.
_ALIKE = 0.75
STANDARD_INPUT = "standard input"


@dataclass(frozen=True)
class Source:
    """The text of one input file, under the name the user knows it by.

    `top` is the directory of its -f argument, and the working directory for standard input.
    """

    name: str
    text: str
    template: bool
    top: Path = Path()


def read_sources(
    arguments: Sequence[str], stdin: BinaryIO, *, recursive: bool = False, templates: bool = True
) -> tuple[Source, ...]:
    """Read what the arguments of `-f` name, in their order; the files of a directory in the order of their names.

    A directory gives its .yaml, .yml and .json files and their .j2 forms, as kubectl reads it; `-` is standard input.
    Raises InputError for what is missing or unreadable.
    """
    if not arguments:
        raise InputError("no input: -f is missing", hint="give files with objects: -f FILE, -f DIR or -f -")
    if arguments.count("-") > 1:
        raise InputError("standard input can be read only once: -f - is given twice")
    sources: list[Source] = []
    arguments_of: dict[Path, str] = {}
    for argument in arguments:
        if argument == "-":
            sources.append(Source(STANDARD_INPUT, decoded(stdin.read(), STANDARD_INPUT), templates))
        else:
            found = tuple(_read_path(argument, recursive=recursive, templates=templates))
            files = [Path(source.name).resolve() for source in found]
            if twice := next((file for file in files if file in arguments_of), None):
                raise _given_twice(argument, found[files.index(twice)].name, arguments_of[twice])
            arguments_of.update(dict.fromkeys(files, argument))
            sources += found
    return tuple(sources)


def _given_twice(argument: str, file: str, first: str) -> InputError:
    if argument == first:
        return InputError(f"-f {argument} is given twice")
    return InputError(f"-f {argument}: {file} is given twice: -f {first} reads it already")


def _read_path(argument: str, *, recursive: bool, templates: bool) -> Iterator[Source]:
    path = Path(argument)
    if re.match(r"https?://", argument):
        raise InputError(
            f"-f {argument}: web addresses are not read",
            hint=f"curl -fsS {shlex.quote(argument)} | kubectl images deploy -f -",
        )
    if not argument or not _exists(path):
        raise InputError(f"-f {argument}: there is no such file or directory", hint=_meant(argument))
    is_directory = path.is_dir()
    top = path if is_directory else path.parent
    rules = _Ignored(top)
    for file in _files(path, recursive=recursive) if is_directory else (path,):
        text = decoded(_read(file), str(file))
        yield Source(str(file), text, templates and not rules.ignore(file), top)


def _meant(argument: str) -> str | None:
    """Ask for the flags that may have been meant: one for each name of a list, or the file of a name like it."""
    names = [name for name in argument.split(",") if name]
    if len(names) > 1 and all(_exists(Path(name)) for name in names):
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


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as exc:
        raise InputError(f"{path}: cannot be read: {exc.strerror}") from exc


def _files(directory: Path, *, recursive: bool) -> Sequence[Path]:
    try:
        candidates = sorted(directory.rglob("*") if recursive else directory.iterdir())
    except OSError as exc:
        raise InputError(f"-f {directory}: cannot be read: {exc.strerror}") from exc
    for file in candidates:
        if file.name in _KUSTOMIZATION:
            raise InputError(
                f"-f {directory}: {file.parent} is a directory of kustomize ({file.name}), and its files alone are not "
                "what it builds",
                hint=f"kubectl kustomize {shlex.quote(str(file.parent))} | kubectl images deploy -f -",
            )
    files = [file for file in candidates if _MANIFEST.fullmatch(file.name) and file.is_file()]
    if not files:
        hint = None if recursive else "-R also reads the directories below it"
        raise InputError(f"-f {directory}: there are no .yaml, .yml or .json files in this directory", hint=hint)
    return files


class _Ignored:
    """The rules of the .templateignore files around files, each read when it is needed.

    They count from the working directory where `top` lies in it, else from `top`, down to the file's own directory.
    """

    def __init__(self, top: Path) -> None:
        absolute, working = _absolute(top), Path.cwd()
        self._highest = working if absolute.is_relative_to(working) else absolute
        self._rules: dict[Path, IgnoreRules] = {}

    def ignore(self, file: Path) -> bool:
        """Tell whether the rules of a directory above the file say that it is no template."""
        file = _absolute(file)
        above = file.parents[: len(file.relative_to(self._highest).parts)]
        return any(self._of(directory).ignores(file.relative_to(directory).as_posix()) for directory in above)

    def _of(self, directory: Path) -> IgnoreRules:
        if directory not in self._rules:
            file = directory / _IGNORE_FILE
            text = decoded(_read(file), str(file)) if file.is_file() else ""
            self._rules[directory] = parse_rules(text)
        return self._rules[directory]


def _absolute(path: Path) -> Path:
    """Return the path from the root, without `..`; symbolic links stay."""
    return Path(os.path.normpath(Path.cwd() / path))


def read_file(name: str) -> str:
    """Return the text of a file that the user named; raise InputError when it cannot be read."""
    path = Path(name)
    if not name or not _exists(path):
        raise InputError(f"{name or '(no name)'}: there is no such file")
    return decoded(_read(path), name)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as exc:
        raise InputError(f"{file}: cannot be read: {exc.strerror}") from exc


def decoded(data: bytes, name: str) -> str:
    """Return the text of a file; raise InputError, with the line, when it is not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        raise InputError(f"{name}:{line}: this is not UTF-8 text: byte 0x{data[exc.start]:02x}") from exc
