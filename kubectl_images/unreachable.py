"""Why there was no answer, in words: network, proxy, TLS, time."""

from __future__ import annotations

import re

from .access import Access
from .errors import ClusterError
from .origins import origin_of


def unreachable(access: Access, exc: Exception, *, has_answered: bool) -> ClusterError:
    """Return the error for a request that got no answer, from a server that has answered before or never."""
    from urllib3 import exceptions

    where = str(access)
    if isinstance(exc, exceptions.ProxyError):
        return ClusterError(f"{where} cannot be reached through the proxy: {_root(exc)}", hint=_PROXY_HINT)
    if isinstance(exc, exceptions.SSLError) and (is_distrust(exc) or not has_answered):
        return _untrusted(access, exc)
    if isinstance(exc, exceptions.NewConnectionError):
        hint = "is the cluster running, and its network connected? Another cluster: --context NAME"
        return ClusterError(f"{where} cannot be reached: {_root(exc)}", hint=hint)
    if isinstance(exc, exceptions.TimeoutError):
        within = f" within {access.request_timeout_s:g} s" if access.request_timeout_s else " in time"
        hint = "is its network connected? To wait longer: --request-timeout=5m"
        return ClusterError(f"{where} did not answer{within}", hint=hint)
    hint = "if the server restarts, run the same command again a little later"
    return ClusterError(f"{where} broke the connection: {_root(exc)}", hint=hint)


_AUTHORITY_HINT = (
    "name the cluster's own authority: --certificate-authority FILE (or certificate-authority in the kubeconfig)"
)
_PROXY_HINT = "check proxy-url of the cluster in the kubeconfig, HTTPS_PROXY and NO_PROXY"


def is_distrust(exc: Exception) -> bool:
    """Say whether a server's certificate is the reason: that stays as it is."""
    return "certificate verify failed" in str(exc)


def _untrusted(access: Access, exc: Exception) -> ClusterError:
    reason = _root(exc)
    if not is_distrust(exc):
        return ClusterError(f"no TLS connection to {access}: {reason}", hint="check the scheme and port of the server")
    hint = _AUTHORITY_HINT
    if "mismatch" in reason:
        origin = origin_of(access.server)
        address = f"[{origin.host}]:{origin.port}" if ":" in origin.host else f"{origin.host}:{origin.port}"
        hint = (
            "if this is the cluster, call it as its certificate does: --tls-server-name=NAME\n"
            f"the names in it: openssl s_client -connect {address} </dev/null | openssl x509 -noout -ext subjectAltName"
        )
    return ClusterError(f"the certificate of {access} is not trusted: {reason}", hint=hint)


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
