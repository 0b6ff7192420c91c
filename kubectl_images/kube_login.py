"""The credential that a request carries now: read, run or kept, and renewed when it has expired."""

from __future__ import annotations

import base64
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

from . import exec_plugin
from .access import Access, Password, Token, TokenFile
from .errors import KubeconfigError
from .exec_plugin import Credential, ExecPlugin

# As long as client-go keeps what it read from a token file.
_TOKEN_FILE_AGE = timedelta(minutes=1)


class CurrentLogin:
    """The login of one access, kept in memory only; safe to use from several threads."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._lock = threading.Lock()
        self._kept: Credential | None = None

    def credential(self) -> Credential:
        """Return the credential to use, from its source when none is kept or the kept one has expired."""
        with self._lock:
            if self._kept is None or _has_expired(self._kept):
                self._kept = _read(self._access)
            return self._kept

    def renew(self, refused: Credential) -> bool:
        """Forget a credential that the server refused; say whether its source may have another."""
        with self._lock:
            if self._kept is refused:
                self._kept = None
        return isinstance(self._access.login, TokenFile | ExecPlugin)


def _has_expired(credential: Credential) -> bool:
    return credential.expires is not None and credential.expires <= datetime.now(timezone.utc)


def _read(access: Access) -> Credential:
    match access.login:
        case ExecPlugin() as plugin:
            found = exec_plugin.run(plugin)
            return Credential(found.authorization, found.certificate or access.certificate, found.expires)
        case TokenFile(path):
            return Credential(
                f"Bearer {_token(path)}", access.certificate, datetime.now(timezone.utc) + _TOKEN_FILE_AGE
            )
        case Token(value):
            return Credential(f"Bearer {value}", access.certificate)
        case Password(username, password):
            pair = base64.b64encode(f"{username}:{password}".encode()).decode()
            return Credential(f"Basic {pair}", access.certificate)
        case None:
            return Credential(None, access.certificate)


def _token(path: Path) -> str:
    try:
        token = path.read_text(encoding="utf-8").strip()
    except OSError as exc:
        raise KubeconfigError(f"token file {path} cannot be read: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise KubeconfigError(f"token file {path} cannot be read: it is not UTF-8 text") from exc
    if not token:
        raise KubeconfigError(f"token file {path} is empty")
    return token
