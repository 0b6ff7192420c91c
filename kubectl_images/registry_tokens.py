"""The token that a login service hands out for one repository.

Source: distribution, docs/content/spec/auth/token.md and oauth.md.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from .challenges import Challenge
from .docker_config import Login
from .origins import Origin, may_log_in, origin_of
from .registry_answers import Answer, RequestError, json_of
from .registry_http import Request
from .registry_policy import Clock

_CLIENT = "kubectl-images"
# A token lives at least this long, whatever `expires_in` says (token.md).
_SHORTEST_LIFE_S = 60.0
_LONGEST_LIFE_S = 365 * 24 * 3600.0
_RENEW_EARLY_S = 5.0


@dataclass(frozen=True)
class Token:
    """A bearer token, to be renewed at that time of the monotonic clock.

    `refresh_token` takes the place of the identity token that it was given for; "" when that stays.
    """

    value: str = field(repr=False)
    renew_at: float
    refresh_token: str = field(default="", repr=False)


def check_realm(challenge: Challenge, registry: Origin) -> Origin:
    """Return the origin of the login service. Raises RequestError when no login may be sent there."""
    try:
        realm = origin_of(challenge.realm)
    except ValueError:
        raise RequestError("it names a login service that is not an address") from None
    if not may_log_in(registry, realm):
        raise RequestError(f"it names {realm} as its login service, which is refused", hint="tell the registry's owner")
    return realm


def basic_authorization(login: Login) -> str:
    """Return the `Authorization` of a user and a password (RFC 7617, as UTF-8)."""
    # An environment that is not UTF-8 is sent as the bytes that it holds.
    pair = f"{login.username}:{login.password}".encode("utf-8", "surrogateescape")
    return "Basic " + base64.b64encode(pair).decode("ascii")


def token_request(challenge: Challenge, scope: str, login: Login | None, max_bytes: int) -> Request:
    """Return the GET for a token, anonymous without a login."""
    query = {**_service_and_scope(challenge, scope), "client_id": _CLIENT}
    if login:
        query["account"] = login.username
    joint = "&" if "?" in challenge.realm else "?"
    authorization = basic_authorization(login) if login else None
    return Request(f"{challenge.realm}{joint}{_encoded(query)}", max_bytes, authorization)


def identity_token_request(challenge: Challenge, scope: str, login: Login, max_bytes: int) -> Request:
    """Return the POST that exchanges an identity token for a token."""
    form = {
        "grant_type": "refresh_token",
        "refresh_token": login.identity_token,
        "client_id": _CLIENT,
        **_service_and_scope(challenge, scope),
    }
    return Request(challenge.realm, max_bytes, form=_encoded(form).encode("ascii"))


def read_token(answer: Answer, clock: Clock) -> Token:
    """Return the token of a login service's answer. Raises RequestError when it holds none."""
    content = json_of(answer)
    value = (content.get("access_token") or content.get("token")) if isinstance(content, dict) else None
    if not isinstance(value, str) or not value.isascii() or not value.isprintable() or " " in value:
        raise RequestError("its answer holds no token")
    renew_at = clock.monotonic() + max(_SHORTEST_LIFE_S, _life_s(content)) - _RENEW_EARLY_S
    refresh_token = content.get("refresh_token")
    can_be_sent = isinstance(refresh_token, str) and refresh_token.isascii() and refresh_token.isprintable()
    return Token(value, renew_at, refresh_token if can_be_sent else "")


def _encoded(query: Mapping[str, str]) -> str:
    return urlencode(query, errors="surrogateescape")


def _life_s(content: Mapping[str, Any]) -> float:
    life_s = content.get("expires_in")
    # An integer of JSON may be larger than any float.
    return float(min(life_s, _LONGEST_LIFE_S)) if isinstance(life_s, (int, float)) else 0.0


def _service_and_scope(challenge: Challenge, scope: str) -> dict[str, str]:
    service = challenge.parameters.get("service")
    return {**({"service": service} if service else {}), "scope": scope}
