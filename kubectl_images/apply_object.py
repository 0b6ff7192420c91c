"""One object: what others own of it is taken over, and then it is applied; or the server says what that would give."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import Protocol

from .cluster import Applied
from .errors import ClusterError, ConflictError
from .objects import Body, ObjectKey
from .takeover import NOBODY, Takeover, takeover

# As often as another writer may come in between.
_TRIES = 5


class Target(Protocol):
    """The cluster, as far as applying an object needs it."""

    def apply(self, body: Body, key: ObjectKey, *, dry_run: bool = False, force: bool = False) -> Applied:
        """Apply one object; raise ClusterError."""
        ...

    def patch(self, key: ObjectKey, operations: list[Body], *, dry_run: bool = False) -> Applied:
        """Change a live object by a JSON patch; raise ClusterError."""
        ...


@dataclass(frozen=True)
class Submitted:
    """What the server made of an object, and the managers whose fields became ours."""

    applied: Applied
    taken_over: tuple[str, ...] = ()


def read(target: Target, key: ObjectKey) -> Body | None:
    """Return the live object by a patch that changes nothing: who may apply need not have the right to read."""
    try:
        return target.patch(key, [], dry_run=True).live
    except ClusterError as exc:
        # Without the right to patch there is nothing to know: the apply will say so.
        if exc.status not in {403, 404}:
            raise
        return None


def apply(target: Target, body: Body, key: ObjectKey, live: Body | None, *, force: bool) -> Submitted:
    """Apply an object; `live` is what is there. Raises ClusterError.

    Whoever ends between two requests leaves fields that are ours, which the next apply removes.
    """
    names = _take_over(target, body, key, live)
    applied = _forced_over_nobody(target, body, key, force=force)
    if takeover(applied.live, body):
        # Of an object without owners, or of one that `kubectl apply` wrote after it was read.
        names += _take_over(target, body, key, applied.live)
        applied = target.apply(sent(body), key, force=force)
    return Submitted(applied, names)


def _forced_over_nobody(target: Target, body: Body, key: ObjectKey, *, force: bool, dry_run: bool = False) -> Applied:
    """Apply; a conflict with nobody else than the owner that the server makes up is none."""
    try:
        return target.apply(sent(body), key, dry_run=dry_run, force=force)
    except ConflictError as exc:
        if exc.besides({NOBODY}):
            raise
        return target.apply(sent(body), key, dry_run=dry_run, force=True)


def _take_over(target: Target, body: Body, key: ObjectKey, live: Body | None) -> tuple[str, ...]:
    for tries_left in reversed(range(_TRIES)):
        found = takeover(live, body) if live is not None else None
        if found is None:
            break
        try:
            target.patch(key, found.operations())
        except ClusterError as exc:
            # It was deleted, or changed by somebody else, after it was read.
            if exc.status not in {404, 409} or not tries_left:
                raise
            live = read(target, key)
        else:
            return found.names
    return ()


def try_out(target: Target, body: Body, key: ObjectKey, live: Body | None, *, force: bool) -> Submitted:
    """Return what `apply` would give, stored nowhere; raise the ClusterError that it would raise.

    The result has another resourceVersion than `live` when it was made from another state.
    """
    for tries_left in reversed(range(_TRIES)):
        found = takeover(live, body) if live is not None else None
        tried = _tried(target, body, key, found, force=force)
        found = found or takeover(tried.live, body)
        if found is None or live is None:
            return Submitted(tried)
        operations = found.leftovers_removed(live, tried.live)
        if operations is None:
            return Submitted(tried, found.names)
        try:
            # What is removed may have a default, which only the server knows.
            final = target.patch(key, operations, dry_run=True)
        except ClusterError as exc:
            # It was changed by somebody else after it was read.
            if exc.status != 409 or not tries_left:
                raise
            live = read(target, key)
        else:
            return Submitted(replace(tried, live=final.live), found.names)
    raise AssertionError("the last try returns or raises")


def _tried(target: Target, body: Body, key: ObjectKey, found: Takeover | None, *, force: bool) -> Applied:
    try:
        return _forced_over_nobody(target, body, key, force=force, dry_run=True)
    except ConflictError as exc:
        if found is None:
            raise
        # Two dry runs do not see each other, so the fields are still those of the managers that are taken over.
        if others := exc.besides(found.managers):
            raise others from exc
        return target.apply(sent(body), key, dry_run=True, force=True)


def sent(body: Body) -> Body:
    """Return the object as it is sent: the plain texts of a Secret encoded, as the server stores them.

    What is sent in stringData is not ours in data, so that a key would stay for ever when the manifest has it no more.
    """
    texts = body.get("stringData")
    if (body.get("apiVersion"), body.get("kind")) != ("v1", "Secret") or not isinstance(texts, dict):
        return body
    data = body.get("data")
    # What does not fit is the server's to refuse, in the user's own terms.
    if not isinstance(data, dict | None) or not all(isinstance(text, str) for text in texts.values()):
        return body
    encoded = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
    return {**{key: value for key, value in body.items() if key != "stringData"}, "data": {**(data or {}), **encoded}}
