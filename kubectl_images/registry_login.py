"""Logging in at one registry: which `Authorization` answers its challenge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .challenges import Challenge, usable_challenge
from .credentials import Credentials, FoundLogin
from .docker_config import Login
from .host_pace import Paces
from .once import OncePerKey
from .origins import Origin
from .redirects import follow
from .registry_answers import Answer, Kind, RequestError, raise_for_trouble
from .registry_http import Http, Request
from .registry_names import registry_key
from .registry_policy import Outlets, Policy
from .registry_tokens import (
    Token,
    basic_authorization,
    check_realm,
    identity_token_request,
    read_token,
    token_request,
)
from .retries import Deadline, retrying

# Realm, service and scope of the challenge, and who asks.
_TokenKey = tuple[str, str, str, Login | None]


class RegistryLogin:
    """Who we are at one registry, and the tokens that say so."""

    def __init__(self, registry: str, http: Http, credentials: Credentials, policy: Policy, outlets: Outlets) -> None:
        self._registry = registry
        self._http = http
        self._credentials = credentials
        self._policy = policy
        self._outlets = outlets
        # The latest identity token by the realm and the login that it takes the place of; never written anywhere.
        self._renewed: dict[tuple[str, Login], str] = {}
        self._tokens: OncePerKey[_TokenKey, Token] = OncePerKey(RequestError)
        # Of the login services: a request to one is a part of an attempt that holds its registry's turn.
        self._paces = Paces(policy, outlets.progress)

    def found(self, repository: str) -> FoundLogin:
        """Return the login for a repository; what could not be used on the way is told as a warning."""
        found = self._credentials.find(self._registry, repository)
        for problem in found.problems:
            self._outlets.notice(f"{problem}; it is ignored")
        return found

    def authorization(
        self, challenges: Sequence[Challenge], origin: Origin, repository: str, login: Login | None, deadline: Deadline
    ) -> str | None:
        """Return the header that answers a host's challenges; None when it goes without one.

        Raises RequestError when the login service gives no token.
        """
        challenge = usable_challenge(challenges)
        if challenge is None:
            return None
        if login and login.registry_token:
            return f"Bearer {login.registry_token}"
        if challenge.scheme == "basic":
            return basic_authorization(login) if login and login.username else None
        return f"Bearer {self._token(challenge, origin, _scope(challenge, repository), login, deadline)}"

    def forget(self, challenges: Sequence[Challenge], repository: str, login: Login | None, refused: str) -> None:
        """Drop the token that answered these challenges, if it is the one in the `Authorization` that was refused."""
        challenge = usable_challenge(challenges)
        if challenge is not None:
            key = _key(challenge, _scope(challenge, repository), login)
            self._tokens.forget(key, lambda token: f"Bearer {token.value}" == refused)

    def _token(self, challenge: Challenge, origin: Origin, scope: str, login: Login | None, deadline: Deadline) -> str:
        key = _key(challenge, scope, login)
        token = self._tokens.get(key, lambda: self._exchange(challenge, origin, scope, login, deadline))
        if self._policy.clock.monotonic() >= token.renew_at:
            self._tokens.forget(key, lambda known: self._policy.clock.monotonic() >= known.renew_at)
            token = self._tokens.get(key, lambda: self._exchange(challenge, origin, scope, login, deadline))
        return token.value

    def _exchange(
        self, challenge: Challenge, origin: Origin, scope: str, login: Login | None, deadline: Deadline
    ) -> Token:
        realm = check_realm(challenge, origin)
        service = f"its login service {realm.authority}"

        def attempt() -> Token:
            answer = self._ask(challenge, scope, login, deadline)
            raise_for_trouble(answer, self._policy.clock)
            if answer.status in {401, 403}:
                raise refusal(answer, FoundLogin(login), self._registry, by=service)
            if answer.status != 200:
                raise RequestError(answer.outcome)
            token = read_token(answer, self._policy.clock)
            if login and login.identity_token and token.refresh_token:
                self._renewed[challenge.realm, login] = token.refresh_token
            return token

        try:
            return retrying(attempt, self._policy, self._paces.of(realm.authority), deadline)
        except RequestError as exc:
            cause = exc.cause if service in exc.cause else f"{service} gave no token: {exc.cause}"
            raise RequestError(cause, hint=exc.hint) from exc

    def _ask(self, challenge: Challenge, scope: str, login: Login | None, deadline: Deadline) -> Answer:
        def send(request: Request) -> Answer:
            return follow(request, lambda each: self._http.send(each, deadline), self._policy.max_redirects)

        max_bytes = self._policy.max_small_bytes
        if login and login.identity_token:
            latest = replace(login, identity_token=self._renewed.get((challenge.realm, login), login.identity_token))
            answer = send(identity_token_request(challenge, scope, latest, max_bytes))
            # Services without OAuth2 know the GET alone (oauth.md).
            if answer.status not in {404, 405}:
                return answer
        return send(token_request(challenge, scope, login, max_bytes))


def refusal(answer: Answer, found: FoundLogin, registry: str, *, by: str = "it") -> RequestError:
    """Return the error of a 401 or 403, which registries give for a missing repository as well as for a private one."""
    log_in = f"`docker login {registry_key(registry)}`"
    if found.login:
        return RequestError(
            f"{by} refused the login from {found.login.source}, or that login may not read the repository:"
            f" {answer.outcome}",
            hint=f"{_correction(found.login.source, log_in)}, or ask for the right to pull",
            kind=Kind.REFUSED,
        )
    ignored = "".join(f"{problem}\n" for problem in found.problems)
    return RequestError(
        f"the repository does not exist or is private; {by} answered {answer.outcome}",
        hint=f"{ignored}check the name, or run {log_in}, or set KLUCTL_REGISTRY_HOST, _USERNAME and _PASSWORD",
        kind=Kind.REFUSED,
    )


def _correction(source: str, log_in: str) -> str:
    """Return what to do about a login that was refused: a variable beats whatever `docker login` writes."""
    return f"correct or unset {source}" if source.isupper() else f"run {log_in}"


def _scope(challenge: Challenge, repository: str) -> str:
    # A challenge to `GET /v2/` has a placeholder for a scope (`*`, `repository:user/image:pull`), or none.
    scope = challenge.parameters.get("scope", "")
    path = scope.removeprefix("repository:").rpartition(":")[0]
    return scope if f"/{path}".endswith(f"/{repository}") else f"repository:{repository}:pull"


def _key(challenge: Challenge, scope: str, login: Login | None) -> _TokenKey:
    return challenge.realm, challenge.parameters.get("service", ""), scope, login
