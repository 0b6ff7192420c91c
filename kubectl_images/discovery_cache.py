"""The kinds that a cluster serves, kept for ten minutes in a file that is the user's alone.

XDG_CACHE_HOME or ~/.cache/kubectl-images/discovery/<sha256 of server, CA and user>.json

A cache that cannot be read, or that somebody else could have written, is as good as none: nothing here fails.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import stat
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from .access import Access, Password, TokenFile
from .discovery import Catalogue, ServedKind
from .objects import Resource

# Of the file's content; a file of another format is of another release of ours.
_FORMAT = 1
_MAX_AGE_S = 10 * 60
_MAX_BYTES = 16 * 1024 * 1024
# Clusters come and go: what nobody has asked for so long is removed.
_FORGOTTEN_AFTER_S = 7 * 24 * 3600
_API_VERSION = re.compile(r"([a-z0-9][a-z0-9.-]*/)?[a-z0-9]+")
_KIND = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
# These become a part of a path.
_PLURAL = re.compile(r"[a-z0-9][a-z0-9.-]*")


def directory(environ: Mapping[str, str], platform: str = sys.platform) -> Path | None:
    """Return where the caches of all clusters are; None where the user has no place for them."""
    home = environ.get("HOME") or environ.get("USERPROFILE") or ""
    if named := environ.get("XDG_CACHE_HOME"):
        root = Path(named)
    elif platform == "win32":
        root = Path(environ.get("LOCALAPPDATA") or "")
    else:
        root = Path(home) / ("Library/Caches" if platform == "darwin" else ".cache")
    return root / "kubectl-images" / "discovery" if root.is_absolute() else None


def file_for(directory: Path, access: Access) -> Path:
    """Return the file for one cluster as one user sees it; its name tells neither, and no secret is in it."""
    trust = access.trust
    told_apart = [
        access.server,
        _content(trust.authority),
        trust.server_name,
        trust.insecure,
        type(access.login).__name__,
        access.user,
        access.login.username if isinstance(access.login, Password) else None,
        str(access.login.path) if isinstance(access.login, TokenFile) else None,
        _content(access.certificate.certificate) if access.certificate else None,
        access.impersonation,
    ]
    return directory / f"{hashlib.sha256(json.dumps(told_apart).encode()).hexdigest()}.json"


def load(file: Path) -> Catalogue | None:
    """Return the kinds that were stored; None when there are none that are ours, whole and recent."""
    try:
        if not (_is_ours(file.parent) and _is_ours(file.parent.parent)):
            return None
        return _catalogue(json.loads(_read(file)))
    # RecursionError: a file of brackets alone.
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def store(file: Path, catalogue: Catalogue) -> None:
    """Store the kinds, where that is possible, and remove what was stored long ago.

    The file is complete at every moment, for whoever reads it meanwhile and whenever we are killed.
    """
    with contextlib.suppress(OSError):
        file.parent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.parent.mkdir(mode=0o700, exist_ok=True)
        if _is_ours(file.parent) and _is_ours(file.parent.parent):
            _replace(file, _text(catalogue))
            _remove_forgotten(file.parent)


def _content(source: Path | bytes | None) -> str | None:
    """Return what a certificate is told by: its bytes, or the path of a file that cannot be read."""
    if isinstance(source, Path):
        try:
            source = source.read_bytes()
        except OSError:
            return str(source)
    return None if source is None else hashlib.sha256(source).hexdigest()


def _is_ours(place: Path) -> bool:
    """Tell whether it is a directory that nobody else could have put anything into."""
    status = place.lstat()
    return stat.S_ISDIR(status.st_mode) and _is_private(status)


def _is_private(status: os.stat_result) -> bool:
    """Tell whether nobody else can write; Windows keeps a user's cache from others by itself."""
    if sys.platform == "win32":
        return True
    return status.st_uid == os.getuid() and not status.st_mode & 0o022


def _read(file: Path) -> bytes:
    """Return the content of a regular file of ours that is not old; raise OSError or ValueError."""
    # A pipe by this name would be waited for.
    flags = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(file, os.O_RDONLY | flags), "rb") as opened:
        status = os.fstat(opened.fileno())
        if not (stat.S_ISREG(status.st_mode) and _is_private(status) and status.st_size <= _MAX_BYTES):
            raise ValueError("not a file of ours")
        if not 0 <= time.time() - status.st_mtime <= _MAX_AGE_S:
            raise ValueError("too old, or from the future")
        return opened.read(_MAX_BYTES)


def _text(catalogue: Catalogue) -> str:
    kinds = [
        {
            "apiVersion": kind.api_version,
            "kind": kind.kind,
            "plural": kind.resource.plural,
            "namespaced": kind.resource.namespaced,
            "words": kind.words,
        }
        for version in catalogue.values()
        for kind in version.values()
    ]
    return json.dumps({"format": _FORMAT, "kinds": kinds})


def _catalogue(stored: dict[str, object]) -> Catalogue:
    """Return what a file says; raise ValueError, KeyError or TypeError when it is not as `_text` writes it."""
    kinds = stored["kinds"]
    if stored["format"] != _FORMAT or not isinstance(kinds, list):
        raise ValueError("of another format")
    catalogue: dict[str, dict[str, ServedKind]] = {}
    for item in kinds:
        kind = _served_kind(item)
        catalogue.setdefault(kind.api_version, {})[kind.kind] = kind
    return catalogue


def _served_kind(item: dict[str, object]) -> ServedKind:
    match item:
        case {
            "apiVersion": str(api_version),
            "kind": str(kind),
            "plural": str(plural),
            "namespaced": bool(namespaced),
            "words": list(words),
        } if _API_VERSION.fullmatch(api_version) and _KIND.fullmatch(kind) and _PLURAL.fullmatch(plural):
            return ServedKind(api_version, kind, Resource(plural, namespaced), tuple(map(str, words)))
    raise ValueError("not a kind")


def _replace(file: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as made:
            made.write(text)
        Path(name).replace(file)
    except BaseException:
        # Ctrl-C as well leaves nothing behind.
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _remove_forgotten(place: Path) -> None:
    oldest = time.time() - _FORGOTTEN_AFTER_S
    for entry in place.iterdir():
        with contextlib.suppress(OSError):
            if entry.lstat().st_mtime < oldest:
                entry.unlink()
