"""Kept connections to the API server: TLS, proxy and timeouts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import kube_tls
from .access import Access
from .kube_tls import ClientCertificate

if TYPE_CHECKING:
    from urllib3 import PoolManager, Timeout

MOST_CONNECTIONS = 8
_CONNECT_TIMEOUT_S = 10
# The API server itself gives up on a request after 60 seconds.
_READ_TIMEOUT_S = 70


def connections(access: Access, certificate: ClientCertificate | None, *, block: bool) -> PoolManager:
    """Return connections that present this certificate; with `block` there are at most 8, which one waits for.

    Raises KubeconfigError when a certificate cannot be used.
    """
    import urllib3

    settings: dict[str, Any] = {"maxsize": MOST_CONNECTIONS, "block": block}
    if access.server.startswith("https:"):
        settings |= {"ssl_context": kube_tls.context(access.trust, certificate)}
        settings |= {"server_hostname": access.trust.server_name} if access.trust.server_name else {}
    if access.trust.insecure:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    if access.proxy is None:
        return urllib3.PoolManager(**settings)
    return urllib3.ProxyManager(access.proxy.url, proxy_headers=access.proxy.headers, **settings)


def request_timeout(access: Access) -> Timeout:
    """Return how long one request may take."""
    import urllib3

    if access.request_timeout_s is None:
        return urllib3.Timeout(connect=_CONNECT_TIMEOUT_S, read=_READ_TIMEOUT_S)
    return urllib3.Timeout(total=access.request_timeout_s or None)


def stream_timeout(silent_s: float) -> Timeout:
    """Return how long a stream may take to begin, and be silent between two of its parts."""
    import urllib3

    return urllib3.Timeout(connect=_CONNECT_TIMEOUT_S, read=silent_s)
