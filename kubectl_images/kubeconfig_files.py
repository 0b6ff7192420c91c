"""The kubeconfig files as one: which files count, and which of their entries win, as kubectl decides it."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import InputError, KubeconfigError

_QUOTES = "write it in quotes"


@dataclass(frozen=True)
class Entry:
    """A named context, cluster or user, and the file it was read from; `section` is the key beside its name."""

    section: str
    name: str
    value: Mapping[str, Any]
    file: Path

    def text(self, key: str) -> str:
        """Return the string at `key`; "" when it is not set."""
        value = self._value(key, "")
        if not isinstance(value, str):
            raise self.wrong(key, "must be a string", hint=None if isinstance(value, dict | list) else _QUOTES)
        return value

    def flag(self, key: str) -> bool:
        """Return the boolean at `key`; false when it is not set."""
        value = self._value(key, False)
        if not isinstance(value, bool):
            raise self.wrong(key, "must be true or false")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the list of strings at `key`; empty when it is not set."""
        value = self._value(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(key, "must be a list of strings")
        return tuple(value)

    def mapping(self, key: str) -> Mapping[str, Any]:
        """Return the mapping at `key`; empty when it is not set."""
        value = self._value(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, "must be a mapping")
        return value

    def path(self, key: str) -> Path | None:
        """Return the path at `key`, relative ones from the file's directory; None when it is not set."""
        text = self.text(key)
        return self.file.parent / text if text else None

    def pem(self, key: str) -> Path | bytes | None:
        """Return what `key-data` holds, else the path at `key`; None when neither is set."""
        data = self.text(f"{key}-data")
        if not data:
            return self.path(key)
        try:
            # As Go does: a text that is folded over several lines is still base64.
            return base64.b64decode(data.replace("\n", "").replace("\r", ""), validate=True)
        except binascii.Error as exc:
            raise self.wrong(f"{key}-data", "is not base64") from exc

    def wrong(self, key: str, reason: str, *, hint: str | None = None) -> KubeconfigError:
        """Return an error that names the entry, its key and its file, but not the value."""
        return KubeconfigError(f'{self.section} "{self.name}" in {self.file}: {key} {reason}', hint=hint)

    def _value(self, key: str, default: object) -> Any:
        value = self.value.get(key)
        return default if value is None else value


@dataclass(frozen=True)
class Kubeconfig:
    """All kubeconfig files as one; `files` are those that were looked for, in order."""

    files: tuple[Path, ...]
    current_context: str
    contexts: Mapping[str, Entry]
    clusters: Mapping[str, Entry]
    users: Mapping[str, Entry]

    @property
    def is_empty(self) -> bool:
        """Say whether no file names a context, a cluster or a user."""
        return not (self.current_context or self.contexts or self.clusters or self.users)


def read(explicit: str | None, environ: Mapping[str, str]) -> Kubeconfig:
    """Return the merged kubeconfig; an empty one when no file is there.

    `explicit` is the value of --kubeconfig: one file, which must exist. Otherwise the files of KUBECONFIG
    that exist, else ~/.kube/config. The first file that names an entry, or sets the current context, wins.
    """
    files = _files(explicit, environ)
    documents = [_document(file) for file in files if explicit or file.exists()]
    present = [document for document in documents if document is not None]
    currents = (document.text("current-context") for document in present)
    return Kubeconfig(
        files=files,
        current_context=next(filter(None, currents), ""),
        contexts=_entries(present, "contexts", "context"),
        clusters=_entries(present, "clusters", "cluster"),
        users=_entries(present, "users", "user"),
    )


def chosen(entries: Mapping[str, Entry], section: str, name: str) -> Entry | None:
    """Return the entry of a name; None for no name. Raises KubeconfigError when there is none of that name."""
    if name and name not in entries:
        raise KubeconfigError(
            f'{section} "{name}" is not in the kubeconfig\n    {known(f"{section}s", entries)}',
            hint=f"--{section} takes one of: {', '.join(sorted(entries))}" if entries else None,
        )
    return entries[name] if name else None


def of_context(entries: Mapping[str, Entry], section: str, given: str | None, context: Entry | None) -> Entry | None:
    """Return the entry that a flag names, else the one that the context names."""
    name = text_of(context, section)
    if given or context is None or not name or name in entries:
        return chosen(entries, section, given or name)
    raise KubeconfigError(
        f'context "{context.name}" in {context.file} names {section} "{name}", which is not in the kubeconfig\n'
        f"    {known(f'{section}s', entries)}",
        hint=f"correct the context, or choose another one with --context, or a {section} with --{section}",
    )


def known(what: str, entries: Mapping[str, Entry]) -> str:
    """Return the names of the entries as a line of a message."""
    return f"known {what}: {', '.join(sorted(entries)) or 'none'}"


def text_of(entry: Entry | None, key: str) -> str:
    """Return the string at `key`; "" without an entry."""
    return entry.text(key) if entry else ""


def _files(explicit: str | None, environ: Mapping[str, str]) -> tuple[Path, ...]:
    if explicit:
        return (Path(explicit),)
    if environ.get("KUBECONFIG"):
        listed = [name for name in environ["KUBECONFIG"].split(os.pathsep) if name]
        return tuple(dict.fromkeys(map(Path, listed)))
    home = environ.get("HOME") or environ.get("USERPROFILE")
    return (Path(home) / ".kube" / "config",) if home else ()


def _document(file: Path) -> Entry | None:
    """Return the top level of a file, read like an entry; None when the file is empty."""
    from . import documents

    try:
        text = file.read_text(encoding="utf-8-sig")
        found = [document for document in documents.read(text, str(file), secret=True) if document.value is not None]
    except FileNotFoundError as exc:
        raise KubeconfigError(f"kubeconfig {file} does not exist", hint=_hint_for_missing(file)) from exc
    except OSError as exc:
        raise KubeconfigError(f"kubeconfig {file} cannot be read: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise KubeconfigError(f"kubeconfig {file} cannot be read: it is not UTF-8 text") from exc
    except InputError as exc:
        raise KubeconfigError(f"kubeconfig cannot be read: {exc}", hint=exc.hint) from exc
    if not found:
        return None
    if not isinstance(found[0].value, dict):
        raise KubeconfigError(f"{file} is no kubeconfig: it does not hold a mapping")
    document = Entry("kubeconfig", str(file), found[0].value, file)
    kind, version = document.text("kind") or "Config", document.text("apiVersion") or "v1"
    if (kind, version) != ("Config", "v1"):
        raise KubeconfigError(f"{file} is no kubeconfig: it holds kind {kind} of {version}, not Config of v1")
    return document


def _hint_for_missing(file: Path) -> str:
    if str(file).startswith("~"):
        return f'the shell left ~ as it is; write "$HOME{str(file)[1:]}"'
    if os.pathsep in str(file):
        return f"--kubeconfig takes one file; several can be named together with KUBECONFIG={file}"
    return "name another file with --kubeconfig, or leave it out to use KUBECONFIG or ~/.kube/config"


def _entries(documents: Sequence[Entry], section: str, key: str) -> Mapping[str, Entry]:
    """Return the entries of a section by name; the first file that has one wins as a whole, as with kubectl."""
    entries: dict[str, Entry] = {}
    for document in documents:
        entries = {**_entries_of(document, section, key), **entries}
    return entries


def _entries_of(document: Entry, section: str, key: str) -> Mapping[str, Entry]:
    items = document.value.get(section) or []
    if not isinstance(items, list):
        raise KubeconfigError(f"{document.file}: {section} must be a list")
    entries: dict[str, Entry] = {}
    for item in items:
        if not isinstance(item, dict):
            raise KubeconfigError(f"{document.file}: each of {section} must be a mapping with a name")
        name, value = item.get("name") or "", item.get(key) or {}
        if not isinstance(name, str):
            raise KubeconfigError(f"{document.file}: {key} {name}: its name must be a string", hint=_QUOTES)
        if not isinstance(value, dict):
            raise KubeconfigError(f'{document.file}: {key} "{name}" must be a mapping')
        if name in entries:
            raise KubeconfigError(f'{document.file}: {key} "{name}" is there twice', hint="remove one of the two")
        entries[name] = Entry(key, name, value, document.file)
    # Nothing can choose an entry without a name.
    return {name: entry for name, entry in entries.items() if name}
