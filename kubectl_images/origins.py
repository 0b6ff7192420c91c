"""Where a request may go: origins, and what a registry may send us to (its realm, a redirect).

The rules are those of go-containerregistry and regclient: a public registry must not make us talk to an address
inside, and nothing may lead from https to http.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
# What every library takes for the same host: none decodes it, and none sees the end of the host elsewhere.
_HOST = re.compile(r"[a-z0-9._-]+")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Origin:
    """Scheme, host and port: what must be equal for a login to be sent. The host is in lower case, without brackets."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """The host with its port as a URL has them, without the port that the scheme implies."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


def origin_of(url: str) -> Origin:
    """Return the origin of an http(s) URL. Raises ValueError for any other text, and for one with a user in it.

    Also for one that another library could read as the URL of another host: urllib3 decodes `%31`, ends a host at a
    backslash and keeps control characters that `urlsplit` drops, and the resolver takes wide digits for digits.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if parts.scheme not in _DEFAULT_PORTS or "@" in parts.netloc:
        raise ValueError(url)
    if not url.lower().startswith(f"{parts.scheme}://{parts.netloc}".lower()):
        raise ValueError(url)
    if ":" in host:
        ipaddress.IPv6Address(host)
    elif not _HOST.fullmatch(host):
        raise ValueError(url)
    port = _DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
    return Origin(parts.scheme, host, port)


def is_loopback(host: str) -> bool:
    """Whether a host is this computer: localhost and its subdomains, 127.0.0.0/8, ::1."""
    name = host.rstrip(".").lower()
    address = _address_of(name)
    return name == "localhost" or name.endswith(".localhost") or (address is not None and address.is_loopback)


def may_redirect(source: Origin, target: Origin) -> bool:
    """Whether an answer of the one may send us to the other."""
    if target == source:
        return True
    if source.scheme == "https" and target.scheme == "http":
        return False
    return not _is_local_only(target.host) and (is_loopback(source.host) or not is_loopback(target.host))


def may_log_in(registry: Origin, realm: Origin) -> bool:
    """Whether a registry may name this origin as its login service."""
    if (realm.host, realm.port) == (registry.host, registry.port):
        return realm.scheme == "https" or registry.scheme == "http"
    if realm.scheme == "http" and not (registry.scheme == "http" and is_loopback(realm.host)):
        return False
    return not _is_local_only(realm.host) and (_is_inside(registry.host) or not _is_inside(realm.host))


def _is_local_only(host: str) -> bool:
    # Link-local addresses hold the metadata services of clouds; nobody runs a registry's login there.
    address = _address_of(host)
    return address is not None and (address.is_link_local or address.is_unspecified)


def _is_inside(host: str) -> bool:
    address = _address_of(host)
    return is_loopback(host) or (address is not None and address.is_private)


def _address_of(host: str) -> _Address | None:
    try:
        address: _Address = ipaddress.ip_address(host)
    except ValueError:
        return _old_ipv4(host)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _old_ipv4(host: str) -> ipaddress.IPv4Address | None:
    # The resolver takes `127.1`, `0x7f000001` and `2130706433` for addresses, so they must not slip through here.
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None
