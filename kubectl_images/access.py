"""What it takes to reach one cluster: where it is, whom we trust, and how we log in."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from .exec_plugin import ExecPlugin
from .kube_tls import ClientCertificate, Trust
from .proxies import Proxy


@dataclass(frozen=True)
class Token:
    """A bearer token."""

    value: str = field(repr=False)


@dataclass(frozen=True)
class TokenFile:
    """A file with a bearer token, which others renew; `otherwise` is the token while the file cannot be read."""

    path: Path
    otherwise: str = field(default="", repr=False)


@dataclass(frozen=True)
class Password:
    """A user's name and password, for basic authentication."""

    username: str
    password: str = field(repr=False)


Login = Token | TokenFile | Password | ExecPlugin


@dataclass(frozen=True)
class Access:
    """Everything needed to talk to one cluster; `context` and `user` are "" where the kubeconfig names none.

    `flags` are kubectl's flags that led here besides the context and the namespace, for commands that do the same;
    a token that was given by flag is not among them. A login is withheld where others could read it on the way.
    """

    server: str
    namespace: str = "default"
    context: str = ""
    user: str = ""
    trust: Trust = field(default_factory=Trust)
    login: Login | None = None
    certificate: ClientCertificate | None = None
    login_is_withheld: bool = False
    impersonation: tuple[tuple[str, str], ...] = ()
    proxy: Proxy | None = None
    request_timeout_s: float | None = None
    flags: tuple[str, ...] = ()
    token_is_typed: bool = False

    def __str__(self) -> str:
        """Return the server as messages name it."""
        context = f' (context "{self.context}")' if self.context else ""
        return f"API server {self.server}{context}"
