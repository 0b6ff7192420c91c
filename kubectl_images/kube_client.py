"""Requests to the API server over kept connections: login, retries and streams; no meaning yet."""

from __future__ import annotations

import json
import threading
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
from .kube_retries import Retries, may_pass, was_never_sent
from .kube_stream import Stream
from .kube_tls import ClientCertificate
from .objects import Body
from .unreachable import unreachable

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager, Timeout

JSON = "application/json"
APPLY_PATCH = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"
# A wait that somebody who watches wonders about.
_LONG_WAIT_S = 2.0

Query = Sequence[tuple[str, str]]


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
        # One request was tried as often as it may, in vain: until there is an answer again, the others do not wait.
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

        So is what `may_repeat`: the caller knows that sending it twice is as good as once. Everything is tried again
        that the server has not seen, or was too busy for.
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
                # Its rest would be taken for the beginning of the next answer.
                response.close()
                response = self._open(self._login.credential(), request, stream_timeout(silent_s), is_stream=True)
            if response.status != 200:
                return _answer(response)
        except HTTPError as exc:
            raise unreachable(self.access, exc, has_answered=self._has_answered) from exc
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
            is_safe = request.is_idempotent or was_never_sent(exc)
            if may_pass(exc, has_answered=self._has_answered) and is_safe and self._may_try(failures):
                self._wait(failures, None, "broke the connection")
                return None
            raise unreachable(self.access, exc, has_answered=self._has_answered) from exc
        self._has_answered = True
        if not answer.is_passing:
            self._is_lost = False
            return answer
        # The server does nothing of what it has no time for.
        if (request.is_idempotent or answer.status == 429) and self._may_try(failures):
            self._wait(failures, answer.retry_after, f"answered {answer.status}")
            return None
        return answer

    def _may_try(self, failures: int) -> bool:
        """Say whether another attempt is due after so many, and remember when all were in vain."""
        if failures >= self._retries.tries:
            self._is_lost = True
        return not self._is_lost

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
            # Names are sent in UTF-8, as by programs in Go; what is handed over here would be sent in Latin-1.
            sent.add(name, value.encode("utf-8", "surrogateescape").decode("latin-1"))
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
        location=response.headers.get("Location", ""),
        warnings=warnings_of(response.headers.getlist("Warning")),
    )
