"""Which proxy leads to a host: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, by the rules of Go's programs."""

from __future__ import annotations

import base64
import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from .origins import Origin, is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Proxy:
    """A proxy's address without its login, the variable it came from, and the login as `user:password`, or ""."""

    url: str
    variable: str
    login: str = field(repr=False)

    @property
    def headers(self) -> dict[str, str] | None:
        """What a request to the proxy carries; None without a login."""
        if not self.login:
            return None
        pair = base64.b64encode(self.login.encode("utf-8", "surrogateescape"))
        return {"proxy-authorization": f"Basic {pair.decode('ascii')}"}


def proxy_for(origin: Origin, environ: Mapping[str, str]) -> Proxy | None:
    """Return the proxy for an origin, None to connect directly. Raises ValueError naming a variable that is no URL."""
    if _goes_direct(origin, environ.get("NO_PROXY") or environ.get("no_proxy") or ""):
        return None
    for name in (f"{origin.scheme}_proxy", "all_proxy"):
        for variable in (name.upper(), name):
            # A web server hands the header `Proxy:` of its caller to CGI programs as HTTP_PROXY: https://httpoxy.org
            if environ.get(variable) and not (variable == "HTTP_PROXY" and environ.get("REQUEST_METHOD")):
                return parse_proxy(environ[variable], variable)
    return None


def parse_proxy(text: str, variable: str) -> Proxy:
    """Return the proxy that a variable or setting names. Raises ValueError naming the variable, not its value."""
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
        parts = urlsplit("")
    if parts.scheme.startswith("socks"):
        raise ValueError(f"{variable} names a SOCKS proxy, which is not supported")
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError(f"{variable} is not the address of a proxy, like http://proxy.example.com:3128")
    authority = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    login = f"{_decoded(parts.username)}:{_decoded(parts.password)}" if "@" in parts.netloc else ""
    return Proxy(f"{parts.scheme}://{authority}", variable, login)


def _decoded(text: str | None) -> str:
    # Bytes that are no UTF-8 are sent as they are.
    return unquote(text or "", errors="surrogateescape")


def _goes_direct(origin: Origin, no_proxy: str) -> bool:
    if is_loopback(origin.host):
        return True
    return any(_matches(origin, entry.strip().lower()) for entry in no_proxy.split(",") if entry.strip())


def _matches(origin: Origin, entry: str) -> bool:
    if entry == "*":
        return True
    if "/" in entry:
        return _is_in_network(origin.host, entry)
    host, port = _split_port(entry.removeprefix("*"))
    if port and port != str(origin.port):
        return False
    if host.startswith("."):
        return origin.host.endswith(host)
    return origin.host == host or origin.host.endswith(f".{host}")


def _is_in_network(host: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _split_port(entry: str) -> tuple[str, str]:
    if entry.startswith("["):
        host, _, port = entry[1:].partition("]")
        return host, port.removeprefix(":")
    if entry.count(":") == 1:
        host, _, port = entry.partition(":")
        return host, port
    return entry, ""
