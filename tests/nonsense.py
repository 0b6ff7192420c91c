"""What no parser expects, for the tests that anything is read or refused in our own words.

KUBECTL_IMAGES_TEST_CASES=100000 tries that many instead of 300.
"""

from __future__ import annotations

import base64
import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

CASES = int(os.environ.get("KUBECTL_IMAGES_TEST_CASES", "300"))
many_cases = settings(max_examples=CASES, suppress_health_check=[HealthCheck.too_slow])

# Controls and separators, digits and letters beyond ASCII, halves of a surrogate pair, what changes in lower case.
_STRANGE = (
    *"\0\t\n\r\x1b\x7f\x85\xa0\xad\u200b\u2028\u202e\u0660\uff11\u00e9\u0130\u212a\ufeff\ud800\udcff\U0001f600",
    "e\u0301",
)
# On both sides of the limits that grammars and Python have.
_TIMES = (2, 3, 32, 63, 64, 127, 128, 129, 255, 256, 4300, 4301)


def texts(*pieces: str) -> st.SearchStrategy[str]:
    """Return texts of the pieces of a grammar, mixed with anything else, some of them repeated very often."""
    piece = st.one_of(
        st.sampled_from(pieces),
        st.sampled_from(pieces),
        st.sampled_from(_STRANGE),
        st.characters(),
        st.builds(str.__mul__, st.sampled_from((*pieces, *_STRANGE)), st.sampled_from(_TIMES)),
    )
    return st.lists(piece, max_size=15).map("".join)


def json_values(*names: str) -> st.SearchStrategy[Any]:
    """Return JSON of any shape, in which these names are often keys and values."""
    text = st.one_of(st.sampled_from(names), texts(*names, "/", ":", "a"), encoded())
    number = st.one_of(st.integers(), st.floats(), st.sampled_from([10**400, -1, 1e308]))
    scalar = st.one_of(st.none(), st.booleans(), number, text)
    key = st.one_of(st.sampled_from(names), st.sampled_from(names), text)
    return st.recursive(
        scalar,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(key, inner, max_size=6),
        max_leaves=12,
    )


def encoded() -> st.SearchStrategy[str]:
    """Return base64 of anything, some of it cut."""
    content = st.one_of(st.binary(max_size=20), st.sampled_from([b"user:password", b":", b"user", b"\0:\xff"]))
    return st.builds(lambda raw, cut: base64.b64encode(raw).decode()[cut:], content, st.integers(0, 2))
