"""What deploy and poke have in common for who watches: the plan and its question, and the account of what was done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .apply import Outcome
from .dry_run import raise_failures
from .objects import Body, ObjectKey
from .plan import ImageChange, counted, summary
from .plan_screen import plan_lines
from .prepare import Run
from .stage_steps import IdleInterrupt
from .terminal import Terminal
from .under_way import UnderWay

_STYLES = {"created": "green", "configured": "yellow", "applied": "yellow", "replaced": "red", "deleted": "red"}
Tell = Callable[[Outcome], None]


@dataclass(frozen=True)
class Account:
    """How one tells what is done to objects: `output` as in the flags, `suffix` after each object and the summary.

    `verb` is what is done to them: `applied`; `changes` are the images that become others; `target` is the project's, ""
    without one.
    """

    run: Run
    verb: str
    output: str
    changes: Mapping[ObjectKey, Sequence[ImageChange]]
    suffix: str = ""
    target: str = ""

    @property
    def terminal(self) -> Terminal:
        """Where it is told."""
        return self.run.terminal

    def agreed(self, request: str, outcomes: Sequence[Outcome]) -> bool:
        """Show what the server says is going to happen, and return whether the user agrees.

        `request` begins the question: `Apply to`. Where nothing would change there is nothing to ask.
        """
        raise_failures(outcomes, f"{self.verb}, so nothing was")
        if all(outcome.status == "unchanged" for outcome in outcomes):
            return True
        target = f", target {self.target}" if self.target else ""
        terminal, question = self.terminal, f"{request} {_place(self.run, outcomes)}{target}?"
        for line in plan_lines(outcomes, self.changes, question, terminal.size):
            terminal.say(line.painted(terminal.paint))
        if terminal.ask(question):
            return True
        terminal.say(f"nothing was {self.verb}")
        return False

    def tell(self, outcome: Outcome) -> None:
        """Print what became of one object; of those that failed the error tells."""
        terminal, key = self.terminal, outcome.manifest.key
        for warning in outcome.warnings:
            terminal.warn(f"{key}: {warning}")
        if outcome.status in ("failed", "not tried"):
            return
        is_deleted = outcome.status == "deleted"
        if self.output == "text":
            status = terminal.paint(outcome.status, _STYLES.get(outcome.status, "dim"))
            # No manifest says where it was.
            terminal.result(f"{key.in_full if is_deleted else key} {status}{self.suffix}")
            for line in (*outcome.notes, *self.changes.get(key, ())):
                terminal.result(f"    {line}")
        elif is_deleted:
            # Whoever reads the names or states that are there does not count on it.
            terminal.say(f"{key.in_full} deleted{self.suffix}")
        elif self.output == "name":
            # A program reads it, to which *** is the name of nothing.
            terminal.result(str(key), whole=True)

    def follow(self, work: Callable[[], Sequence[Outcome]], under_way: UnderWay, total: int) -> Sequence[Outcome]:
        """Return the outcomes of the work on so many objects; after Ctrl-C say how far it came."""
        try:
            return work()
        except KeyboardInterrupt as exc:
            # While nothing was being done, whoever waited has said that it was interrupted.
            begin = "" if isinstance(exc, IdleInterrupt) else "\ninterrupted: "
            rest = "" if under_way.is_done(total) else "\nhint: the same command again does the rest"
            if begin or rest:
                self.terminal.say(f"{begin}{counted(total)}: {under_way.how_far(total, self.verb)}{rest}")
            raise

    def end(self, outcomes: Sequence[Outcome]) -> None:
        """Print the summary, where the output is for people; DeployError names all that failed."""
        if self.output == "text":
            self.terminal.say(summary(outcomes) + self.suffix)
        raise_failures(outcomes, self.verb)

    def wait(self, live: Mapping[ObjectKey, Body], wait_s: float) -> None:
        """Wait until these objects are ready, for ever with 0 seconds; `live` is their state. Raises DeployError."""
        from .patience import Limits
        from .wait_report import wait_until_ready

        wait_until_ready(self.terminal, self.run.cluster, live, Limits(timeout_s=wait_s))


def _place(run: Run, outcomes: Sequence[Outcome]) -> str:
    """Return where the objects are: their namespaces and the cluster."""
    cluster = run.cluster
    server = f"context {cluster.context} ({cluster.server})" if cluster.context else cluster.server
    names = sorted({outcome.manifest.key.namespace for outcome in outcomes} - {""})
    if len(names) > 3:
        return f"{len(names)} namespaces of {server}"
    return f"{'namespace' if len(names) == 1 else 'namespaces'} {', '.join(names)} of {server}" if names else server
