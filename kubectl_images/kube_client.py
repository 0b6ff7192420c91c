"""Requests to the API server over kept connections: login, retries and streams; no meaning yet."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from . import __version__
from .access import Access
from .exec_plugin import Credential
from .kube_answers import Answer, warnings_of
from .kube_connections import connections, request_timeout, stream_timeout
from .kube_login import CurrentLogin
from .kube_stream import Stream
from .kube_tls import ClientCertificate
from .objects import Body
from .unreachable import unreachable

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager, Timeout
    from urllib3.exceptions import HTTPError

JSON = "application/json"
APPLY_PATCH = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"
_JITTER = random.SystemRandom()
# A wait that somebody who watches wonders about.
_LONG_WAIT_S = 2.0

Query = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Retries:
    """How often a request that may be sent again is tried, and the waits between: doubled, and up to the last."""

    tries: int = 6
    first_wait_s: float = 0.25
    longest_wait_s: float = 20.0
    sleep: Callable[[float], None] = time.sleep

    def wait_s(self, failures: int, retry_after: str | None) -> float:
        """Return how long to wait after so many failures; what the server asks for goes first."""
        asked = float(retry_after) if retry_after and retry_after.isdigit() else 0.0
        own = self.first_wait_s * float(2 ** (failures - 1)) * _JITTER.uniform(0.75, 1.25)
        return min(max(asked, own), self.longest_wait_s)


@dataclass(frozen=True)
class _Request:
    method: str
    url: str
    data: bytes | None = field(default=None, repr=False)
    content_type: str = JSON
    accept: str = JSON
    may_repeat: bool = False

    @property
    def is_idempotent(self) -> bool:
        """Whether sending it twice is as good as once."""
        return self.method == "GET" or self.content_type == APPLY_PATCH or self.may_repeat


class KubeClient:
    """Connections to one API server: at most 8 for requests, kept and shared by all threads.

    `progress` is told of waits that take long.
    """

    def __init__(
        self, access: Access, retries: Retries | None = None, progress: Callable[[str], None] | None = None
    ) -> None:
        self.access = access
        self._retries = retries or Retries()
        self._progress = progress or (lambda _text: None)
        self._login = CurrentLogin(access)
        self._lock = threading.Lock()
        self._certificate: ClientCertificate | None = None
        # Streams keep their connections for long, and requests would wait for them: they have a pool of their own.
        self._pools: dict[bool, PoolManager] = {}
        self._has_answered = False
        # One request has waited in vain: until there is an answer again, the others do not wait.
        self._is_lost = False

    def request(
        self,
        method: str,
        path: str,
        query: Query = (),
        *,
        body: Body | list[Body] | None = None,
        content_type: str = JSON,
        accept: str = JSON,
        may_repeat: bool = False,
    ) -> Answer:
        """Return the server's answer, whatever its status; GET and server-side apply are tried again.

        So is what `may_repeat`: the caller knows that sending it twice is as good as once.
        Raises ClusterError (status 0) when there is no answer, KubeconfigError when the login fails.
        """
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        request = _Request(method, self._url(path, query), data, content_type, accept, may_repeat)
        failures = 0
        while (answer := self._attempt(request, failures)) is None:
            failures += 1
        return answer

    def stream(self, path: str, query: Query, *, silent_s: float) -> Answer | Stream:
        """Return the JSON objects of a watch as they come, or the answer when it is not 200; on a connection of its own.

        Raises ClusterError when there is no answer within `silent_s`, KubeconfigError when the login fails.
        """
        from urllib3.exceptions import HTTPError

        request = _Request("GET", self._url(path, query))
        try:
            credential = self._login.credential()
            response = self._open(credential, request, stream_timeout(silent_s), is_stream=True)
            if response.status == 401 and self._login.renew(credential):
                response.release_conn()
                response = self._open(self._login.credential(), request, stream_timeout(silent_s), is_stream=True)
            if response.status != 200:
                return _answer(response)
        except HTTPError as exc:
            raise unreachable(self.access, exc) from exc
        return Stream(response)

    def close(self) -> None:
        """Close the connections that are kept."""
        for pool in self._pools.values():
            pool.clear()

    def _url(self, path: str, query: Query) -> str:
        return f"{self.access.server}{path}" + (f"?{urlencode(query, quote_via=quote)}" if query else "")

    def _attempt(self, request: _Request, failures: int) -> Answer | None:
        """Return the answer, or None after a wait, when it is worth another attempt after so many that failed."""
        from urllib3.exceptions import HTTPError

        failures += 1
        try:
            answer = self._logged_in(request)
        except HTTPError as exc:
            if not self._is_worth_another(request, failures) or not self._may_pass(exc):
                self._is_lost = True
                raise unreachable(self.access, exc) from exc
            self._wait(failures, None, "broke the connection")
            return None
        self._has_answered = True
        if not answer.is_passing or not self._is_worth_another(request, failures):
            self._is_lost = answer.is_passing
            return answer
        self._wait(failures, answer.retry_after, f"answered {answer.status}")
        return None

    def _is_worth_another(self, request: _Request, failures: int) -> bool:
        return request.is_idempotent and not self._is_lost and failures < self._retries.tries

    def _may_pass(self, exc: HTTPError) -> bool:
        """Say whether a server that gave no answer may well give one a little later."""
        from urllib3 import exceptions

        # It closed a kept connection, or restarts; while it does, nobody listens. One that never answered is not there.
        return isinstance(exc, exceptions.ProtocolError) or (
            self._has_answered and isinstance(exc, exceptions.NewConnectionError)
        )

    def _wait(self, failures: int, retry_after: str | None, reason: str) -> None:
        wait_s = self._retries.wait_s(failures, retry_after)
        if wait_s >= _LONG_WAIT_S:
            self._progress(f"{self.access} {reason}; it is asked again in {wait_s:.0f} s")
        self._retries.sleep(wait_s)

    def _logged_in(self, request: _Request) -> Answer:
        """Send with the current credential, and once more with a new one when it is refused."""
        credential = self._login.credential()
        answer = self._send(credential, request)
        if answer.status == 401 and self._login.renew(credential):
            return self._send(self._login.credential(), request)
        return answer

    def _send(self, credential: Credential, request: _Request) -> Answer:
        return _answer(self._open(credential, request, request_timeout(self.access)))

    def _open(
        self, credential: Credential, request: _Request, timeout: Timeout, *, is_stream: bool = False
    ) -> BaseHTTPResponse:
        import urllib3

        sent = urllib3.HTTPHeaderDict()
        if request.data is not None:
            sent["Content-Type"] = request.content_type
        sent.update({"User-Agent": f"kubectl-images/{__version__}", "Accept": request.accept})
        if not is_stream:
            sent["Accept-Encoding"] = "gzip"
        if credential.authorization:
            sent["Authorization"] = credential.authorization
        for name, value in self.access.impersonation:
            sent.add(name, value)
        return self._pool(credential.certificate, is_stream=is_stream).urlopen(
            request.method,
            request.url,
            body=request.data,
            headers=sent,
            timeout=timeout,
            redirect=False,
            retries=False,
            preload_content=not is_stream,
        )

    def _pool(self, certificate: ClientCertificate | None, *, is_stream: bool) -> PoolManager:
        """Return the connections that present this certificate; a login program may change it."""
        with self._lock:
            if self._certificate != certificate:
                self._certificate, self._pools = certificate, {}
            if is_stream not in self._pools:
                self._pools[is_stream] = connections(self.access, certificate, block=not is_stream)
            return self._pools[is_stream]


def _answer(response: BaseHTTPResponse) -> Answer:
    return Answer(
        status=response.status,
        body=response.data,
        retry_after=response.headers.get("Retry-After"),
        warnings=warnings_of(response.headers.getlist("Warning")),
    )
