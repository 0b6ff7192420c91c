"""Who may do what on a fake API server: everybody everything, but for what a test takes away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fake_refusals import RefusedError

if TYPE_CHECKING:
    from fake_kinds import Target

# A rule of a Role: apiGroups, resources and verbs.
Rule = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class _Denial:
    verb: str
    plural: str
    namespace: str | None
    user: str | None

    def denies(self, user: str, verb: str, target: Target) -> bool:
        return (
            (self.verb, self.plural) == (verb, target.plural)
            and self.namespace in {None, target.namespace}
            and self.user in {None, user}
        )


@dataclass
class Rights:
    """What is taken away: from all or one user a verb, or from one user everything but some rules."""

    _denials: list[_Denial] = field(default_factory=list)
    _rules: dict[str, Sequence[Rule]] = field(default_factory=dict)

    def forbid(self, verb: str, plural: str, namespace: str | None, user: str | None) -> None:
        """Refuse a verb on a resource, in one namespace or in all, to one user or all."""
        self._denials.append(_Denial(verb, plural, namespace, user))

    def allow_only(self, user: str, rules: Sequence[Rule]) -> None:
        """Refuse a user everything that none of these rules allows."""
        self._rules[user] = rules

    def check(self, user: str, verb: str, target: Target) -> None:
        """Refuse what the user may not do, in the real server's words."""
        if not self._may(user, verb, target):
            where = f'in the namespace "{target.namespace}"' if target.namespace else "at the cluster scope"
            raise RefusedError(
                403,
                "Forbidden",
                f'{target.titled} is forbidden: User "{user}" cannot {verb} resource "{target.plural}"'
                f' in API group "{target.group}" {where}',
                target.details,
            )

    def _may(self, user: str, verb: str, target: Target) -> bool:
        if user == "system:anonymous" or any(denial.denies(user, verb, target) for denial in self._denials):
            return False
        return user not in self._rules or any(
            target.group in rule["apiGroups"] and target.plural in rule["resources"] and verb in rule["verbs"]
            for rule in self._rules[user]
        )
