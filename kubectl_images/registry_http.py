"""One HTTP request to a registry or its login service: the only module of the registries that knows urllib3.

Neither retries nor redirects happen here; every exception of the libraries below becomes a RequestError.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import __version__
from .once import OncePerKey
from .origins import Origin, is_loopback, origin_of
from .proxies import Proxy, proxy_for
from .registry_answers import Answer, Kind, RequestError
from .registry_connections import pool_classes
from .registry_policy import Policy
from .registry_tls import client_certificate_wanted, tls_context, tls_error
from .registry_trust import Trust, Trusts
from .retries import Deadline

if TYPE_CHECKING:
    import urllib3

_CHUNK = 64 * 1024
# nginx lets a client without a certificate in, to tell it this.
_NO_CERTIFICATE = b"No required SSL certificate was sent"


@dataclass(frozen=True)
class Request:
    """A GET or HEAD, or a POST when there is a `form`; a longer successful answer than `max_bytes` is refused."""

    url: str
    max_bytes: int
    authorization: str | None = field(default=None, repr=False)
    form: bytes | None = field(default=None, repr=False)
    method: str = "GET"
    accept: str = "application/json"


@dataclass(frozen=True)
class _Route:
    """What decides which pool of connections a request uses."""

    trust: Trust
    proxy: Proxy | None


@dataclass(frozen=True)
class _Patience:
    """How long one request waits for a connection, and for each piece of an answer."""

    connect_s: float
    read_s: float


class Http:
    """Sends requests over kept connections; one pool for each way of verifying and each proxy."""

    def __init__(self, environ: Mapping[str, str], policy: Policy, trusts: Trusts) -> None:
        self.environ = environ
        self.trusts = trusts
        self._policy = policy
        self._pools: OncePerKey[_Route, urllib3.PoolManager] = OncePerKey(RequestError)
        self._opened: list[urllib3.PoolManager] = []
        # Whoever sent a damaged compressed answer is asked for plain ones from then on.
        self._plain: set[Origin] = set()

    def send(self, request: Request, deadline: Deadline) -> Answer:
        """Return the answer, whatever its status. Raises RequestError when there is none."""
        import urllib3

        origin = origin_of(request.url)
        route = self._route(origin)
        pool = self._pools.get(route, lambda: self._pool(route))
        left_s = deadline.left_s()
        patience = _Patience(min(self._policy.connect_s, left_s), min(self._policy.read_s, left_s))
        with _translated(request, origin, route, patience):
            response = pool.request(
                request.method if request.form is None else "POST",
                request.url,
                body=request.form,
                headers=_headers(request, compressed=origin not in self._plain and not is_loopback(origin.host)),
                timeout=urllib3.Timeout(connect=_or_none(patience.connect_s), read=_or_none(patience.read_s)),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            try:
                body = self._body(response, request, deadline)
            except BaseException as exc:
                response.close()
                if isinstance(exc, urllib3.exceptions.DecodeError):
                    self._plain.add(origin)
                raise
        if response.status == 400 and _NO_CERTIFICATE in body:
            raise client_certificate_wanted(route.trust)
        headers = _read_headers(response)
        return Answer(response.status, response.reason or "", headers, body, request.url, request.authorization)

    def close(self) -> None:
        """Close the kept connections."""
        for pool in self._opened:
            pool.clear()

    def _route(self, origin: Origin) -> _Route:
        trust = self.trusts.of(origin)
        try:
            return _Route(trust, proxy_for(origin, self.environ))
        except ValueError as exc:
            raise RequestError(str(exc), hint="correct the variable, or unset it") from exc

    def _pool(self, route: _Route) -> urllib3.PoolManager:
        import urllib3

        context = tls_context(route.trust, self.environ)
        size = self._policy.at_once
        if route.trust.unverified_by:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        if route.proxy is None:
            pool = urllib3.PoolManager(size, maxsize=size, ssl_context=context)
        else:
            headers = route.proxy.headers
            pool = urllib3.ProxyManager(route.proxy.url, size, None, headers, maxsize=size, ssl_context=context)
        pool.pool_classes_by_scheme = pool_classes()
        self._opened.append(pool)
        return pool

    def _body(self, response: urllib3.BaseHTTPResponse, request: Request, deadline: Deadline) -> bytes:
        # The timeout of a socket bounds one read, so a server that drips bytes is only stopped by the deadline.
        body = bytearray()
        is_error = response.status >= 300
        max_bytes = self._policy.max_small_bytes if is_error else request.max_bytes
        while chunk := response.read1(_CHUNK, decode_content=True):
            body += chunk
            if len(body) > max_bytes:
                if not is_error:
                    raise RequestError(f"its answer is larger than {max_bytes / 1024**2:g} MiB")
                response.close()
                break
            deadline.left_s()
        response.release_conn()
        return bytes(body[:max_bytes])


def _or_none(seconds: float) -> float | None:
    return None if math.isinf(seconds) else seconds


def _headers(request: Request, *, compressed: bool) -> dict[str, str]:
    headers = {"accept": request.accept, "user-agent": f"kubectl-images/{__version__}"}
    headers["accept-encoding"] = "gzip" if compressed else "identity"
    if request.authorization is not None:
        headers["authorization"] = request.authorization
    if request.form is not None:
        headers["content-type"] = "application/x-www-form-urlencoded"
    return headers


def _read_headers(response: urllib3.BaseHTTPResponse) -> dict[str, tuple[str, ...]]:
    return {name.lower(): tuple(response.headers.getlist(name)) for name in response.headers}


@contextmanager
def _translated(request: Request, origin: Origin, route: _Route, patience: _Patience) -> Iterator[None]:
    from urllib3.exceptions import HTTPError

    try:
        yield
    except (HTTPError, OSError, ValueError) as exc:
        known = _while_connecting(exc, route, patience) or _while_reading(exc, patience)
        fault = known or RequestError(f"the request to {origin} failed ({type(exc).__name__})")
        # What a form holds may be spent by its first arrival: an identity token that is replaced by a new one.
        once = request.form is not None and fault.kind not in {Kind.NOT_THERE, Kind.UNREACHABLE}
        raise (fault.final() if once else fault) from exc


def _while_connecting(exc: Exception, route: _Route, patience: _Patience) -> RequestError | None:
    from urllib3 import exceptions as errors

    match exc:
        case errors.ProxyError():
            return _proxy_error(exc, route.proxy)
        case errors.SSLError():
            return tls_error(exc.args[0] if exc.args else exc, route.trust)
        case errors.NameResolutionError():
            hint = "check the spelling of the registry, DNS, or whether HTTPS_PROXY must be set"
            return RequestError("the name of the host cannot be resolved", hint=hint, kind=Kind.UNREACHABLE)
        case errors.NewConnectionError():
            return _connection_error(exc)
        case errors.ConnectTimeoutError():
            hint = "check the firewall, or whether HTTPS_PROXY must be set"
            cause = f"no answer within {patience.connect_s:g} s"
            return RequestError(cause, hint=hint, tries=2, kind=Kind.UNREACHABLE)
        case _:
            return None


def _while_reading(exc: Exception, patience: _Patience) -> RequestError | None:
    from urllib3 import exceptions as errors

    match exc:
        case errors.ReadTimeoutError():
            hint = "try again, or allow more with --request-timeout"
            return RequestError(_silence(exc, patience), hint=hint, tries=3)
        case errors.ProtocolError():
            return _protocol_error(exc)
        case errors.DecodeError():
            return RequestError("it sent a damaged compressed answer", hint="try again", tries=2)
        case _:
            return None


def _silence(exc: Exception, patience: _Patience) -> str:
    # What urllib3 waited for is only in its words: the time for connecting is that of the TLS handshake, too.
    if patience.connect_s < patience.read_s and str(exc).endswith(f"(read timeout={patience.connect_s})"):
        return f"it took the connection but not the TLS handshake within {patience.connect_s:g} s"
    return f"it took the request but sent nothing for {patience.read_s:g} s"


def _connection_error(exc: Exception) -> RequestError:
    if isinstance(exc.__cause__, ConnectionRefusedError):
        hint = "check that the registry is up and that the port is right"
        return RequestError("nothing listens there", hint=hint, tries=2, kind=Kind.NOT_THERE)
    reason = exc.__cause__.strerror if isinstance(exc.__cause__, OSError) else None
    cause = f"no connection: {reason or 'unknown reason'}"
    return RequestError(cause, hint="check the network", tries=2, kind=Kind.UNREACHABLE)


def _protocol_error(exc: Exception) -> RequestError:
    import http.client

    inner = exc.args[-1] if exc.args else None
    if isinstance(inner, http.client.IncompleteRead):
        return RequestError("its answer was cut off", hint="try again", tries=4)
    if isinstance(inner, (ConnectionError, http.client.RemoteDisconnected)):
        return RequestError("it closed the connection without an answer", hint="try again", tries=4, kind=Kind.CLOSED)
    if isinstance(inner, http.client.LineTooLong) or "headers" in str(inner):
        return RequestError("it sent oversized headers", hint="check the registry's address")
    return RequestError("it does not answer in HTTP", hint="check that the port is the registry's")


def _proxy_error(exc: Exception, proxy: Proxy | None) -> RequestError:
    where = f"the proxy {proxy.url} (from {proxy.variable})" if proxy else "the proxy"
    if "407" in str(exc.args[-1]):
        variable = proxy.variable if proxy else "HTTPS_PROXY"
        return RequestError(f"{where} wants a login", hint=f"put it into {variable}: http://USER:PASSWORD@HOST:PORT")
    if "Tunnel connection failed" in str(exc.args[-1]):
        return RequestError(f"{where} refused to connect to it")
    return RequestError(f"{where} is not reachable", hint="check the variable, or add the host to NO_PROXY", tries=2)
