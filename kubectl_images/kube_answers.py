"""What the API server answers: its status, its words about a failure, and whether to ask again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .objects import Body

# What the aggregator says when the server that an APIService names is not there.
_NO_SERVER = ("service unavailable", "error trying to reach service")
# Changes of etcd's leader, and timeouts of the API server's own. By 500 it also answers what never passes: a manifest
# with a wrong field, a webhook that fails.
_PASSING = re.compile(
    r"(internal error occurred: )?"
    r"(etcdserver: |leader changed|rpc error: code = (unavailable|deadlineexceeded)|(request )?timed out|timeout)",
    re.IGNORECASE,
)
# What the API server says of a path below which it serves nothing.
_NO_SUCH_PATH = b"404 page not found\n"


@dataclass(frozen=True)
class Answer:
    """What the API server answered; `warnings` are the texts of its Warning headers, `location` is a redirect's."""

    status: int
    body: bytes = field(repr=False)
    retry_after: str | None = None
    location: str = ""
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
        if self.status == 503:
            return not self.is_without_server
        return self.status in {429, 502, 504} or (self.status == 500 and _PASSING.match(self.message) is not None)

    @property
    def is_without_server(self) -> bool:
        """Whether an API group has a server of its own, which is not there: no other group is concerned."""
        return self.status == 503 and self.message.startswith(_NO_SERVER)

    @property
    def message(self) -> str:
        """The server's own words about a failure."""
        said = (self.json() or {}).get("message")
        return str(said) if said else self.body[:300].decode("utf-8", "replace").strip()

    @property
    def is_status(self) -> bool:
        """Whether these are an API server's own words, and not a gateway's in front of it."""
        return (self.json() or {}).get("kind") == "Status"

    @property
    def is_absence(self) -> bool:
        """Whether an API server says that what was asked for is not there."""
        return self.status == 404 and (self.is_status or self.body == _NO_SUCH_PATH)

    @property
    def is_without_namespace(self) -> bool:
        """Whether the namespace that something is to be stored in is not there."""
        return self.status == 404 and self.is_status and self.message.startswith("namespaces ")

    @property
    def named(self) -> str:
        """The name of the object that a failure is about; "" when the server names none."""
        return str(self._details.get("name") or "")

    @property
    def causes(self) -> Sequence[Mapping[str, Any]]:
        """The causes of a failure, one per field; empty when the server names none."""
        causes = self._details.get("causes")
        return [cause for cause in causes if isinstance(cause, dict)] if isinstance(causes, list) else []

    @property
    def _details(self) -> Body:
        status = self.json() or {}
        details = status.get("details")
        return details if status.get("kind") == "Status" and isinstance(details, dict) else {}


def warnings_of(headers: Sequence[str]) -> tuple[str, ...]:
    """Return the texts of `Warning: 299 - "text"` headers; one header may hold several."""
    quoted = [text for header in headers for text in re.findall(r'"((?:[^"\\]|\\.)*)"', header)]
    return tuple(re.sub(r"\\(.)", r"\1", text) for text in quoted)
