"""The door of the fake registry: what it demands, which tokens it hands out, and whom it lets in."""

from __future__ import annotations

import base64
from collections.abc import Collection
from urllib.parse import parse_qs, urlsplit

from fake_registry_rules import Received, Reply, Rules, an_error, as_json

_CHALLENGES = {
    "anonymous": "",
    "basic": 'Basic realm="fake"',
    "bearer": 'Bearer realm="{realm}",service="fake"{scope}',
}


class Logins:
    """The tokens of one login service, and the rules of the registry that trusts it.

    `known` are the repositories that there are. Registries that share a login service share its `tokens`: what each of
    them is good for.
    """

    def __init__(self, rules: Rules, realm: str, known: Collection[str], tokens: dict[str, str]) -> None:
        self.tokens = tokens
        self._rules = rules
        self._realm = realm
        self._known = known

    def refusal(self, received: Received, repository: str) -> Reply | None:
        """Return what keeps a request out of a repository ("": out of the registry); None when it may enter."""
        if self._may_enter(received, repository):
            if not repository or repository in self._known or not self._rules.hides_missing:
                return None
            return self._demand(f'{self._scope(repository)},error="insufficient_scope"')
        if self._rules.denies and received.authorization:
            return an_error(403, "DENIED", "denied")
        return self._demand(self._scope(repository), (received.authorization or "").partition(" ")[0])

    def greeting(self) -> dict[str, str]:
        """Return what the first answer says about logins, when anyone may have that answer."""
        return {"WWW-Authenticate": self._challenge("")} if self._rules.open_ping else {}

    def token(self, received: Received, number: int) -> Reply:
        """Answer a request to the login service; `number` makes the token another one than those before."""
        asked = parse_qs(received.form if received.method == "POST" else urlsplit(received.path).query)
        if not self._may_have_token(received, asked.get("refresh_token", [""])[0]):
            return an_error(401, "UNAUTHORIZED", "incorrect username or password")
        scope = asked["scope"][0]
        if self._rules.denies and scope.split(":")[1] not in self._known:
            return an_error(403, "DENIED", "requested access to the resource is denied")
        token = f"token-{number}"
        self.tokens[token] = "" if self._rules.challenge_to_useless_token else scope
        return as_json({self._rules.token_name: token, "expires_in": 300})

    def _may_have_token(self, received: Received, identity_token: str) -> bool:
        if received.method == "POST":
            return bool(identity_token) and identity_token == self._rules.identity_token
        return self._knows(received) or not (self._rules.users or self._rules.identity_token)

    def _may_enter(self, received: Received, repository: str) -> bool:
        if self._rules.auth == "anonymous" or (self._rules.open_ping and not repository):
            return True
        if self._rules.auth == "basic" or self._rules.challenge_to_useless_token:
            return self._knows(received)
        token = (received.authorization or "").removeprefix("Bearer ")
        return self.tokens.get(token) == f"repository:{repository}:pull"

    def _knows(self, received: Received) -> bool:
        expected = [
            "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
            for user, password in self._rules.users.items()
        ]
        return received.authorization in expected

    def _demand(self, scope: str, sent_scheme: str = "") -> Reply:
        challenge = self._challenge(scope)
        if sent_scheme == "Bearer" and self._rules.challenge_to_useless_token:
            challenge = self._rules.challenge_to_useless_token
        refusal = an_error(401, "UNAUTHORIZED", "authentication required")
        return Reply(refusal.status, {**refusal.headers, "WWW-Authenticate": challenge}, refusal.body)

    def _challenge(self, scope: str) -> str:
        challenge = self._rules.challenge or _CHALLENGES[self._rules.auth]
        return challenge.format(realm=self._realm, scope=scope)

    def _scope(self, repository: str) -> str:
        scope = f"repository:{repository}:pull" if repository else self._rules.placeholder_scope
        return f',scope="{scope}"' if scope else ""
