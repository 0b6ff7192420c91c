"""The command `deploy`: plan and question on a terminal, then the apply and an account of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

from .account import Account
from .apply import Mode, Outcome, apply_all
from .deleted_objects import doubts
from .diff import masked
from .dry_run import Comparison, checked, compare, late, read_again, read_live, settled, with_deletions
from .images import where
from .kept_images import check_kept
from .objects import Body, Manifest, ObjectKey
from .output import serialised
from .plan import image_changes
from .prepare import Prepared, Run, prepare
from .resolve import Decision
from .stage_steps import Known, Steps
from .terminal import Terminal
from .under_way import UnderWay


@dataclass(frozen=True)
class DeployFlags:
    """What `deploy` alone is given; `dry_run` is none, client or server, `output` text, name, json or yaml.

    `wait_s` is how long to wait until what was applied is ready; None: not at all, 0: for ever. `barrier_s` is that for
    each stage with objects that the project waits for, `gone_s` for the end of an object that is deleted.
    """

    dry_run: str = "none"
    output: str = "text"
    force: bool = False
    replace: bool = False
    yes: bool = False
    wait_s: float | None = None
    barrier_s: float = 300
    gone_s: float = 60


def deploy(run: Run, flags: DeployFlags) -> int:
    """Apply the objects; on a terminal after a plan and a question."""
    prepared = prepare(run)
    if flags.dry_run == "client":
        return _print_only(run, prepared, flags)
    manifests, before = with_deletions(run, prepared, read_live(run, prepared, optional=True))
    suffix = " (server dry run)" if flags.dry_run == "server" else ""
    changes = image_changes(prepared.decisions, before)
    account = Account(run, "applied", flags.output, changes, suffix, prepared.target)
    plan = _Plan(run, flags, prepared.decisions, manifests, before, account)
    if flags.dry_run == "server":
        return plan.check()
    ask = run.terminal.interactive and not flags.yes
    if not ask and not plan.has_live_objects:
        # Half of a first deploy breaks nothing, and the same command again does the rest.
        plan.carry_out(Comparison((), before))
        return 0
    compared = checked(plan.compared())
    check_kept(prepared.decisions, compared.live, "nothing was applied")
    if ask:
        if not account.agreed("Apply to", compared.outcomes):
            return 1
        compared = replace(compared, live=read_again(run, manifests, compared.live))
        check_kept(prepared.decisions, compared.live, "nothing was applied")
    plan.carry_out(compared)
    return 0


def _print_only(run: Run, prepared: Prepared, flags: DeployFlags) -> int:
    """Print what would be sent, without asking the server what it makes of it."""
    for doubt in doubts(prepared.deletions):
        run.terminal.warn(doubt)
    for item in prepared.deletions:
        tell = run.terminal.result if flags.output == "text" else run.terminal.say
        tell(f"{item.in_full} to delete (dry run)")
    if flags.output in ("json", "yaml"):
        _print_objects(run.terminal, [manifest.body for manifest in prepared.manifests], flags.output)
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


def _print_objects(terminal: Terminal, bodies: Sequence[Body], form: str) -> None:
    # Hidden value by value, since *** for a number in the text would be no JSON.
    terminal.result(serialised(terminal.secrets.hidden_in(_as_list(bodies)), form), whole=True)


def _as_list(bodies: Sequence[Body]) -> Body:
    """Return the objects as one List, Secrets masked, without the book-keeping of server-side apply."""
    items = []
    for body in bodies:
        metadata = {key: value for key, value in body["metadata"].items() if key != "managedFields"}
        items.append(masked({**body, "metadata": metadata}))
    return {"apiVersion": "v1", "kind": "List", "items": items}


@dataclass(frozen=True)
class _Plan:
    """The objects to apply, how their images were decided, and what is there before, as far as that may be known."""

    run: Run
    flags: DeployFlags
    decisions: Sequence[Decision]
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

        The state in `compared` is the one just before. Raises DeployError when something failed, or does not become
        ready.
        """
        under_way = UnderWay(self.run.terminal.status)
        work = _Work(self, compared, under_way)
        steps = Steps(work)
        outcomes = self.account.follow(
            lambda: steps.carry_out(self.manifests, work.known(compared.live)), under_way, len(self.manifests)
        )
        self._end(outcomes)
        steps.check(outcomes)
        if self.flags.wait_s is not None:
            self.account.wait(steps.others(outcomes), self.flags.wait_s)

    def _end(self, outcomes: Sequence[Outcome]) -> None:
        if self.flags.output in ("json", "yaml"):
            live = [outcome.live for outcome in outcomes if outcome.live is not None]
            _print_objects(self.run.terminal, live, self.flags.output)
        self.account.end(outcomes)


@dataclass(frozen=True)
class _Work:
    """The work on what a plan says; `compared` is what the server would make of it."""

    plan: _Plan
    compared: Comparison
    under_way: UnderWay

    def known(self, live: Mapping[ObjectKey, Body | None]) -> Known:
        """Return what is known of objects with this state."""
        return Known(live, settled(self.compared, live), image_changes(self.plan.decisions, live))

    def apply(self, step: Sequence[Manifest], known: Known, *, is_followed: bool) -> Sequence[Outcome]:
        """Apply what is not settled, and tell what becomes of each object."""
        run, flags = self.plan.run, self.plan.flags
        mode = Mode(
            force=flags.force,
            replace=flags.replace,
            late=late(self.compared),
            is_followed=is_followed,
            gone_s=flags.gone_s or inf,
            under_way=self.under_way,
        )
        tell = replace(self.plan.account, changes=known.changes).tell
        return apply_all(run.cluster, step, known.before, mode, tell, run.terminal.warn, known.settled)

    def wait(self, live: Mapping[ObjectKey, Body]) -> None:
        """Wait until objects are ready; raise DeployError when they will not be."""
        self.plan.account.wait(live, self.plan.flags.barrier_s)

    def look(self, rest: Sequence[Manifest], known: Known) -> Known:
        """Read again what is left; raise DeployError when it has other images than those that are to be kept."""
        seen = {item.key: known.before[item.key] for item in rest if item.key in known.before}
        live = read_again(self.plan.run, rest, seen)
        check_kept(self.plan.decisions, live, "the rest was not applied")
        return self.known(live)
