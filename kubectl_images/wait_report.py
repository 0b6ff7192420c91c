"""Waiting as the user sees it: a line for each object that is ready, and on a terminal how far the others are."""

from __future__ import annotations

from collections.abc import Mapping

from .cluster import Cluster
from .objects import Body, ObjectKey
from .patience import Limits
from .terminal import Terminal
from .waiting import wait_for


def wait_until_ready(terminal: Terminal, cluster: Cluster, live: Mapping[ObjectKey, Body], limits: Limits) -> None:
    """Wait until the objects that were applied are ready; `live` is their state afterwards.

    Raises DeployError when one will not be ready, or at the timeout.
    """
    report = TerminalReport(terminal)
    try:
        wait_for(cluster, live, limits, report)
    except KeyboardInterrupt:
        count = len(report.pending)
        terminal.say(
            f"\ninterrupted: applied, but {'1 object is' if count == 1 else f'{count} objects are'} not ready yet"
        )
        raise
    finally:
        terminal.status("")


class TerminalReport:
    """What a terminal shows of it; `pending` is what it showed last."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self.pending: Mapping[ObjectKey, str] = {}

    def ready(self, key: ObjectKey, note: str) -> None:
        """Say that an object is ready, or why it is not waited for."""
        self._terminal.say(
            f"{key} is not waited for: {note}" if note else f"{key} {self._terminal.paint('ready', 'green')}"
        )

    def waiting(self, waited_s: float, pending: Mapping[ObjectKey, str]) -> None:
        """Show the first object that is not ready, and how many more there are."""
        self.pending = dict(pending)
        if not pending:
            return
        key, text = next(iter(pending.items()))
        more = len(pending) - 1
        rest = f"; {more} more {'object' if more == 1 else 'objects'}" if more else ""
        self._terminal.status(f"waiting {waited_s:.0f} s: {key}{f': {text}' if text else ''}{rest}")

    def warn(self, text: str) -> None:
        """Warn of what may come to nothing."""
        self._terminal.warn(text)
