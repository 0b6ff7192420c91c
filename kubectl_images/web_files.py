"""`-f URL`: a file that a web server has, read over the same proxies and with the same CAs as registries.

An address may carry a token in its query, so that no message shows more of it than scheme, host and path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from .errors import InputError
from .origins import origin_of
from .redirects import follow
from .registry_answers import Answer, RequestError
from .registry_http import Http, Request
from .registry_policy import Policy
from .registry_trust import Trusts
from .retries import Deadline
from .text_files import decoded
from .web_addresses import shown

_MAX_BYTES = 20 * 1024 * 1024
_LIMIT_S = 30
_ETC = Path("/etc")
_BY_HAND = "read it with a program that can, and pipe it in: curl ... | kubectl images deploy -f -"
_HINTS = {
    401: f"it wants a login; {_BY_HAND}",
    403: f"it wants another login; {_BY_HAND}",
    404: "check the address; some servers answer so where a login is missing",
}


def read_address(address: str, environ: Mapping[str, str], timeout_s: float | None = None) -> str:
    """Return the text that a web server has at an address; raise InputError when there is none.

    `timeout_s` is how long the server may be silent, in place of 30 s; 0 is for ever.
    """
    name = shown(address)
    url = _checked(address)
    policy = Policy(read_s=_LIMIT_S).within(timeout_s)
    # A server may be silent for the time that is allowed, and still send its answer.
    policy = replace(policy, repository_s=policy.read_s + _LIMIT_S)
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or "/")
    http, deadline = Http(environ, policy, Trusts(environ, home, _ETC)), Deadline.of(policy)
    request = Request(url, _MAX_BYTES, accept="application/yaml, text/plain, */*")
    try:
        answer = follow(request, lambda sent: http.send(sent, deadline), policy.max_redirects)
    except RequestError as exc:
        # Who answers here need not be a registry.
        raise InputError(f"-f {name}: {_of_server(exc.cause)}", hint=exc.hint and _of_server(exc.hint)) from exc
    finally:
        http.close()
    return _text(answer, name)


def _checked(address: str) -> str:
    """Return the address as it is asked for; raise InputError when it is none, or holds a login."""
    url = address.partition("#")[0]
    try:
        origin_of(url)
    except ValueError as exc:
        has_login = "@" in urlsplit(address.partition("?")[0]).netloc
        what = "a user and password in an address are not sent" if has_login else "this is no web address"
        raise InputError(f"-f {shown(address)}: {what}", hint=_BY_HAND if has_login else None) from exc
    return url


def _text(answer: Answer, name: str) -> str:
    if answer.status != 200:
        raise InputError(f"-f {name}: the server answered {answer.outcome}", hint=_HINTS.get(answer.status))
    if answer.is_web_page:
        raise InputError(
            f"-f {name}: this is a web page, not a file of objects",
            hint="use the address of the file itself, which sites call raw",
        )
    return decoded(answer.body, name)


def _of_server(text: str) -> str:
    return text.replace("the registry", "the server")
