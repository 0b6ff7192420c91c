"""What the cluster has, and what it would make of the objects: what `deploy` plans and `diff` compares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from . import not_yet
from .apply import Mode, Outcome, Status, Target, apply_all
from .deleted_objects import check_definitions, served
from .diff import are_equal
from .errors import ClusterError, DeployError, ImagesError
from .objects import Body, Manifest, ObjectKey
from .prepare import Prepared, Run
from .takeover import owned
from .trial import NO_DRY_RUN

# As often as kubectl compares anew.
_TRIES = 4
# Of objects that failed in the same way.
_MOST_NAMED = 10


def read_live(run: Run, prepared: Prepared, *, optional: bool) -> dict[ObjectKey, Body | None]:
    """Return the live state of every object, those that were not read for the decision included.

    With `optional` an object that may not be read is left out: to tell created from changed is not worth a failure.
    """
    live = dict(prepared.live)
    missing = [manifest.key for manifest in prepared.manifests if manifest.key not in live]
    if not missing:
        return live
    try:
        found = run.cluster.read_live(missing)
    except ClusterError as exc:
        if not optional or exc.status != 403:
            raise
        return live
    return live | {key: found.get(key) for key in missing}


def with_deletions(
    run: Run, prepared: Prepared, live: Mapping[ObjectKey, Body | None]
) -> tuple[tuple[Manifest, ...], dict[ObjectKey, Body | None]]:
    """Return the objects, before them those to delete that are there, and the live state of them all."""
    if not prepared.deletions:
        return prepared.manifests, dict(live)
    deleted = served(prepared.deletions, run.cluster, run.terminal.warn)
    found = run.cluster.read_live([manifest.key for manifest in deleted])
    check_definitions(deleted, found, prepared.manifests)
    there = (manifest for manifest in deleted if manifest.key in found)
    return (*there, *prepared.manifests), {**live, **found}


def read_again(
    run: Run, manifests: Sequence[Manifest], live: Mapping[ObjectKey, Body | None]
) -> dict[ObjectKey, Body | None]:
    """Return the state that these objects have now; of what is to be deleted it stays the one that was shown."""
    shown = {manifest.key: live[manifest.key] for manifest in manifests if manifest.deleted}
    keys = [key for key in live if key not in shown]
    found = run.cluster.read_live(keys)
    return {key: found.get(key) for key in keys} | shown


@dataclass(frozen=True)
class Comparison:
    """What the server would make of each object, and the live state that this is to be compared with."""

    outcomes: tuple[Outcome, ...]
    live: Mapping[ObjectKey, Body | None]


def compare(
    target: Target,
    manifests: Sequence[Manifest],
    before: Mapping[ObjectKey, Body | None],
    *,
    force: bool,
    replace: bool = False,
) -> Comparison:
    """Ask the server what it would make of each object; nothing is stored.

    An object that changed after it was read (a controller writes to it, say) is read and asked for again, so that
    nobody else's change looks like ours. What needs another of the objects cannot be checked yet, and is no failure.
    """
    live, found = dict(before), dict[ObjectKey, Outcome]()
    mode = Mode(force=force, replace=replace, dry_run=True)
    pending = manifests
    for _ in range(_TRIES):
        outcomes = apply_all(target, pending, live, mode, lambda _outcome: None)
        found |= {outcome.manifest.key: outcome for outcome in outcomes}
        pending = [outcome.manifest for outcome in outcomes if _is_outdated(live.get(outcome.manifest.key), outcome)]
        if not pending:
            break
        live |= {manifest.key: target.get(manifest.key) for manifest in pending}
    return Comparison(not_yet.judged(tuple(found.values()), live), live)


def _is_outdated(live: Body | None, outcome: Outcome) -> bool:
    """Tell whether the server compared with another state than the one that was read; a dry run keeps the version."""
    if live is None or outcome.live is None or outcome.status == "replaced":
        return False
    read, compared = (body["metadata"].get("resourceVersion") for body in (live, outcome.live))
    return bool(read != compared)


def checked(comparison: Comparison) -> Comparison:
    """Return what is known before the first write; raise DeployError where something would be refused.

    An object for which a webhook supports no dry run is left to the write.
    """
    outcomes = tuple(map(left_to_the_write, comparison.outcomes))
    raise_failures(outcomes, "applied, so nothing was")
    return Comparison(outcomes, comparison.live)


def left_to_the_write(outcome: Outcome) -> Outcome:
    """Return the outcome of a dry run, not as a failure where only a webhook that knows no dry run refused it."""
    if outcome.error is None or NO_DRY_RUN not in str(outcome.error):
        return outcome
    status: Status = "deleted" if outcome.manifest.deleted else "applied"
    return Outcome(outcome.manifest, status, notes=("not checked before: an admission webhook knows no dry run",))


def settled(comparison: Comparison, now: Mapping[ObjectKey, Body | None]) -> dict[ObjectKey, Outcome]:
    """Return the objects that an apply would not change, neither their fields nor who owns them.

    `now` is their state just before that: what is gone, or another one than was compared, has to be applied.
    """
    return {
        outcome.manifest.key: outcome
        for outcome in comparison.outcomes
        if outcome.live is not None
        and (live := now.get(outcome.manifest.key)) is not None
        and not _is_outdated(live, outcome)
        and are_equal(live, outcome.live)
        and not outcome.notes
        and owned(live) == owned(outcome.live)
    }


def late(comparison: Comparison) -> frozenset[ObjectKey]:
    """Return the objects that could not be checked for what others bring, which have to be there before them."""
    return frozenset(outcome.manifest.key for outcome in comparison.outcomes if not_yet.NOTE in outcome.notes)


def raise_failures(outcomes: Sequence[Outcome], verb: str) -> None:
    """Raise DeployError with every failure, its place and its way out, when there is one.

    What befell many objects in the same way, a server that is gone, is told once.
    """
    failed = [(outcome.manifest, outcome.error) for outcome in outcomes if outcome.error is not None]
    if not failed:
        return
    not_tried = sum(outcome.status == "not tried" for outcome in outcomes)
    rest = f"; {not_tried} more {'was' if not_tried == 1 else 'were'} not tried" if not_tried else ""
    alike: dict[object, list[tuple[Manifest, ImagesError]]] = {}
    for number, (manifest, error) in enumerate(failed):
        # An error without a cause that others may have is a group of its own.
        alike.setdefault((isinstance(error, ClusterError) and error.cause) or number, []).append((manifest, error))
    texts = [_told(group) for group in alike.values()]
    hints = dict.fromkeys(hint for _, error in failed if error.hint for hint in error.hint.splitlines())
    hint = "\n".join(hints) or None
    if len(outcomes) == 1:
        raise DeployError(texts[0], hint=hint)
    lines = "\n".join(f"    {line}" for text in texts for line in text.splitlines())
    raise DeployError(f"{len(failed)} of {len(outcomes)} objects could not be {verb}{rest}\n{lines}", hint=hint)


def _told(group: Sequence[tuple[Manifest, ImagesError]]) -> str:
    """Return what befell objects in the same way, with their names and places."""
    (first, error), *others = group
    if not others:
        return f"{error}\n    in {first.place}"
    cause = error.cause if isinstance(error, ClusterError) else str(error)
    named = [f"\n    {manifest.key.in_full}, in {manifest.place}" for manifest, _ in group[:_MOST_NAMED]]
    more = len(group) - len(named)
    return f"{cause}{''.join(named)}" + (f"\n    and {more} more" if more else "")
