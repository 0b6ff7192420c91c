"""What the fake registry is told to be, what it logs, and what it answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import ssl

Auth = Literal["anonymous", "basic", "bearer"]


@dataclass(frozen=True)
class Received:
    """One request as it arrived; `path` has its query."""

    method: str
    path: str
    authorization: str | None
    form: str = ""
    accept: str = ""
    accept_encoding: str = ""


@dataclass(frozen=True)
class Reply:
    """An answer that is given as it stands, or one of the ways to give none."""

    status: int = 200
    headers: Mapping[str, str | Iterable[str]] = field(default_factory=dict)
    body: bytes = b""
    how: Literal["whole", "cut", "cut-chunk", "closed", "silent", "endless"] = "whole"


def as_json(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """Return a reply with JSON in it."""
    kind = {"Content-Type": "application/json; charset=utf-8"}
    return Reply(status, {**kind, **(headers or {})}, json.dumps(content).encode())


def an_error(status: int, code: str, message: str, detail: Any = None) -> Reply:
    """Return an error as registries give them."""
    return as_json({"errors": [{"code": code, "message": message, "detail": detail}]}, status)


@dataclass(frozen=True)
class Rules:
    """How the registry behaves; `registry_shapes` has those of the registries that people use.

    Logins. `users` are those it takes, `identity_token` is another way in; without both, everyone gets a token. `realm`
    is another login service than its own, `challenge` what it demands in other words: `{realm}` and `{scope}` (a whole
    parameter, or nothing) are filled in; at the first contact, the scope is the `placeholder_scope`. With an `open_ping`
    that one succeeds, and demands all the same. Tokens are no good where there is a `challenge_to_useless_token`. One
    that `hides_missing` repositories answers as if they were private; one that `denies` gives no token for them, and
    lets nobody in who shows anything but a token.

    Lists. `page_size` is what it sends without `n`, `max_page_size` the most it sends with one; without both, `n` and
    `last` mean nothing to it, as in distribution 2.8.2. From `refused_page_size` on it refuses. `link` leads to a next
    page: `{name}` is the repository, `{rest}` the same without its first part, `{last}` the last tag of the page, or how
    many there were so far for one who `counts`. With `link_after_last`, a full last page has a link, too.

    With a `gate`, lists are answered when as many are asked for at the same time as the barrier has parties; it breaks
    when they never are.
    """

    auth: Auth = "anonymous"
    users: Mapping[str, str] = field(default_factory=dict)
    identity_token: str = ""
    realm: str | None = None
    token_path: str = "/token"
    token_name: str = "token"
    challenge: str = ""
    placeholder_scope: str = ""
    challenge_to_useless_token: str = ""
    open_ping: bool = False
    hides_missing: bool = False
    denies: bool = False

    page_size: int | None = None
    max_page_size: int | None = None
    refused_page_size: int | None = None
    page_size_refusal: Reply = Reply(405)
    link: str = '</v2/{name}/tags/list?last={last}&n={n}>; rel="next"'
    counts: bool = False
    link_after_last: bool = False
    in_order: bool = False
    no_tags: list[str] | None = None
    unknown_last: Reply | None = None
    with_manifests: bool = False

    tls: ssl.SSLContext | None = None
    gate: threading.Barrier | None = None
