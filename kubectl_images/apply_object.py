"""One object: what others own of it is taken over, and then it is applied; or the server says what that would give."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from . import trial
from .cluster import Applied
from .deletion import check_stays
from .errors import ClusterError, ConflictError, ImmutableFieldError
from .objects import Body, ObjectKey
from .secret_values import sent
from .takeover import NOBODY, Manager, takeover

# As often as another writer may come in between.
_TRIES = 5
_UNPROCESSABLE = 422
# The server keeps the old ones in a dry run: it merges a probe by httpGet into one by tcpSocket.
_EXCLUDED = "not checked before: the server cannot try a takeover whose fields exclude each other"


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
    """What the server made of an object, and the managers whose fields became ours.

    `unchecked` is why the server could not be asked, when the object is here as it was written; else "".
    """

    applied: Applied
    taken_over: tuple[str, ...] = ()
    unchecked: str = ""


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
    names = _take_over(target, body, key, live, force=force)
    applied = _first_applied(target, body, key, live, force=force)
    if takeover(applied.live, body, force=force):
        # Of an object without owners, of what `poke` wrote meanwhile, or of another version than ours was.
        names += _take_over(target, body, key, applied.live, force=force)
        applied = target.apply(sent(body, key), key, force=force)
    check_stays(key, applied.live)
    return Submitted(applied, names)


def _first_applied(target: Target, body: Body, key: ObjectKey, live: Body | None, *, force: bool) -> Applied:
    found = takeover(live, body, force=force) if live is not None else None
    late = found.managers if found and found.is_late else frozenset[Manager]()
    return _forced(target, body, key, late, force=force)


def _forced(
    target: Target, body: Body, key: ObjectKey, managers: frozenset[Manager], *, force: bool, dry_run: bool = False
) -> Applied:
    """Apply; a conflict with these managers, or with the owner that the server makes up, is none."""
    try:
        return target.apply(sent(body, key), key, dry_run=dry_run, force=force)
    except ConflictError as exc:
        if others := exc.besides({NOBODY, *managers}):
            raise others from exc
        return target.apply(sent(body, key), key, dry_run=dry_run, force=True)


def _take_over(target: Target, body: Body, key: ObjectKey, live: Body | None, *, force: bool) -> tuple[str, ...]:
    for tries_left in reversed(range(_TRIES)):
        found = takeover(live, body, force=force) if live is not None else None
        if found is None or found.is_late:
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
        found = takeover(live, body, force=force) if live is not None else None
        try:
            # Two dry runs do not see each other, so the fields are still those of the managers that are taken over.
            managers = found.managers if found else frozenset[Manager]()
            tried = _forced(target, body, key, managers, force=force, dry_run=True)
        except ClusterError as exc:
            if live is None or found is None or not _may_be_of_both(target, body, key, exc):
                raise
            check_stays(key, live)
            return Submitted(_as_written(body, key, live), found.names, _EXCLUDED)
        check_stays(key, tried.live)
        found = found or takeover(tried.live, body, force=force)
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


def _may_be_of_both(target: Target, body: Body, key: ObjectKey, error: ClusterError) -> bool:
    """Tell whether only the old fields and the new ones together are refused, as far as that can be known."""
    if error.status != _UNPROCESSABLE or isinstance(error, ImmutableFieldError):
        return False
    created = trial.creation(target, body, key)
    return not (isinstance(created, ClusterError) and created.status == _UNPROCESSABLE)


def _as_written(body: Body, key: ObjectKey, live: Body) -> Applied:
    """Return the object as it is sent, in the place of the state that was read."""
    written = sent(body, key)
    read_as = {name: live["metadata"][name] for name in ("namespace", "resourceVersion") if name in live["metadata"]}
    return Applied({**written, "metadata": {**written["metadata"], **read_as}}, created=False)
