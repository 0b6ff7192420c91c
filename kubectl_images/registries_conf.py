"""What podman's registries.conf says about registries: which are blocked or insecure, and where they really are.

    [[registry]]
    prefix = "example.com/team"             names that it is for, by the longest prefix; also "*.example.com"
    location = "inside.example.net/team"    where those are
    insecure = true                         neither verified certificates nor TLS
    blocked = true

Mirrors and short names are not for us: a mirror may lack the newest tag. Source: containers-registries.conf(5),
containers-registries.conf.d(5).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import InvalidImageError, RegistryError
from .references import ImageRef, Repository
from .registry_names import registry_key

Parser = Callable[[str], Mapping[str, Any]]

_FILE, _DIRECTORY = "CONTAINERS_REGISTRIES_CONF", "CONTAINERS_REGISTRIES_CONF_DIR"
_TABLE = re.compile(r"""\s*\[\[\s*["']?registry["']?\s*\]\]""")
_NEW_WORDS = {"block": "blocked = true", "insecure": "insecure = true"}
# Where the parser says that a fault is.
_AT = re.compile(r" \(at (?:line ([0-9]+), column [0-9]+|end of document)\)$")


@dataclass(frozen=True)
class RegistryRule:
    """One table; `location` is "" when names stay as they are, `place` the file and the line where the table begins."""

    prefix: str
    location: str = ""
    insecure: bool = False
    blocked: bool = False
    place: str = ""


@dataclass(frozen=True)
class RegistryRules:
    """Every rule, one for each prefix, and what could not be read."""

    rules: tuple[RegistryRule, ...] = ()
    warnings: tuple[str, ...] = ()


def toml_parser() -> Parser | None:
    """Return the parser of the standard library, None before Python 3.11, which has none."""
    if sys.version_info >= (3, 11):
        import tomllib

        return tomllib.loads
    return None


def load_rules(environ: Mapping[str, str], home: Path, etc: Path, parse: Parser | None) -> RegistryRules:
    """Return the rules of all files; a later file replaces the rules of the same prefix.

    Raises RegistryError naming file and line when one cannot be read, since it may block what would be asked.
    """
    rules: dict[str, RegistryRule] = {}
    warnings: list[str] = []
    named = environ.get(_FILE)
    for path in _files(environ, home, etc):
        text = _read(path, _FILE if named and path == Path(named) else "")
        if parse is not None:
            rules |= _first_of_each(_rules(path, text, parse))
        elif any(_TABLE.match(line) for line in text.splitlines()):
            warnings.append(f"{path} is not used: reading it needs Python 3.11 or newer")
    return RegistryRules(tuple(rules.values()), tuple(warnings))


def rule_for(rules: Sequence[RegistryRule], registry: str, repository: str) -> RegistryRule | None:
    """Return the rule with the longest prefix of a repository; None without any."""
    name = f"{registry_key(registry)}/{repository}"
    matching = [rule for rule in rules if _match(rule.prefix, name)]
    # `a.example.com` is as long as `*.example.com`, and says more.
    return max(matching, key=lambda rule: (len(rule.prefix), not rule.prefix.startswith("*.")), default=None)


def located(rule: RegistryRule, registry: str, repository: str) -> Repository:
    """Return where a repository really is. Raises RegistryError when the rule leads to no repository."""
    if not rule.location:
        return registry, repository
    name = f"{registry_key(registry)}/{repository}"
    target = rule.location + name[_match(rule.prefix, name) :]
    wrong = _unreadable(rule.place, f"its location makes {target} of {name}, which is no repository with its registry")
    try:
        found = ImageRef.parse(target)
    except InvalidImageError as exc:
        raise wrong from exc
    if found.tag or found.digest or registry_key(target) != found.registry.lower():
        raise wrong
    return found.repository_key


def _match(prefix: str, name: str) -> int:
    """Return how many characters of a repository's name a prefix covers, 0 when it is not for it."""
    host = name.partition("/")[0]
    if prefix.startswith("*."):
        # A wildcard has no port, so it is for every port, and a location keeps it.
        bare = re.sub(":[0-9]+$", "", host)
        return len(bare) if bare.endswith(prefix[1:]) else 0
    return len(prefix) if f"{name}/".startswith(f"{prefix}/") else 0


def _files(environ: Mapping[str, str], home: Path, etc: Path) -> Iterator[Path]:
    """Yield the files in the order in which they are read: the later ones win."""
    user, system = home / ".config" / "containers", etc / "containers"
    named = environ.get(_FILE)
    main = (
        Path(named)
        if named
        else next((file for file in (user / "registries.conf", system / "registries.conf") if _exists(file)), None)
    )
    if main:
        yield main
    folders = [system / "registries.conf.d", user / "registries.conf.d"]
    if environ.get(_DIRECTORY):
        folders = [Path(environ[_DIRECTORY])]
    elif main == user / "registries.conf":
        # Who has a file of his own is not bound by the system's.
        folders = folders[1:]
    for folder in folders:
        yield from _drop_ins(folder)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        # A directory that is closed to us holds nothing that is meant for us.
        return False


def _drop_ins(folder: Path) -> list[Path]:
    try:
        return sorted(file for file in folder.iterdir() if file.suffix == ".conf" and not file.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as exc:
        raise _unreadable(str(folder), exc.strerror or "unknown reason") from exc


def _read(path: Path, variable: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as exc:
        reason = exc.strerror or "unknown reason"
        if variable:
            raise RegistryError(
                f"cannot use {path} ({variable}): {reason}", hint=f"correct or unset {variable}"
            ) from exc
        raise _unreadable(str(path), reason) from exc
    except UnicodeDecodeError as exc:
        line = exc.object.count(b"\n", 0, exc.start) + 1
        raise _unreadable(f"{path}:{line}", "it is not UTF-8 text") from exc


def _first_of_each(rules: Iterable[RegistryRule]) -> dict[str, RegistryRule]:
    """Return the rules by their prefix: in one file the first table counts, as it does for podman."""
    found: dict[str, RegistryRule] = {}
    for rule in rules:
        found.setdefault(rule.prefix, rule)
    return found


def _rules(path: Path, text: str, parse: Parser) -> list[RegistryRule]:
    # TOML knows fewer ends of a line than `splitlines`.
    lines = [number for number, line in enumerate(text.split("\n"), 1) if _TABLE.match(line)]
    try:
        content = parse(text)
    except RecursionError:
        raise _unreadable(str(path), "it is nested too deeply") from None
    except ValueError as exc:
        at = _AT.search(str(exc))
        line = (at and at[1]) or len(text.rstrip("\n").split("\n"))
        raise _unreadable(f"{path}:{line}", f"it is not TOML: {_AT.sub('', str(exc))}") from exc
    tables = content.get("registry", [])
    if not isinstance(tables, list):
        raise _unreadable(str(path), "registry must be an array of tables: [[registry]]")
    if old := _old_table(content):
        raise _unreadable(str(path), f"[registries.{old}] is the old format; write [[registry]] with {_NEW_WORDS[old]}")
    # Tables that are written in line have no line of their own.
    places = [f"{path}:{line}" for line in lines] if len(lines) == len(tables) else [str(path)] * len(tables)
    return list(map(_rule, tables, places))


def _old_table(content: Mapping[str, Any]) -> str:
    """Return the table of the first format that would block registries or make them insecure; "" without one."""
    tables = content.get("registries")
    if not isinstance(tables, dict):
        return ""
    filled = [name for name in _NEW_WORDS if isinstance(tables.get(name), dict) and tables[name].get("registries")]
    return next(iter(filled), "")


def _rule(table: object, place: str) -> RegistryRule:
    if not isinstance(table, dict):
        raise _unreadable(place, "registry must be an array of tables: [[registry]]")
    for name, kind, words in (
        ("prefix", str, "a text"),
        ("location", str, "a text"),
        ("insecure", bool, "true or false"),
        ("blocked", bool, "true or false"),
    ):
        if not isinstance(table.get(name, kind()), kind):
            raise _unreadable(place, f"{name} must be {words}")
        if "://" in str(table.get(name)):
            raise _unreadable(place, f"{name} must begin with a host, not with https:// or http://")
    location = table.get("location", "").rstrip("/")
    prefix = table.get("prefix", "").rstrip("/") or location
    if not prefix:
        raise _unreadable(place, "a registry needs a location or a prefix")
    host, slash, path = prefix.partition("/")
    known = host.lower() if host.startswith("*.") else registry_key(host)
    return RegistryRule(
        known + slash + path, location, table.get("insecure", False), table.get("blocked", False), place
    )


def _unreadable(place: str, reason: str) -> RegistryError:
    cause = f"cannot use {place}: {reason}"
    return RegistryError(cause, hint="correct it: it may block or move what is asked for", cause=cause)
