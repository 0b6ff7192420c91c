"""What came back from a registry: an `Answer`, or a `RequestError` that says why there is none that can be used."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import timezone
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .registry_policy import Clock

_RETRIED_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504, 521, 522, 524})
_TRIES = 4
_LONGEST_MESSAGE = 200
_WARNING = re.compile(r'(?:^|,)\s*299 - "((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Answer:
    """A whole HTTP answer; the names of the headers are in lower case, `url` is the one that answered.

    `authorization` is what the request carried that got this answer.
    """

    status: int
    reason: str
    headers: Mapping[str, tuple[str, ...]]
    body: bytes = field(repr=False)
    url: str
    authorization: str | None = field(default=None, repr=False)

    def header(self, name: str) -> str:
        """Return the lines of a header as one, "" without any."""
        return ", ".join(self.headers.get(name, ()))

    @property
    def outcome(self) -> str:
        """The status as people read it: `503 Service Unavailable: "upstream is down"`."""
        message = first_message(self.body)
        return f"{self.status} {self.reason}".rstrip() + (f': "{message}"' if message else "")

    @property
    def is_web_page(self) -> bool:
        """Whether this is meant for a browser: a captive portal, a login page."""
        return "text/html" in self.header("content-type").lower() or self.body[:64].lstrip()[:1] == b"<"


class Kind(Enum):
    """The faults that are told apart after they happened."""

    NOT_THERE = auto()  # nobody listens
    UNREACHABLE = auto()  # no name, no route, no answer to the first packet
    PLAIN_HTTP = auto()  # the other side does not speak TLS
    TLS = auto()  # the handshake failed, or the certificate is not trusted
    CLOSED = auto()  # the connection ended before the answer did
    LIMITED = auto()  # 429
    REFUSED = auto()  # 401 and 403
    UNKNOWN_REPOSITORY = auto()
    NOTHING_HERE = auto()  # 404 without a word
    REFUSED_PAGE_SIZE = auto()
    OTHER = auto()


class RequestError(Exception):
    """Why a request has no answer: the cause in words, without host or image, which the edge adds.

    `tries` is how often such a request is sent at most; `wait_s` is what the registry asked to wait, or None.
    Never leaves `registry`, which turns it into a RegistryError.
    """

    def __init__(
        self,
        cause: str,
        *,
        hint: str | None = None,
        tries: int = 1,
        wait_s: float | None = None,
        kind: Kind = Kind.OTHER,
    ) -> None:
        super().__init__(cause)
        self.cause = cause
        self.hint = hint
        self.tries = tries
        self.wait_s = wait_s
        self.kind = kind

    def final(self) -> RequestError:
        """Return the same fault, to be taken as it is: whoever could try again already did."""
        return RequestError(self.cause, hint=self.hint, kind=self.kind)


def raise_for_trouble(answer: Answer, clock: Clock) -> None:
    """Raise the RequestError of an answer that another try may better, or that comes from a web page's server."""
    if answer.status in _RETRIED_STATUSES:
        limited = answer.status == 429
        raise RequestError(
            f"it limits requests: {answer.outcome}" if limited else f"it has a problem: {answer.outcome}",
            hint="try again later" + (", or log in for a higher limit" if limited else ""),
            tries=_TRIES,
            wait_s=retry_after_s(answer.header("retry-after"), clock),
            kind=Kind.LIMITED if limited else Kind.OTHER,
        )
    if answer.status == 400:
        _raise_for_http_on_https(answer.body.lower())
    if answer.status < 300 and answer.is_web_page:
        title = re.search(rb"<title[^<>]*>([^<]*)", answer.body[:65536], re.IGNORECASE)
        named = f' ("{_one_line(title[1].decode("utf-8", "replace"))}")' if title else ""
        raise RequestError(
            f"it answered with a web page{named}, not as a registry",
            hint="check the registry's address, and whether a VPN or a login in the browser is needed",
        )


def _raise_for_http_on_https(text: bytes) -> None:
    # What nginx says, and what Go's servers say.
    if b"sent to https port" in text or b"http request to an https server" in text:
        raise RequestError(
            "it wants https",
            hint="take http:// away from KLUCTL_REGISTRY_HOST, or insecure = true from registries.conf",
        )


def retry_after_s(text: str, clock: Clock) -> float | None:
    """Return the seconds of a `Retry-After`, 0 for a time that is over; None without one that can be read.

    The grammar wants whole seconds or a date (RFC 9110, section 10.2.3); fractions are sent all the same.
    """
    if seconds := re.fullmatch(r"\s*([0-9]{1,9}(\.[0-9]{1,9})?)\s*", text):
        return float(seconds[1])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, moment.timestamp() - clock.time())


def json_of(answer: Answer) -> Any:
    """Return the JSON of an answer. Raises a RequestError that allows one more try: proxies cut answers short."""
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as exc:
        hint = "try again, and check the registry's address"
        raise RequestError("it sent an answer that is not JSON", hint=hint, tries=2) from exc


def warnings_of(answer: Answer) -> tuple[str, ...]:
    """Return what the registry wants its users to know: the texts of `Warning: 299 - "text"`, as one line each.

    Source: OCI distribution-spec, "Warnings".
    """
    found = _WARNING.findall(answer.header("warning"))
    return tuple(_one_line(re.sub(r"\\(.)", r"\1", text)) for text in found)


def registry_errors(body: bytes) -> list[Any]:
    """Return the `errors` of a registry's error answer; empty when the body is anything else."""
    found = _loaded(body)
    errors = found.get("errors") if isinstance(found, dict) else None
    return errors if isinstance(errors, list) else []


def first_message(body: bytes) -> str:
    """Return the first message of an error answer as one line of printable text, "" without any.

    Registries disagree on the shape: `errors` may hold objects or strings, others send `message` or `detail`.
    """
    found = _loaded(body)
    if not isinstance(found, dict):
        return ""
    candidates = [*registry_errors(body), found]
    for candidate in candidates:
        texts = [candidate.get(key) for key in ("message", "detail")] if isinstance(candidate, dict) else [candidate]
        for text in texts:
            if isinstance(text, str) and text.strip():
                return _one_line(text)
    return ""


def _loaded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _one_line(text: str) -> str:
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= _LONGEST_MESSAGE else line[: _LONGEST_MESSAGE - 3] + "..."
