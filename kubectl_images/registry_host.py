"""One registry host: how it is reached, what it demands, and every GET that is sent to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from .challenges import Challenge, parse_challenges, usable_challenge
from .credentials import Credentials, FoundLogin, login_problems
from .host_pace import Pace
from .once import OncePerKey
from .origins import Origin, is_loopback, origin_of
from .redirects import follow
from .registry_answers import Answer, Kind, RequestError, raise_for_trouble, warnings_of
from .registry_http import Http, Request
from .registry_login import RegistryLogin, refusal
from .registry_names import connect_to
from .registry_policy import Outlets, Policy
from .registry_settings import insists_on_https, plain_http_variable, problems
from .retries import Deadline, retrying

T = TypeVar("T")


@dataclass(frozen=True)
class Question:
    """What is asked about a repository; `path` is one of the registry's, or the URL of a next page."""

    repository: str
    path: str
    max_bytes: int
    method: str = "GET"
    accept: str = "application/json"


@dataclass(frozen=True)
class Connection:
    """The origin that speaks for a registry, and what it demanded when it was first asked."""

    origin: Origin
    challenges: tuple[Challenge, ...]


class RegistryHost:
    """The state kept for a registry: its scheme, its challenge, its tokens and its pace.

    `insecure` is where a file says that it has no trusted certificate, or plain http; "" for nowhere.
    """

    def __init__(
        self,
        registry: str,
        http: Http,
        credentials: Credentials,
        policy: Policy,
        outlets: Outlets,
        insecure: str = "",
    ) -> None:
        self.name = connect_to(registry)
        self._registry = registry
        self._insecure = insecure
        self._http = http
        self._policy = policy
        self._outlets = outlets
        self._login = RegistryLogin(registry, http, credentials, policy, outlets)
        self._pace = Pace(self.name, policy, outlets.progress)
        self._connections: OncePerKey[str, Connection] = OncePerKey(RequestError)

    def connect(self) -> Connection:
        """Return how the host is reached, found out once; a host that is dead fails everyone at once.

        Tries https, and plain http only where nobody can listen in: on this computer.
        """
        return self._connections.get(self.name, self._connect)

    def ask(self, question: Question, deadline: Deadline, read: Callable[[Answer], T]) -> T:
        """Return what `read` makes of the answer; it is a part of what is tried again. Raises RequestError."""
        connection = self.connect()

        def attempt() -> T:
            answer = self._logged_in(question, connection, deadline)
            raise_for_trouble(answer, self._policy.clock)
            return read(answer)

        return retrying(attempt, self._policy, self._pace, deadline)

    def _connect(self) -> Connection:
        try:
            origin, plain = origin_of(f"https://{self.name}"), origin_of(f"http://{self.name}")
        except ValueError as exc:
            raise RequestError("that is not a host that can be connected to") from exc
        variable = plain_http_variable(self._registry, self._http.environ)
        if not variable:
            # What is an error for this host need not be a warning before it.
            self._warn_about_trust(origin)
        for sentence in (*problems(self._http.environ), *login_problems(self._http.environ)):
            self._outlets.notice(sentence)
        if variable:
            self._warn_about_plain(plain, variable)
            return self._ping(plain)
        try:
            return self._ping(origin)
        except RequestError as exc:
            if not self._may_be_plain(origin) or exc.kind not in {Kind.NOT_THERE, Kind.PLAIN_HTTP}:
                raise
        self._warn_about_plain(plain, self._insecure)
        return self._ping(plain)

    def _warn_about_trust(self, origin: Origin) -> None:
        if self._insecure:
            self._http.trusts.add_insecure(origin, self._insecure)
        trust = self._http.trusts.of(origin)
        for warning in trust.warnings:
            self._outlets.notice(warning)
        if trust.unverified_by:
            self._outlets.notice(f"the certificate of {self.name} is not verified ({trust.unverified_by})")

    def _warn_about_plain(self, origin: Origin, reason: str) -> None:
        if not is_loopback(origin.host):
            self._outlets.notice(f"{self.name} is asked over plain http, which anyone in between can read ({reason})")

    def _may_be_plain(self, origin: Origin) -> bool:
        if origin.scheme == "http" or insists_on_https(self._registry, self._http.environ):
            return False
        return is_loopback(origin.host) or (bool(self._insecure) and bool(self._http.trusts.of(origin).unverified_by))

    def _ping(self, origin: Origin) -> Connection:
        deadline = Deadline.of(self._policy)

        def attempt() -> Answer:
            try:
                answer = self._follow(Request(f"{origin}/v2/", self._policy.max_small_bytes), deadline)
            except RequestError as exc:
                if exc.kind is Kind.NOT_THERE and self._may_be_plain(origin):
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

    def _logged_in(self, question: Question, connection: Connection, deadline: Deadline) -> Answer:
        path, repository = question.path, question.repository
        request = Request(
            path if "://" in path else f"{connection.origin}{path}",
            question.max_bytes,
            method=question.method,
            accept=question.accept,
        )
        is_own = origin_of(request.url) == connection.origin
        challenges = connection.challenges if is_own else ()
        found = self._found(challenges, repository)
        sent = self._login.authorization(challenges, connection.origin, repository, found.login, deadline)
        answer = self._follow(replace(request, authorization=sent), deadline)
        if answer.status == 401:
            refused = replace(request, url=answer.url)
            answer, found = self._answer_challenge(answer, refused, connection, repository, deadline)
        if answer.status in {401, 403}:
            raise refusal(answer, found, self._registry)
        return answer

    def _answer_challenge(
        self, answer: Answer, refused: Request, connection: Connection, repository: str, deadline: Deadline
    ) -> tuple[Answer, FoundLogin]:
        origin = origin_of(answer.url)
        is_own = origin == connection.origin
        # gcr.io has answered 401 without a challenge where it had sent one before.
        challenges = _challenges(answer) or (connection.challenges if is_own else ())
        if challenges and usable_challenge(challenges) is None:
            schemes = ", ".join(dict.fromkeys(challenge.scheme for challenge in challenges))
            hint = "ask the registry's owner for Basic or Bearer"
            raise RequestError(f"it wants a login of a kind that is not supported: {schemes}", hint=hint)
        # Another host, where a redirect led, never gets our login.
        found = self._found(challenges, repository) if is_own else FoundLogin(None)
        if answer.authorization is not None and is_own:
            for known in (connection.challenges, challenges):
                self._login.forget(known, repository, found.login, answer.authorization)
        authorization = self._login.authorization(challenges, origin, repository, found.login, deadline)
        if authorization in {None, answer.authorization}:
            return answer, found
        return self._follow(replace(refused, authorization=authorization), deadline), found

    def _found(self, challenges: tuple[Challenge, ...], repository: str) -> FoundLogin:
        # An open registry demands nothing: no file is read and no helper run for it.
        return self._login.found(repository) if challenges else FoundLogin(None)

    def _follow(self, request: Request, deadline: Deadline) -> Answer:
        answer = follow(request, lambda each: self._http.send(each, deadline), self._policy.max_redirects)
        for text in warnings_of(answer):
            self._outlets.notice(f"{self.name} says: {text}")
        return answer


def _challenges(answer: Answer) -> tuple[Challenge, ...]:
    return parse_challenges(answer.headers.get("www-authenticate", ()))
