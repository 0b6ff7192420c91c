"""What the API server answers: its status, its words about a failure, and whether to ask again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .objects import Body


@dataclass(frozen=True)
class Answer:
    """What the API server answered; `warnings` are the texts of its Warning headers."""

    status: int
    body: bytes = field(repr=False)
    retry_after: str | None = None
    warnings: tuple[str, ...] = ()

    def json(self) -> Body | None:
        """Return the body when it is a JSON object, else None."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return None
        return value if isinstance(value, dict) else None

    @property
    def is_passing(self) -> bool:
        """Whether the same request may well succeed a little later."""
        # A manifest with a wrong field is answered by 500 as well: "failed to create typed patch object". Changes of
        # etcd's leader and its timeouts are 500 too, and pass.
        return self.status in {429, 502, 503, 504} or (self.status == 500 and not self.message.startswith("failed to "))

    @property
    def message(self) -> str:
        """The server's own words about a failure."""
        said = (self.json() or {}).get("message")
        return str(said) if said else self.body[:300].decode("utf-8", "replace").strip()

    @property
    def causes(self) -> Sequence[Mapping[str, Any]]:
        """The causes of a failure, one per field; empty when the server names none."""
        return ((self.json() or {}).get("details") or {}).get("causes") or []


def warnings_of(headers: Sequence[str]) -> tuple[str, ...]:
    """Return the texts of `Warning: 299 - "text"` headers; one header may hold several."""
    quoted = [text for header in headers for text in re.findall(r'"((?:[^"\\]|\\.)*)"', header)]
    return tuple(re.sub(r"\\(.)", r"\1", text) for text in quoted)
