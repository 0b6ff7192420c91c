"""Requests to the API server over kept connections: TLS, proxy, login, timeouts and retries; no meaning yet."""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from . import __version__, kube_tls
from .access import Access
from .errors import ClusterError
from .exec_plugin import Credential
from .kube_import import light
from .kube_login import CurrentLogin
from .kube_tls import ClientCertificate
from .objects import Body

if TYPE_CHECKING:
    from urllib3 import PoolManager, Timeout

MOST_CONNECTIONS = 8
APPLY_PATCH = "application/apply-patch+yaml"
_CONNECT_TIMEOUT_S = 10
# The API server itself gives up on a request after 60 seconds.
_READ_TIMEOUT_S = 70
_JITTER = random.SystemRandom()

Query = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Retries:
    """How often a request that may be sent again is tried, and the waits between: doubled, and up to the last."""

    tries: int = 4
    first_wait_s: float = 0.25
    longest_wait_s: float = 20.0

    def wait_s(self, failures: int, retry_after: str | None) -> float:
        """Return how long to wait after so many failures; what the server asks for goes first."""
        asked = float(retry_after) if retry_after and retry_after.isdigit() else 0.0
        own = self.first_wait_s * float(2 ** (failures - 1)) * _JITTER.uniform(0.75, 1.25)
        return min(max(asked, own), self.longest_wait_s)


@dataclass(frozen=True)
class Answer:
    """What the API server answered; `warnings` are the texts of its Warning headers."""

    status: int
    body: bytes = field(repr=False)
    retry_after: str | None = None
    warnings: tuple[str, ...] = ()

    def json(self) -> Body | None:
        """Return the body when it is a JSON object, else None."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return None
        return value if isinstance(value, dict) else None

    @property
    def message(self) -> str:
        """The server's own words about a failure."""
        said = (self.json() or {}).get("message")
        return str(said) if said else self.body[:300].decode("utf-8", "replace").strip()

    @property
    def causes(self) -> Sequence[Mapping[str, Any]]:
        """The causes of a failure, one per field; empty when the server names none."""
        return ((self.json() or {}).get("details") or {}).get("causes") or []


class KubeClient:
    """Connections to one API server: at most 8, kept and shared by all threads."""

    def __init__(self, access: Access, retries: Retries | None = None) -> None:
        self.access = access
        self._retries = retries or Retries()
        self._login = CurrentLogin(access)
        self._lock = threading.Lock()
        self._pools: tuple[ClientCertificate | None, PoolManager] | None = None

    def request(
        self,
        method: str,
        path: str,
        query: Query = (),
        *,
        body: Body | None = None,
        content_type: str = "application/json",
    ) -> Answer:
        """Return the server's answer, whatever its status; GET and server-side apply are tried again.

        Raises ClusterError (status 0) when there is no answer, KubeconfigError when the login fails.
        """
        from urllib3.exceptions import HTTPError, ProtocolError

        url = f"{self.access.server}{path}" + (f"?{urlencode(query, quote_via=quote)}" if query else "")
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": content_type} if data is not None else {}
        may_repeat = method == "GET" or content_type == APPLY_PATCH
        tries = self._retries.tries if may_repeat else 1
        failures = 0
        while True:
            failures += 1
            retry_after = None
            try:
                answer = self._logged_in(method, url, headers, data)
            except ProtocolError as exc:
                # The connection broke: the server closed a kept one, or restarts.
                if failures == tries:
                    raise _unreachable(self.access, exc) from exc
            except HTTPError as exc:
                raise _unreachable(self.access, exc) from exc
            else:
                if failures == tries or not _is_passing(answer):
                    return answer
                retry_after = answer.retry_after
            time.sleep(self._retries.wait_s(failures, retry_after))

    def close(self) -> None:
        """Close the connections that are kept."""
        if self._pools is not None:
            self._pools[1].clear()

    def _logged_in(self, method: str, url: str, headers: Mapping[str, str], data: bytes | None) -> Answer:
        """Send with the current credential, and once more with a new one when it is refused."""
        credential = self._login.credential()
        answer = self._send(credential, method, url, headers, data)
        if answer.status == 401 and self._login.renew(credential):
            return self._send(self._login.credential(), method, url, headers, data)
        return answer

    def _send(
        self, credential: Credential, method: str, url: str, headers: Mapping[str, str], data: bytes | None
    ) -> Answer:
        import urllib3

        sent = urllib3.HTTPHeaderDict(headers)
        sent.update({"User-Agent": f"kubectl-images/{__version__}", "Accept": "application/json"})
        sent.update({"Accept-Encoding": "gzip"})
        if credential.authorization:
            sent["Authorization"] = credential.authorization
        for name, value in self.access.impersonation:
            sent.add(name, value)
        pool = self._pool(credential.certificate)
        got = pool.urlopen(method, url, body=data, headers=sent, timeout=_timeout(self.access), redirect=False)
        return Answer(
            status=got.status,
            body=got.data,
            retry_after=got.headers.get("Retry-After"),
            warnings=_warnings(got.headers.getlist("Warning")),
        )

    def _pool(self, certificate: ClientCertificate | None) -> PoolManager:
        """Return the connections that present this certificate; a login program may change it."""
        with self._lock:
            if self._pools is None or self._pools[0] != certificate:
                self._pools = (certificate, _connections(self.access, certificate))
            return self._pools[1]


def _connections(access: Access, certificate: ClientCertificate | None) -> PoolManager:
    import urllib3

    configuration = light("configuration").Configuration(host=access.server)
    configuration.verify_ssl = not access.trust.insecure
    configuration.tls_server_name = access.trust.server_name
    configuration.connection_pool_maxsize = MOST_CONNECTIONS
    configuration.retries = False
    # The proxy is decided already: its own reading of the environment ignores NO_PROXY.
    configuration.proxy = access.proxy.url if access.proxy else None
    if access.proxy and access.proxy.headers:
        configuration.proxy_headers = access.proxy.headers
    pool: PoolManager = light("rest").RESTClientObject(configuration).pool_manager
    # Without this, certifi's authorities would be trusted besides the cluster's own.
    pool.connection_pool_kw["ca_certs"] = None
    pool.connection_pool_kw["block"] = True
    if access.server.startswith("https:"):
        pool.connection_pool_kw["ssl_context"] = kube_tls.context(access.trust, certificate)
    if access.trust.insecure:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    return pool


def _timeout(access: Access) -> Timeout:
    import urllib3

    if access.request_timeout_s is None:
        return urllib3.Timeout(connect=_CONNECT_TIMEOUT_S, read=_READ_TIMEOUT_S)
    return urllib3.Timeout(total=access.request_timeout_s or None)


def _is_passing(answer: Answer) -> bool:
    """Say whether the same request may well succeed a little later."""
    # A manifest with a wrong field is answered by 500 as well: "failed to create typed patch object".
    return answer.status in {429, 502, 503, 504} or (
        answer.status == 500 and not answer.message.startswith("failed to ")
    )


def _warnings(headers: Sequence[str]) -> tuple[str, ...]:
    """Return the texts of `Warning: 299 - "text"` headers; one header may hold several."""
    quoted = [text for header in headers for text in re.findall(r'"((?:[^"\\]|\\.)*)"', header)]
    return tuple(re.sub(r"\\(.)", r"\1", text) for text in quoted)


def _unreachable(access: Access, exc: Exception) -> ClusterError:
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
