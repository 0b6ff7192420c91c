"""One registry host: how it is reached, what it demands, and every GET that is sent to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from .challenges import Challenge, parse_challenges, usable_challenge
from .credentials import Credentials, FoundLogin
from .once import OncePerKey
from .origins import Origin, is_loopback, origin_of
from .redirects import follow
from .registry_answers import Answer, Kind, RequestError, raise_for_trouble
from .registry_http import Http, Request
from .registry_login import RegistryLogin, refusal
from .registry_names import connect_to
from .registry_policy import Outlets, Policy
from .registry_settings import ineffective, trust_for
from .retries import Deadline, Pace, retrying

T = TypeVar("T")


@dataclass(frozen=True)
class Connection:
    """The origin that speaks for a registry, and what it demanded when it was first asked."""

    origin: Origin
    challenges: tuple[Challenge, ...]


class RegistryHost:
    """The state kept for a registry: its scheme, its challenge, its tokens and its pace."""

    def __init__(self, registry: str, http: Http, credentials: Credentials, policy: Policy, outlets: Outlets) -> None:
        self.name = connect_to(registry)
        self._registry = registry
        self._http = http
        self._policy = policy
        self._outlets = outlets
        self._login = RegistryLogin(registry, http, credentials, policy, outlets)
        self._pace = Pace(self.name, outlets.progress)
        self._connections: OncePerKey[str, Connection] = OncePerKey(RequestError)

    def connect(self) -> Connection:
        """Return how the host is reached, found out once; a host that is dead fails everyone at once.

        Tries https, and plain http only where nobody can listen in: on this computer.
        """
        return self._connections.get(self.name, self._connect)

    def get(self, path: str, repository: str, deadline: Deadline, read: Callable[[Answer], T]) -> T:
        """Return what `read` makes of the answer; `path` is one of the registry's, or the URL of a next page.

        `read` is a part of what is tried again. Raises RequestError.
        """
        connection = self.connect()
        url = path if "://" in path else f"{connection.origin}{path}"

        def attempt() -> T:
            answer = self._logged_in(url, connection, repository, deadline)
            raise_for_trouble(answer, self._policy.clock)
            return read(answer)

        return retrying(attempt, self._policy, self._pace, deadline)

    def _connect(self) -> Connection:
        try:
            origin = origin_of(f"https://{self.name}")
        except ValueError as exc:
            raise RequestError("that is not a host that can be connected to") from exc
        self._warn_about_settings(origin)
        try:
            return self._ping(origin)
        except RequestError as exc:
            if not _may_be_plain(origin) or exc.kind not in {Kind.NOT_THERE, Kind.PLAIN_HTTP}:
                raise
        return self._ping(origin_of(f"http://{self.name}"))

    def _warn_about_settings(self, origin: Origin) -> None:
        for sentence in ineffective(self._http.environ):
            self._outlets.notice(sentence)
        try:
            trust = trust_for(origin.authority, self._http.environ)
        except ValueError as exc:
            raise RequestError(str(exc), hint="correct the variable, or unset it") from exc
        if not trust.verify:
            self._outlets.notice(f"the certificate of {self.name} is not verified ({trust.verify_variable})")

    def _ping(self, origin: Origin) -> Connection:
        deadline = Deadline.of(self._policy)

        def attempt() -> Answer:
            try:
                answer = self._follow(Request(f"{origin}/v2/", self._policy.max_small_bytes), deadline)
            except RequestError as exc:
                if exc.kind is Kind.NOT_THERE and _may_be_plain(origin):
                    raise exc.final() from exc
                raise
            raise_for_trouble(answer, self._policy.clock)
            return answer

        answer = retrying(attempt, self._policy, self._pace, deadline)
        if answer.status not in {200, 401}:
            hint = "check the registry's address"
            raise RequestError(f"no registry answers there: GET /v2/ gave {answer.outcome}", hint=hint)
        # A host that sends us elsewhere for everything (registry.k8s.io) demands nothing itself.
        is_own = origin_of(answer.url) == origin
        return Connection(origin, _challenges(answer) if is_own else ())

    def _logged_in(self, url: str, connection: Connection, repository: str, deadline: Deadline) -> Answer:
        is_own = origin_of(url) == connection.origin
        challenges = connection.challenges if is_own else ()
        found = self._found(challenges, repository)
        sent = self._login.authorization(challenges, connection.origin, repository, found.login, deadline)
        answer = self._follow(Request(url, self._policy.max_list_bytes, sent), deadline)
        if answer.status == 401:
            answer, found = self._answer_challenge(answer, sent, connection, repository, deadline)
        if answer.status in {401, 403}:
            raise refusal(answer, found, self._registry)
        return answer

    def _answer_challenge(
        self, answer: Answer, sent: str | None, connection: Connection, repository: str, deadline: Deadline
    ) -> tuple[Answer, FoundLogin]:
        origin = origin_of(answer.url)
        is_own = origin == connection.origin
        # gcr.io has answered 401 without a challenge where it had sent one before.
        challenges = _challenges(answer) or (connection.challenges if is_own else ())
        if challenges and usable_challenge(challenges) is None:
            schemes = ", ".join(dict.fromkeys(challenge.scheme for challenge in challenges))
            raise RequestError(f"it wants a login of a kind that is not supported: {schemes}")
        # Another host, where a redirect led, never gets our login.
        found = self._found(challenges, repository) if is_own else FoundLogin(None)
        if sent is not None and is_own:
            self._login.forget(connection.challenges, repository, found.login)
            self._login.forget(challenges, repository, found.login)
        authorization = self._login.authorization(challenges, origin, repository, found.login, deadline)
        if authorization in {None, sent}:
            return answer, found
        request = Request(answer.url, self._policy.max_list_bytes, authorization)
        return self._follow(request, deadline), found

    def _found(self, challenges: tuple[Challenge, ...], repository: str) -> FoundLogin:
        # An open registry demands nothing: no file is read and no helper run for it.
        return self._login.found(repository) if challenges else FoundLogin(None)

    def _follow(self, request: Request, deadline: Deadline) -> Answer:
        return follow(request, lambda each: self._http.send(each, deadline), self._policy.max_redirects)


def _may_be_plain(origin: Origin) -> bool:
    return origin.scheme == "https" and is_loopback(origin.host)


def _challenges(answer: Answer) -> tuple[Challenge, ...]:
    return parse_challenges(answer.headers.get("www-authenticate", ()))
