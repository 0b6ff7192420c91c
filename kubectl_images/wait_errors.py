"""What is said when something that was applied does not become ready: each object, its pods' faults, and what helps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .errors import DeployError
from .objects import ObjectKey
from .pod_faults import Fault

# More would hide the one that matters.
_MOST_FAULTS = 5
_MOST_HINTS = 3

# Returns a command of kubectl, for a namespace, with the flags of the cluster.
Kubectl = Callable[[str, str], str]


@dataclass(frozen=True)
class Unready:
    """An object that is not ready: how far it is, what keeps its pods, and the command and the advice of its failure."""

    key: ObjectKey
    text: str
    faults: tuple[Fault, ...] = ()
    command: str = ""
    advice: str = ""

    @property
    def shown(self) -> tuple[Fault, ...]:
        """The faults that matter: what explains only why it takes long matters where there is nothing else."""
        real = tuple(fault for fault in self.faults if fault.severity != "told")
        return (real or self.faults)[:_MOST_FAULTS]


def in_vain(failed: Sequence[Unready], others: Sequence[Unready], kubectl: Kubectl) -> DeployError:
    """Return the error for objects that will not be ready, and others that are not ready yet."""
    if len(failed) == 1:
        lines = [f"applied, but {failed[0].key.in_full} will not be ready: {failed[0].text}", *_faults(failed[0], 1)]
    else:
        lines = [f"applied, but {len(failed)} objects will not be ready", *_each(failed, 1)]
    if others:
        lines += [f"    not ready yet: {_number(others)}", *_each(others, 2)]
    return DeployError("\n".join(lines), hint="\n".join(_hints(failed, kubectl)) or None)


def too_late(timeout_s: float, unready: Sequence[Unready], kubectl: Kubectl) -> DeployError:
    """Return the error for objects that are not ready in time."""
    lines = [
        f"applied, but after {timeout_s:g} s {_number(unready)} {'is' if len(unready) == 1 else 'are'} not ready",
        *_each(unready, 1),
    ]
    hints = [*_hints(unready, kubectl), "to wait longer: --timeout=TIME, such as 10m; 0 is for ever"]
    return DeployError("\n".join(lines), hint="\n".join(hints))


def _number(unready: Sequence[Unready]) -> str:
    return "1 object" if len(unready) == 1 else f"{len(unready)} objects"


def _each(unready: Sequence[Unready], depth: int) -> Iterator[str]:
    for item in unready:
        yield f"{'    ' * depth}{item.key.in_full}: {item.text}"
        yield from _faults(item, depth + 1)


def _faults(item: Unready, depth: int) -> Iterator[str]:
    return (f"{'    ' * depth}{fault}" for fault in item.shown)


def _hints(unready: Sequence[Unready], kubectl: Kubectl) -> list[str]:
    return list(dict.fromkeys(_hint(item, kubectl) for item in unready))[:_MOST_HINTS]


def _hint(item: Unready, kubectl: Kubectl) -> str:
    if item.advice:
        return f"{item.advice}: {kubectl(item.command, item.key.namespace)}" if item.command else item.advice
    fault = next(iter(item.shown), None)
    if fault is None or not fault.pod:
        return f"more about it: {kubectl(item.command or f'describe {item.key}', item.key.namespace)}"
    if fault.reason == "CrashLoopBackOff":
        command = f"logs {fault.pod} --container={fault.container} --previous"
        return f"what it wrote before it ended: {kubectl(command, item.key.namespace)}"
    if fault.severity == "told" and fault.container:
        return f"what it writes: {kubectl(f'logs {fault.pod} --container={fault.container}', item.key.namespace)}"
    return f"more about it: {kubectl(f'describe pod/{fault.pod}', item.key.namespace)}"
