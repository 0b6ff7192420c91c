"""What a registry demands before it answers: the `WWW-Authenticate` header (RFC 9110, section 11).

line      := [ challenge ] *( "," [ challenge ] )
challenge := scheme [ token68 | parameter *( "," parameter ) ]
parameter := name "=" ( quoted-string | text up to "," or a space )
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_END = r"(?=[ \t]*(?:,|$))"
# zot sends its realm unquoted, so a bare value may hold any character that does not end it.
_PARAMETER = re.compile(rf'({_NAME})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)){_END}')
_SCHEME = re.compile(rf"({_NAME})(?:[ \t]+[A-Za-z0-9._~+/-]+=*{_END}|(?=[ \t,]|$))")
_REST_OF_ELEMENT = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.)*"|".*)*')


@dataclass(frozen=True)
class Challenge:
    """One demand: the scheme and the parameters' names in lower case, the values as they were sent."""

    scheme: str
    parameters: Mapping[str, str]

    @property
    def realm(self) -> str:
        """The realm: the address of the login service for `bearer`, a text without use for `basic`."""
        return self.parameters.get("realm", "")


def parse_challenges(lines: Iterable[str]) -> tuple[Challenge, ...]:
    """Return the challenges of all header lines in their order, without those that are malformed."""
    return tuple(challenge for line in lines for challenge in _parse_line(line))


def usable_challenge(challenges: Iterable[Challenge]) -> Challenge | None:
    """Return the first Bearer that has an address as its realm, else the first Basic; None when there is neither.

    Bearer goes first since a registry that offers both (Codeberg) means Basic for its login service.
    """
    known = [challenge for challenge in challenges if _is_usable(challenge)]
    return min(known, key=lambda challenge: challenge.scheme != "bearer", default=None)


def _parse_line(line: str) -> list[Challenge]:
    found: list[tuple[str, dict[str, str]]] = []
    is_open = False  # whether a parameter that comes now belongs to the challenge found last
    position = 0
    while position < len(line):
        if line[position] in " \t,":
            position += 1
        elif match := _PARAMETER.match(line, position):
            if is_open:
                found[-1][1][match[1].lower()] = _value(match)
            position = match.end()
        elif match := _SCHEME.match(line, position):
            found.append((match[1].lower(), {}))
            is_open = True
            position = match.end()
        else:
            if is_open:
                found.pop()
            is_open = False
            rest = _REST_OF_ELEMENT.match(line, position)
            position = rest.end() if rest and rest.end() > position else position + 1
    return [Challenge(scheme, parameters) for scheme, parameters in found]


def _value(match: re.Match[str]) -> str:
    quoted, bare = match[2], match[3]
    return bare if quoted is None else re.sub(r"\\(.)", r"\1", quoted)


def _is_usable(challenge: Challenge) -> bool:
    return challenge.scheme == "basic" or (challenge.scheme == "bearer" and _is_address(challenge.realm))


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
