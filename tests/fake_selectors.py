"""Label and field selectors, as far as a fake API server knows them: equalities, joined by commas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fake_refusals import RefusedError

if TYPE_CHECKING:
    from fake_apply import Body

_OF_ALL = ("metadata.name", "metadata.namespace")
_OF_EVENTS = ("type", "reason", "involvedObject.kind", "involvedObject.name", "involvedObject.uid")


def is_selected(body: Body, query: Mapping[str, str]) -> bool:
    """Tell whether the selectors of a list or a watch pick an object."""
    labels = body["metadata"].get("labels") or {}
    return all(labels.get(name) == value for name, value in _equalities(query.get("labelSelector", ""))) and all(
        _field(body, name) == value for name, value in _equalities(query.get("fieldSelector", ""))
    )


def check_fields(kind: str, query: Mapping[str, str]) -> None:
    """Refuse a field selector that the kind does not have."""
    known = (*_OF_ALL, *_OF_EVENTS) if kind == "Event" else _OF_ALL
    for name, _ in _equalities(query.get("fieldSelector", "")):
        if name not in known:
            only = ", ".join(f'"{field}"' for field in _OF_ALL)
            raise RefusedError(400, "BadRequest", f'"{name}" is not a known field selector: only {only}')


def _equalities(selector: str) -> list[tuple[str, str]]:
    pairs = [part.partition("=") for part in selector.split(",") if part]
    return [(name, value) for name, _, value in pairs]


def _field(body: Body, path: str) -> str:
    value: object = body
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return "" if value is None else str(value)
