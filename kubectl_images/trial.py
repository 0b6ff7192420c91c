"""Whether an object could be created if it were not there: asked by a dry run under a name that nobody has."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from typing import Any, Protocol

from .cluster import Applied
from .errors import ClusterError
from .objects import Body, ObjectKey
from .secret_values import sent

# The shortest limit of a name, which is a CronJob's. A name that is longer already is of a kind that allows it.
_NAME_LIMIT = 52
# Of a node port, a cluster IP, a host of an Ingress, a default class: they are free when the object is gone.
_CLASH = re.compile(r"already (allocated|defined|exists|in use|marked as default)")
# Of an APIService, say, whose name is in its body as well.
_NAME_FIELD = "metadata.name: "
# What a webhook says that has effects of its own.
NO_DRY_RUN = "does not support dry run"


class Target(Protocol):
    """The cluster, as far as a trial needs it."""

    def apply(self, body: Body, key: ObjectKey, *, dry_run: bool = False, force: bool = False) -> Applied:
        """Apply one object; raise ClusterError."""
        ...


def creation(target: Target, body: Body, key: ObjectKey) -> Body | ClusterError | None:
    """Return what the server would create if the object were not there, or why it would not; None: it cannot tell."""
    name = _other_name(key.name)
    renamed = {**body, "metadata": {**body["metadata"], "name": name}}
    try:
        made = target.apply(sent(renamed, key), replace(key, name=name), dry_run=True).live
    except ClusterError as exc:
        said = str(exc).replace(name, key.name)
        hint = exc.hint.replace(name, key.name) if exc.hint else None
        return None if _is_of_the_trial(said) else ClusterError(said, hint=hint, status=exc.status)
    return {field: _with_own_name(value, name, key.name) for field, value in made.items()}


def _with_own_name(value: Any, name: str, own: str) -> Any:
    """Return a value with the object's own name wherever the other one stands, as in the labels of a Job's pods."""
    match value:
        case dict():
            return {field: _with_own_name(child, name, own) for field, child in value.items()}
        case list():
            return [_with_own_name(child, name, own) for child in value]
        case _:
            return own if value == name else value


def _other_name(name: str) -> str:
    suffix = f"-{secrets.token_hex(4)}"
    return name[: max(_NAME_LIMIT, len(name)) - len(suffix)].rstrip("-.") + suffix


def _is_of_the_trial(said: str) -> bool:
    """Tell whether an object is refused only for its other name, or for what is still there beside it."""
    first, *fields = said.split("\n    ")
    if fields:
        return all(field.startswith(_NAME_FIELD) or _CLASH.search(field) for field in fields)
    return bool(_CLASH.search(first)) or NO_DRY_RUN in first
