"""Web addresses as arguments of -f: which they are, and how one is shown."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"(?i)https?://")


def is_address(argument: str) -> bool:
    """Tell whether an argument is a web address."""
    return bool(_ADDRESS.match(argument))


def shown(address: str) -> str:
    """Return an address without what may be secret in it: a login, the query and the fragment."""
    scheme, _, rest = address.partition("://")
    authority, slash, path = re.split(r"[?#]", rest, maxsplit=1)[0].partition("/")
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"
