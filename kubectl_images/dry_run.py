"""What the cluster has, and what it would make of the objects: what `deploy` plans and `diff` compares."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from .apply import Mode, Outcome, Target, apply_all
from .errors import ClusterError, DeployError
from .objects import Body, Manifest, ObjectKey
from .prepare import Prepared, Run

# As often as kubectl compares anew.
_TRIES = 4


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


@dataclass(frozen=True)
class Comparison:
    """What the server would make of each object, and the live state that this is to be compared with."""

    outcomes: tuple[Outcome, ...]
    live: Mapping[ObjectKey, Body | None]


def compare(
    target: Target, manifests: Sequence[Manifest], before: Mapping[ObjectKey, Body | None], *, force: bool
) -> Comparison:
    """Ask the server what it would make of each object; nothing is stored.

    An object that changed after it was read (a controller writes to it, say) is read and asked for again, so that
    nobody else's change looks like ours. What goes into a namespace or is of a kind that the same objects bring cannot
    be checked yet and counts as new.
    """
    live, found = dict(before), dict[ObjectKey, Outcome]()
    pending = manifests
    for _ in range(_TRIES):
        outcomes = apply_all(target, pending, live, Mode(force=force, dry_run=True), lambda _outcome: None)
        found |= {outcome.manifest.key: outcome for outcome in outcomes}
        pending = [outcome.manifest for outcome in outcomes if _is_outdated(live.get(outcome.manifest.key), outcome)]
        if not pending:
            break
        live |= {manifest.key: target.get(manifest.key) for manifest in pending}
    namespaces = {manifest.key.name for manifest in manifests if manifest.key.kind == "Namespace"}
    crds = [
        manifest.body.get("spec") or {} for manifest in manifests if manifest.key.kind == "CustomResourceDefinition"
    ]
    kinds = {(spec.get("group"), (spec.get("names") or {}).get("kind")) for spec in crds}
    return Comparison(tuple(_not_there_yet(outcome, namespaces, kinds) for outcome in found.values()), live)


def _is_outdated(live: Body | None, outcome: Outcome) -> bool:
    """Tell whether the server compared with another state than the one that was read; a dry run keeps the version."""
    if live is None or outcome.live is None:
        return False
    read, compared = (body["metadata"].get("resourceVersion") for body in (live, outcome.live))
    return bool(read != compared)


def _not_there_yet(
    outcome: Outcome, namespaces: Collection[str], kinds: Collection[tuple[str | None, str | None]]
) -> Outcome:
    key, error = outcome.manifest.key, outcome.error
    comes = key.namespace in namespaces or (key.group, key.kind) in kinds
    if isinstance(error, ClusterError) and error.status == 404 and comes:
        return Outcome(outcome.manifest, "created", outcome.manifest.body)
    return outcome


def raise_failures(outcomes: Sequence[Outcome], verb: str) -> None:
    """Raise DeployError with every failure, its place and its way out, when there is one."""
    failed = [(outcome, outcome.error) for outcome in outcomes if outcome.error is not None]
    if not failed:
        return
    not_tried = sum(outcome.status == "not tried" for outcome in outcomes)
    rest = f"; {not_tried} more {'was' if not_tried == 1 else 'were'} not tried" if not_tried else ""
    texts = [f"{error}\n    in {outcome.manifest.place}" for outcome, error in failed]
    hints = dict.fromkeys(hint for _, error in failed if error.hint for hint in error.hint.splitlines())
    hint = "\n".join(hints) or None
    if len(outcomes) == 1:
        raise DeployError(texts[0], hint=hint)
    lines = "\n".join(f"    {line}" for text in texts for line in text.splitlines())
    raise DeployError(f"{len(failed)} of {len(outcomes)} objects could not be {verb}{rest}\n{lines}", hint=hint)
