"""Logins that docker and podman keep: where their files are, what they hold, and which entry is meant.

{"auths": {KEY: {"auth": base64 of "user:password", "identitytoken": ...}}, "credHelpers": {HOST: NAME}, "credsStore": NAME}
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .registry_names import registry_key


@dataclass(frozen=True)
class Login:
    """What proves to a registry who we are, and where it was found.

    `identity_token` is exchanged for a token instead of user and password; `registry_token` is sent as it is.
    Raises ValueError, in words that follow its place, for texts that nothing can send: JSON allows half a character.
    """

    source: str
    username: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    registry_token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        texts = (self.username, self.password, self.identity_token)
        # What stands for other bytes in the environment is sent as those.
        try:
            "".join(texts).encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            raise ValueError("holds half a character, which cannot be sent") from None
        if not (self.registry_token.isascii() and self.registry_token.isprintable()):
            raise ValueError("holds a token with characters that cannot be sent")


@dataclass(frozen=True)
class ConfigFile:
    """One place with logins; `problem` says why nothing in it can be used, "" when it was read."""

    source: str
    content: Mapping[str, Any] = field(default_factory=dict, repr=False)
    problem: str = ""


def load_config_files(environ: Mapping[str, str], home: Path) -> tuple[ConfigFile, ...]:
    """Return every place that exists, in the order in which they are asked; a broken one says so in `problem`."""
    files = [_load(path) for path in _paths(environ, home)]
    text = environ.get("DOCKER_AUTH_CONFIG")
    given = _parse("DOCKER_AUTH_CONFIG", text) if text else None
    return tuple(file for file in (given, *files) if file is not None)


def auth_entry(file: ConfigFile, registry: str, repository: str) -> Mapping[str, Any] | None:
    """Return the entry of a repository: the longest key that begins its path, else its registry's; None without any.

    A key with a path serves only what lies below that path: `quay.io/a` is no login for `quay.io/b`.
    """
    auths = file.content.get("auths")
    if not isinstance(auths, dict):
        return None
    wanted = [_path_key(key) for key in _scopes(registry, repository)]
    exact = {_path_key(key): entry for key, entry in auths.items() if not _is_address(key)}
    addresses = {registry_key(key): entry for key, entry in auths.items() if _is_address(key)}
    for entry in (*(exact.get(key) for key in wanted), addresses.get(registry_key(registry))):
        if isinstance(entry, dict):
            return entry
    return None


def login_of(entry: Mapping[str, Any], source: str) -> Login | None:
    """Return the login that an entry spells out; None for an empty one, which is what a helper leaves behind.

    Raises ValueError when `auth` is not base64 of `user:password`.
    """
    username, password = _text(entry, "username"), _text(entry, "password")
    if _text(entry, "auth"):
        username, password = decode_auth(_text(entry, "auth"))
    login = Login(source, username, password, _text(entry, "identitytoken"), _text(entry, "registrytoken"))
    return login if login.username or login.identity_token or login.registry_token else None


def decode_auth(text: str) -> tuple[str, str]:
    """Return user and password of an `auth`, also of one without padding. Raises ValueError for anything else."""
    padded = text.strip() + "=" * (-len(text.strip()) % 4)
    try:
        decoded = base64.b64decode(padded, validate=True).decode().strip("\0")
    except ValueError:
        raise ValueError("is not base64 of user:password") from None
    username, colon, password = decoded.partition(":")
    if not colon:
        raise ValueError("is not base64 of user:password")
    return username, password


def helper_for(file: ConfigFile, registry: str) -> str:
    """Return the name of the credential helper that a file sets for a registry, "" for none."""
    helpers = file.content.get("credHelpers")
    if isinstance(helpers, dict):
        for host, name in helpers.items():
            if registry_key(host) == registry_key(registry) and isinstance(name, str) and name:
                return name
    return _text(file.content, "credsStore")


def _paths(environ: Mapping[str, str], home: Path) -> Iterator[Path]:
    if environ.get("REGISTRY_AUTH_FILE"):
        yield Path(environ["REGISTRY_AUTH_FILE"])
    yield Path(environ.get("DOCKER_CONFIG") or home / ".docker") / "config.json"
    if environ.get("XDG_RUNTIME_DIR"):
        yield Path(environ["XDG_RUNTIME_DIR"]) / "containers" / "auth.json"
    elif hasattr(os, "getuid"):
        yield Path(f"/run/containers/{os.getuid()}/auth.json")
    yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "containers" / "auth.json"
    yield home / ".dockercfg"


def _load(path: Path) -> ConfigFile | None:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as exc:
        return ConfigFile(str(path), problem=f"cannot read {path}: {exc.strerror}")
    except UnicodeDecodeError:
        return ConfigFile(str(path), problem=f"cannot read {path}: it is not UTF-8 text")
    file = _parse(str(path), text)
    # The format before config.json has the entries at the top.
    return ConfigFile(file.source, {"auths": file.content}, file.problem) if path.name == ".dockercfg" else file


def _parse(source: str, text: str) -> ConfigFile:
    try:
        content = json.loads(text) if text.strip() else {}
    except json.JSONDecodeError as exc:
        return ConfigFile(source, problem=f"cannot read {source}: line {exc.lineno} is not JSON ({exc.msg})")
    except RecursionError:
        return ConfigFile(source, problem=f"cannot read {source}: it is nested too deeply")
    except ValueError:
        return ConfigFile(source, problem=f"cannot read {source}: a number in it is too large")
    if not isinstance(content, dict):
        return ConfigFile(source, problem=f"cannot read {source}: it is not a JSON object")
    return ConfigFile(source, content)


def _scopes(registry: str, repository: str) -> Iterator[str]:
    parts = [registry_key(registry), *repository.split("/")]
    for count in range(len(parts), 0, -1):
        yield "/".join(parts[:count])


def _path_key(key: str) -> str:
    host, slash, path = _without_scheme(key).rstrip("/").partition("/")
    return registry_key(host) + slash + path


def _is_address(key: str) -> bool:
    # Docker files the login of a registry under the address of its API: https://HOST/v1/.
    path = _without_scheme(key).partition("/")[2]
    return path in {"v1/", "v2/"} or ("://" in key and path.rstrip("/") in {"", "v1", "v2"})


def _without_scheme(key: str) -> str:
    return key.removeprefix("https://").removeprefix("http://")


def _text(mapping: Mapping[str, Any], key: str) -> str:
    value = mapping.get(key)
    return value if isinstance(value, str) else ""
