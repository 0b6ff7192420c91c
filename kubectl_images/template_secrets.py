"""What Python's and Jinja2's own messages quote of variables, which may be secret."""

from __future__ import annotations

from .json_values import texts_in


def without_quoted(text: str, value: object) -> str:
    """Return the text without the texts in a JSON value that Python's own messages quote."""
    # The longer first: one may hold another.
    for quoted in sorted(map(repr, texts_in(value)), key=len, reverse=True):
        text = text.replace(quoted, "'***'")
    return text
