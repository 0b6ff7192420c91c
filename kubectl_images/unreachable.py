"""Why there was no answer, in words: network, proxy, TLS, time."""

from __future__ import annotations

import re

from .access import Access
from .errors import ClusterError


def unreachable(access: Access, exc: Exception) -> ClusterError:
    """Return the error for a request that got no answer."""
    from urllib3 import exceptions

    where = str(access)
    if isinstance(exc, exceptions.ProxyError):
        return ClusterError(f"{where} cannot be reached through the proxy: {_root(exc)}", hint=_PROXY_HINT)
    if isinstance(exc, exceptions.SSLError):
        return _untrusted(where, exc)
    if isinstance(exc, exceptions.NewConnectionError):
        hint = "is the cluster running, and its network connected? Another cluster: --context NAME"
        return ClusterError(f"{where} cannot be reached: {_root(exc)}", hint=hint)
    if isinstance(exc, exceptions.TimeoutError):
        within = f" within {access.request_timeout_s:g} s" if access.request_timeout_s else " in time"
        hint = "is its network connected? To wait longer: --request-timeout=5m"
        return ClusterError(f"{where} did not answer{within}", hint=hint)
    hint = "if the server restarts, run the same command again a little later"
    return ClusterError(f"{where} broke the connection: {_root(exc)}", hint=hint)


_PROXY_HINT = "check proxy-url of the cluster in the kubeconfig, HTTPS_PROXY and NO_PROXY"


def _untrusted(where: str, exc: Exception) -> ClusterError:
    reason = _root(exc)
    if "certificate verify failed" not in reason:
        return ClusterError(f"no TLS connection to {where}: {reason}", hint="check the scheme and port of the server")
    return ClusterError(
        f"the certificate of {where} is not trusted: {reason}",
        hint="name the cluster's own authority: --certificate-authority FILE (or certificate-authority in the kubeconfig)",
    )


def _root(exc: BaseException) -> str:
    """Return the words of the innermost cause, without Python's own decoration."""
    inner: BaseException = exc
    while True:
        nested = [part for part in inner.args if isinstance(part, BaseException)]
        deeper = nested[0] if nested else inner.__cause__
        if deeper is None:
            break
        inner = deeper
    if isinstance(inner, OSError) and inner.strerror:
        return re.sub(r"^\[[^\]]*\] | \(_ssl\.c:\d+\)$", "", inner.strerror)
    return str(inner)
