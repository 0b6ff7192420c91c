"""The command `poke`: only the image fields of live objects, nothing else of the manifests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from .account import Account, Tell
from .apply import AT_ONCE, Outcome
from .diff import are_equal
from .dry_run import left_to_the_write, raise_failures, read_live
from .errors import ClusterError, ImagesError, InputError
from .objects import Body, ObjectKey
from .plan import image_changes
from .poke import Patch, outdated, patch_of
from .prepare import Prepared, Run, prepare
from .resolve import Decision
from .stage_steps import states
from .under_way import UnderWay

# What the server says when a test of a patch fails, or what it makes is refused.
_UNPROCESSABLE = 422


@dataclass(frozen=True)
class PokeFlags:
    """What `poke` alone is given; `dry_run` is none, client or server, `output` text or name.

    `wait_s` is how long to wait until what was changed is ready; None: not at all, 0: for ever.
    """

    dry_run: str = "none"
    output: str = "text"
    yes: bool = False
    wait_s: float | None = None


def poke(run: Run, flags: PokeFlags) -> int:
    """Change the images of live objects; on a terminal after a plan and a question."""
    prepared = _with_images(prepare(run))
    live = _those_there(run, read_live(run, prepared, optional=False))
    patches = _patches(prepared, live)
    suffix = {"client": " (dry run)", "server": " (server dry run)"}.get(flags.dry_run, "")
    account = Account(run, "changed", flags.output, image_changes(prepared.decisions, live), suffix, prepared.target)
    if flags.dry_run != "none":
        _try_only(account, patches, on_server=flags.dry_run == "server")
        return 0
    planned = [left_to_the_write(outcome) for outcome in _change_all(run, patches, _silent, UnderWay(), dry_run=True)]
    raise_failures(planned, "changed, so nothing was")
    if run.terminal.interactive and not flags.yes and not account.agreed("Change the images in", planned):
        return 1
    under_way = UnderWay()
    outcomes = account.follow(
        lambda: _change_all(run, patches, account.tell, under_way, dry_run=False), under_way, len(patches)
    )
    account.end(outcomes)
    if flags.wait_s is not None:
        account.wait(states(outcomes), flags.wait_s)
    return 0


def _try_only(account: Account, patches: Sequence[Patch], *, on_server: bool) -> None:
    """Print what would change: as the server says, or as we know without it."""
    if on_server:
        account.end(_change_all(account.run, patches, account.tell, UnderWay(), dry_run=True))
        return
    outcomes = [_untested(patch) for patch in patches]
    for outcome in outcomes:
        account.tell(outcome)
    account.end(outcomes)


def _with_images(prepared: Prepared) -> Prepared:
    """Return only the objects that have images to decide; InputError when there are none."""
    keys = {decision.use.key for decision in prepared.decisions}
    if not keys:
        raise InputError(
            "no object of the input has an image that images.get_image decides, so there is nothing to change",
            hint="deploy applies manifests as they are",
        )
    return replace(prepared, manifests=tuple(item for item in prepared.manifests if item.key in keys))


def _those_there(run: Run, live: Mapping[ObjectKey, Body | None]) -> dict[ObjectKey, Body]:
    """Return the objects that are in the cluster, and warn of the others; InputError when there are none.

    Raises ClusterError when the cluster does not know a kind.
    """
    missing = [key for key, body in live.items() if body is None]
    for key in missing:
        run.cluster.check_served("cannot change", key)
    if len(missing) == len(live):
        lines = [f"    {key.in_full}" for key in missing]
        raise InputError("\n".join(["nothing to change: no object is there", *lines]), hint="deploy creates them")
    for key in missing:
        run.terminal.warn(f"{key.in_full} is not there; deploy creates it")
    return {key: body for key, body in live.items() if body is not None}


def _patches(prepared: Prepared, live: Mapping[ObjectKey, Body]) -> list[Patch]:
    """Return the patch of each object that is there; DeployError names all that cannot be changed so."""
    decisions: dict[ObjectKey, list[Decision]] = {}
    for decision in prepared.decisions:
        decisions.setdefault(decision.use.key, []).append(decision)
    patches: list[Patch] = []
    outcomes: list[Outcome] = []
    for manifest in prepared.manifests:
        key = manifest.key
        if key in live:
            try:
                patches.append(patch_of(manifest, decisions[key], live[key]))
                outcomes.append(_untested(patches[-1]))
            except ImagesError as exc:
                outcomes.append(Outcome(manifest, "failed", error=exc))
    raise_failures(outcomes, "changed, so nothing was")
    return patches


def _change_all(run: Run, patches: Sequence[Patch], tell: Tell, under_way: UnderWay, *, dry_run: bool) -> list[Outcome]:
    """Send the patches, several at a time, and return what became of each object; each is told in order."""

    def change(patch: Patch) -> Outcome:
        return under_way.follows(patch.manifest.key, lambda: _changed(run, patch, dry_run=dry_run))

    outcomes: list[Outcome] = []
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        for outcome in pool.map(change, patches):
            outcomes.append(outcome)
            tell(outcome)
    finally:
        # After Ctrl-C nothing new is begun, and what is under way is not waited for.
        pool.shutdown(wait=False, cancel_futures=True)
    return outcomes


def _silent(_outcome: Outcome) -> None:
    """Tell nothing: it is only a check, and the plan tells what it found."""


def _untested(patch: Patch) -> Outcome:
    return Outcome(patch.manifest, "configured" if patch.changes else "unchanged", patch.live)


def _changed(run: Run, patch: Patch, *, dry_run: bool) -> Outcome:
    if not patch.changes:
        return _untested(patch)
    try:
        applied = run.cluster.patch(patch.manifest.key, patch.operations(), dry_run=dry_run)
    except ClusterError as exc:
        return Outcome(patch.manifest, "failed", error=_explained(run, patch, exc))
    # A webhook may have set it back.
    same = are_equal(patch.live, applied.live)
    return Outcome(patch.manifest, "unchanged" if same else "configured", applied.live, warnings=applied.warnings)


def _explained(run: Run, patch: Patch, error: ClusterError) -> ClusterError:
    """Return the error in our words where a test of the patch failed, of which the server does not say anything."""
    if error.status != _UNPROCESSABLE:
        return error
    try:
        return outdated(patch, run.cluster.get(patch.manifest.key)) or error
    except ClusterError:
        return error
