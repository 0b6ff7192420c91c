"""The command `deploy`: plan and question on a terminal, then the apply and an account of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from .account import Account
from .apply import Mode, Outcome, apply_all
from .diff import masked
from .dry_run import Comparison, checked, compare, late, read_again, read_live, settled, with_deletions
from .errors import DeployError
from .images import where
from .objects import Body, Manifest, ObjectKey
from .output import serialised
from .plan import image_changes
from .prepare import Prepared, Run, prepare
from .resolve import Decision
from .stage_waits import StageWaits


@dataclass(frozen=True)
class DeployFlags:
    """What `deploy` alone is given; `dry_run` is none, client or server, `output` text, name, json or yaml.

    `wait_s` is how long to wait until what was applied is ready; None: not at all, 0: for ever. `barrier_s` is that for
    each stage with objects that the project waits for.
    """

    dry_run: str = "none"
    output: str = "text"
    force: bool = False
    replace: bool = False
    yes: bool = False
    wait_s: float | None = None
    barrier_s: float = 300


def deploy(run: Run, flags: DeployFlags) -> int:
    """Apply the objects; on a terminal after a plan and a question."""
    prepared = prepare(run)
    if flags.dry_run == "client":
        return _print_only(run, prepared, flags)
    manifests, before = with_deletions(run, prepared, read_live(run, prepared, optional=True))
    suffix = " (server dry run)" if flags.dry_run == "server" else ""
    changes = image_changes(prepared.decisions, before)
    account = Account(run, "applied", flags.output, changes, suffix, prepared.target)
    plan = _Plan(run, flags, manifests, before, account)
    if flags.dry_run == "server":
        return plan.check()
    ask = run.terminal.interactive and not flags.yes
    if not ask and not plan.has_live_objects:
        # Half of a first deploy breaks nothing, and the same command again does the rest.
        plan.carry_out(Comparison((), {}))
        return 0
    compared = checked(plan.compared())
    _check_what_runs(prepared, compared.live)
    now = compared.live
    if ask:
        if not account.agreed("Apply to", compared.outcomes):
            return 1
        now = read_again(run, manifests, now)
        _check_what_runs(prepared, now)
    replace(plan, before=now).carry_out(compared)
    return 0


def _print_only(run: Run, prepared: Prepared, flags: DeployFlags) -> int:
    """Print what would be sent, without asking the server what it makes of it."""
    for item in prepared.deletions:
        if flags.output == "name":
            run.terminal.result(str(item))
        else:
            tell = run.terminal.result if flags.output == "text" else run.terminal.say
            tell(f"{item} to delete (dry run)")
    if flags.output in ("json", "yaml"):
        run.terminal.result(serialised(_as_list([manifest.body for manifest in prepared.manifests]), flags.output))
        return 0
    for manifest in prepared.manifests:
        if flags.output == "name":
            run.terminal.result(str(manifest.key))
            continue
        run.terminal.result(f"{manifest.key} (dry run)")
        for decision in prepared.decisions:
            if decision.use.key == manifest.key:
                run.terminal.result(f"    {where(decision.use)}: {decision.image} ({decision.source})")
    return 0


def _as_list(bodies: Sequence[Body]) -> Body:
    """Return the objects as one List, Secrets masked, without the book-keeping of server-side apply."""
    items = []
    for body in bodies:
        metadata = {key: value for key, value in body["metadata"].items() if key != "managedFields"}
        items.append(masked({**body, "metadata": metadata}))
    return {"apiVersion": "v1", "kind": "List", "items": items}


@dataclass(frozen=True)
class _Plan:
    """The objects to apply, and what is there before, as far as that may be known."""

    run: Run
    flags: DeployFlags
    manifests: Sequence[Manifest]
    before: Mapping[ObjectKey, Body | None]
    account: Account

    @property
    def has_live_objects(self) -> bool:
        """Whether something is there already, as far as that may be known."""
        keys = [manifest.key for manifest in self.manifests]
        return any(key not in self.before or self.before[key] is not None for key in keys)

    def compared(self) -> Comparison:
        """Return what the server would make of everything; nothing is applied."""
        flags = self.flags
        return compare(self.run.cluster, self.manifests, self.before, force=flags.force, replace=flags.replace)

    def check(self) -> int:
        """Print what the server would make of everything."""
        outcomes = self.compared().outcomes
        for outcome in outcomes:
            self.account.tell(outcome)
        self._end(outcomes)
        return 0

    def carry_out(self, compared: Comparison) -> None:
        """Apply everything that would change, print what became of it, and wait for it where that is asked for.

        Raises DeployError when something failed, or does not become ready.
        """
        run, flags, unchanged = self.run, self.flags, settled(compared, self.before)
        waits = StageWaits(lambda live: self.account.wait(live, flags.barrier_s))
        mode = Mode(force=flags.force, replace=flags.replace, late=late(compared), may_go_on=waits.may_go_on)
        outcomes = self.account.follow(
            lambda tell: apply_all(run.cluster, self.manifests, self.before, mode, tell, run.terminal.warn, unchanged),
            len(self.manifests),
        )
        self._end(outcomes)
        waits.check(outcomes)
        if flags.wait_s is not None:
            self.account.wait(waits.others(outcomes), flags.wait_s)

    def _end(self, outcomes: Sequence[Outcome]) -> None:
        if self.flags.output in ("json", "yaml"):
            live = [outcome.live for outcome in outcomes if outcome.live is not None]
            self.run.terminal.result(serialised(_as_list(live), self.flags.output))
        self.account.end(outcomes)


def _kept(prepared: Prepared) -> list[Decision]:
    """Return the decisions that keep what is deployed, with the image as it was read."""
    # What is written may have its digest besides.
    return [
        replace(decision, image=decision.deployed)
        for decision in prepared.decisions
        if decision.source == "deployed" and decision.deployed
    ]


def _check_what_runs(prepared: Prepared, live: Mapping[ObjectKey, Body | None]) -> None:
    """Raise DeployError when an image that is kept is not the one that runs any more.

    Between the decision and now there was a question, or a registry that took its time.
    """
    lines = [
        f"    {key}, {change.where}: {change.decision.image} -> {change.old or '(none)'}"
        for key, changes in image_changes(_kept(prepared), live).items()
        for change in changes
    ]
    if lines:
        raise DeployError(
            "\n".join(["what runs was changed since it was read, so nothing was applied", *lines]),
            hint="somebody else deploys too: look at it, and run the same command again",
        )
