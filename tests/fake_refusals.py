"""How a fake API server says no: the Status of each refusal, in the real server's words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import fake_apply

if TYPE_CHECKING:
    from fake_apply import Conflict, Manager
    from fake_kinds import Target

Body = dict[str, Any]


class RefusedError(Exception):
    """A request that is refused, with the Status that the server answers."""

    def __init__(self, code: int, reason: str, message: str, details: Body | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.status = status(code, reason, message, details)


def status(code: int, reason: str, message: str, details: Body | None = None) -> Body:
    """Return a Status as the real server writes a failure; without reason or details they are left out."""
    body: Body = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message}
    return (
        body
        | ({"reason": reason} if reason else {})
        | ({} if details is None else {"details": details})
        | {"code": code}
    )


def conflict(conflicts: Sequence[Conflict]) -> RefusedError:
    causes = [
        {
            "reason": "FieldManagerConflict",
            "message": f"conflict with {_called(conflict.manager)}",
            "field": fake_apply.dotted(conflict.path),
        }
        for conflict in conflicts
    ]
    details = {"causes": causes}
    if len(causes) == 1:
        message = f"Apply failed with 1 conflict: {causes[0]['message']}: {causes[0]['field']}"
        return RefusedError(409, "Conflict", message, details)
    by_manager: dict[str, list[str]] = {}
    for conflict in conflicts:
        by_manager.setdefault(_called(conflict.manager), []).append(f"- {fake_apply.dotted(conflict.path)}")
    listed = "\n".join(f"conflicts with {who}:\n" + "\n".join(lines) for who, lines in by_manager.items())
    return RefusedError(409, "Conflict", f"Apply failed with {len(causes)} conflicts: {listed}", details)


def _called(manager: Manager) -> str:
    using = f" using {manager.api_version}" if manager.operation == "Update" else ""
    return json.dumps(manager.name) + using


def modified(target: Target) -> RefusedError:
    message = (
        f"Operation cannot be fulfilled on {target.titled}: the object has been modified; please apply your changes to"
        " the latest version and try again"
    )
    return RefusedError(409, "Conflict", message, target.details)


def precondition_failed(target: Target, field: str, wanted: str, found: str) -> RefusedError:
    rest = " and then recreated" if field == "UID" else ""
    changed = f"deleted{rest}" if rest else "modified"
    kind = f"{target.kind.kind}.{target.group}" if target.group else target.kind.kind
    message = (
        f'Operation cannot be fulfilled on {kind} "{target.name}": the {field} in the precondition ({wanted}) does not'
        f" match the {field} in record ({found}). The object might have been {changed}"
    )
    return RefusedError(409, "Conflict", message, target.details | {"kind": target.kind.kind})


def invalid_object(target: Target, causes: Sequence[tuple[str, str, str]]) -> RefusedError:
    lines = [f"{place}: {message}" for place, _, message in causes]
    group = f".{target.group}" if target.group else ""
    said = lines[0] if len(lines) == 1 else f"[{', '.join(lines)}]"
    details = {"name": target.name, "group": target.group, "kind": target.kind.kind} | {
        "causes": [{"reason": reason, "message": message, "field": place} for place, reason, message in causes]
    }
    return RefusedError(
        422,
        "Invalid",
        f'{target.kind.kind}{group} "{target.name}" is invalid: {said}',
        {key: value for key, value in details.items() if value},
    )
