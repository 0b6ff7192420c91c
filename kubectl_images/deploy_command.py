"""The command `deploy`: plan and question on a terminal, then the apply and an account of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from .apply import AT_ONCE, Mode, Outcome, Status, apply_all
from .diff import masked
from .dry_run import compare, raise_failures, read_live
from .errors import DeployError
from .images import where
from .objects import Body, ObjectKey
from .output import serialised
from .plan import ImageChange, image_changes, summary
from .prepare import Prepared, Run, prepare
from .terminal import Terminal

# The words of a plan, before anything has happened.
_PLANNED: Mapping[Status, str] = {"created": "to create", "configured": "to change", "applied": "to apply"}


@dataclass(frozen=True)
class DeployFlags:
    """What `deploy` alone is given; `dry_run` is none, client or server, `output` text, name, json or yaml."""

    dry_run: str = "none"
    output: str = "text"
    force: bool = False
    yes: bool = False


def deploy(run: Run, flags: DeployFlags) -> int:
    """Apply the objects; on a terminal after a plan and a question."""
    prepared = prepare(run)
    if flags.dry_run == "client":
        return _print_only(run, prepared, flags)
    before = read_live(run, prepared, optional=True)
    plan = _Plan(run, flags, prepared, before, image_changes(prepared.decisions, before))
    if flags.dry_run == "server":
        return plan.check()
    if run.terminal.interactive and not flags.yes and not plan.confirmed():
        run.terminal.say("nothing was applied")
        return 1
    return plan.carry_out()


def _print_only(run: Run, prepared: Prepared, flags: DeployFlags) -> int:
    """Print what would be sent, without asking the server what it makes of it."""
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
    """The objects to apply, what is there before, and whose image changes."""

    run: Run
    flags: DeployFlags
    prepared: Prepared
    before: Mapping[ObjectKey, Body | None]
    changes: Mapping[ObjectKey, Sequence[ImageChange]]

    def confirmed(self) -> bool:
        """Show what is going to happen, by the server's own account, and return whether the user agrees.

        Where nothing would change there is nothing to ask.
        """
        terminal, cluster = self.run.terminal, self.run.cluster
        outcomes = compare(cluster, self.prepared.manifests, self.before, force=self.flags.force).outcomes
        raise_failures(outcomes, "applied, so nothing was")
        changed = [outcome for outcome in outcomes if outcome.status != "unchanged"]
        if not changed:
            return True
        for outcome in changed:
            terminal.say(f"{outcome.manifest.key} {_painted(terminal, outcome.status, _PLANNED)}")
            self._each_image(outcome.manifest.key, terminal.say)
        terminal.say(f"plan for {summary(outcomes, _PLANNED)}")
        where = f"context {cluster.context} ({cluster.server})" if cluster.context else cluster.server
        return terminal.ask(f"Apply to {self._namespaces()}{where}?")

    def _namespaces(self) -> str:
        """Return the namespaces of the objects, as a part of the question."""
        names = sorted({manifest.key.namespace for manifest in self.prepared.manifests} - {""})
        if len(names) > 3:
            return f"{len(names)} namespaces of "
        return f"{'namespace' if len(names) == 1 else 'namespaces'} {', '.join(names)} of " if names else ""

    def check(self) -> int:
        """Print what the server would make of everything; nothing is applied."""
        outcomes = compare(self.run.cluster, self.prepared.manifests, self.before, force=self.flags.force).outcomes
        for outcome in outcomes:
            self._report(outcome)
        return self._account_for(outcomes)

    def carry_out(self) -> int:
        """Apply everything and print what became of it."""
        self._check_what_runs()
        done: list[Outcome] = []

        def report(outcome: Outcome) -> None:
            done.append(outcome)
            self._report(outcome)

        mode, manifests = Mode(force=self.flags.force), self.prepared.manifests
        try:
            return self._account_for(apply_all(self.run.cluster, manifests, self.before, mode, report))
        except KeyboardInterrupt:
            applied = sum(outcome.status not in {"failed", "not tried"} for outcome in done)
            rest = len(manifests) - len(done)
            self.run.terminal.say(
                f"\ninterrupted: {applied} of {len(manifests)} objects are applied; of the other {rest} "
                f"up to {AT_ONCE} may be\nhint: the same command again applies the rest"
            )
            raise

    def _check_what_runs(self) -> None:
        """Raise DeployError when an image that is kept is not the one that runs any more.

        Between the decision and now there was a question, or a registry that took its time.
        """
        # As it was read, since what is written may have its digest besides.
        kept = [
            replace(decision, image=decision.deployed)
            for decision in self.prepared.decisions
            if decision.source == "deployed" and decision.deployed
        ]
        live = self.run.cluster.read_live({decision.use.key for decision in kept}) if kept else {}
        lines = [
            f"    {key}, {where(change.decision.use)}: {change.decision.image} -> {change.old or '(none)'}"
            for key, changes in image_changes(kept, live).items()
            for change in changes
        ]
        if lines:
            raise DeployError(
                "\n".join(["what runs was changed since it was read, so nothing was applied", *lines]),
                hint="somebody else deploys too: look at it, and run the same command again",
            )

    def _account_for(self, outcomes: Sequence[Outcome]) -> int:
        """Print the objects or the summary; DeployError names all that failed."""
        terminal, output = self.run.terminal, self.flags.output
        if output in ("json", "yaml"):
            live = [outcome.live for outcome in outcomes if outcome.live is not None]
            terminal.result(serialised(_as_list(live), output))
        elif output == "text":
            terminal.say(summary(outcomes) + self._suffix())
        raise_failures(outcomes, "applied")
        return 0

    def _report(self, outcome: Outcome) -> None:
        """Print what became of one object."""
        terminal, key = self.run.terminal, outcome.manifest.key
        for warning in outcome.warnings:
            terminal.warn(f"{key}: {warning}")
        if outcome.status in ("failed", "not tried"):
            return
        if self.flags.output == "name":
            terminal.result(str(key))
        elif self.flags.output == "text":
            terminal.result(f"{key} {_painted(terminal, outcome.status)}{self._suffix()}")
            self._each_image(key, terminal.result)

    def _suffix(self) -> str:
        return " (server dry run)" if self.flags.dry_run == "server" else ""

    def _each_image(self, key: ObjectKey, write: Callable[[str], None]) -> None:
        for change in self.changes.get(key, ()):
            write(f"    {change}")


def _painted(terminal: Terminal, status: Status, words: Mapping[Status, str] = MappingProxyType({})) -> str:
    styles = {"created": "green", "configured": "yellow", "applied": "yellow"}
    return terminal.paint(words.get(status, status), styles.get(status, "dim"))
