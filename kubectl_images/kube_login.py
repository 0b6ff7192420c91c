"""The credential that a request carries now: read, run or kept, and renewed when it has expired."""

from __future__ import annotations

import base64
import threading
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from . import exec_plugin
from .access import Access, Password, Token, TokenFile
from .errors import KubeconfigError
from .exec_plugin import Credential, ExecPlugin, is_token

# As long as client-go keeps what it read from a token file.
TOKEN_FILE_AGE = timedelta(minutes=1)


class CurrentLogin:
    """The login of one access, kept in memory only; safe to use from several threads."""

    def __init__(self, access: Access, token_file_age: timedelta = TOKEN_FILE_AGE) -> None:
        self._access = access
        self._token_file_age = token_file_age
        self._lock = threading.Lock()
        self._kept: Credential | None = None

    def credential(self) -> Credential:
        """Return the credential to use, from its source when none is kept or the kept one has expired."""
        with self._lock:
            if self._kept is None or _has_expired(self._kept):
                self._kept = self._again()
            return self._kept

    def renew(self, refused: Credential) -> bool:
        """Forget a credential that the server refused; say whether its source may have another."""
        with self._lock:
            if self._kept is refused:
                self._kept = None
        return isinstance(self._access.login, TokenFile | ExecPlugin)

    def _again(self) -> Credential:
        """Read the login; a token file that is gone for a moment does not end what goes well with its last token."""
        if not isinstance(self._access.login, TokenFile):
            return _read(self._access)
        expires = datetime.now(timezone.utc) + self._token_file_age
        try:
            return replace(_read(self._access), expires=expires)
        except KubeconfigError:
            if self._kept is None:
                raise
            return replace(self._kept, expires=expires)


def _has_expired(credential: Credential) -> bool:
    return credential.expires is not None and credential.expires <= datetime.now(timezone.utc)


def _read(access: Access) -> Credential:
    match access.login:
        case ExecPlugin() as plugin:
            found = exec_plugin.run(plugin)
            return Credential(found.authorization, found.certificate or access.certificate, found.expires)
        case TokenFile() as file:
            return Credential(_bearer(*_token(file, access)), access.certificate)
        case Token(value):
            return Credential(_bearer(value, _source(access)), access.certificate)
        case Password(username, password):
            pair = base64.b64encode(f"{username}:{password}".encode()).decode()
            return Credential(f"Basic {pair}", access.certificate)
        case None:
            return Credential(None, access.certificate)


def _bearer(token: str, source: str) -> str:
    if not is_token(token):
        raise KubeconfigError(f"{source} is no token: it has several lines, or characters that no token has")
    return f"Bearer {token}"


def _source(access: Access) -> str:
    return "the value of --token" if access.token_is_typed else f'the token of user "{access.user}" in the kubeconfig'


def _token(file: TokenFile, access: Access) -> tuple[str, str]:
    """Return the token, and where it was written."""
    try:
        return _token_in(file.path), f"the content of token file {file.path}"
    except KubeconfigError:
        if not file.otherwise:
            raise
        return file.otherwise, _source(access)


def _token_in(path: Path) -> str:
    try:
        token = path.read_text(encoding="utf-8").strip()
    except OSError as exc:
        raise KubeconfigError(f"token file {path} cannot be read: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise KubeconfigError(f"token file {path} cannot be read: it is not UTF-8 text") from exc
    if not token:
        raise KubeconfigError(f"token file {path} is empty")
    return token
