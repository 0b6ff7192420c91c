"""What a template may do with an image that is not decided yet: insert it whole, and nothing else."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

from .errors import InputError
from .placeholders import HOST, Call, Placeholder, Placeholders

# The filters that leave a text whole.
_KEEP_TEXT = frozenset(
    {"d", "default", "e", "escape", "forceescape", "from_yaml", "indent", "join", "pprint", "safe", "string"}
    | {"to_json", "to_yaml", "tojson", "trim"}
)


@dataclass(frozen=True)
class Guard:
    """Keeps the text that stands for an image whole, up to where the image is filled in.

    Text made from it is marked, by being a Placeholder, and only what leaves marked text whole may be done with it:
    what a template cuts, encodes or looks into would not be the image's own text.
    """

    placeholders: Placeholders

    def joined(self, parts: Iterable[str]) -> str:
        """Return the parts as one text, marked when it holds an image."""
        text = "".join(parts)
        return Placeholder(text) if HOST in text else text

    def filter(self, name: str, function: Callable[..., object]) -> Callable[..., object]:
        """Return the filter, guarded; Jinja2's marks on it stay."""
        # A filter with such a mark is given the context, or a part of it, before the value.
        first = 1 if hasattr(function, "jinja_pass_arg") else 0

        @functools.wraps(function)
        def guarded(*args: Any, **kwargs: Any) -> object:
            if isinstance(args[first], Placeholder) and name not in _KEEP_TEXT:
                self.refuse(args[first], f"the filter {name}")
            inserted = (*args, *kwargs.values()) if name == "format" else args[first : first + 1]
            return self.kept(function(*args, **kwargs), inserted, f"the filter {name}")

        return guarded

    def kept(self, result: object, inserted: Iterable[object], operation: str) -> object:
        """Return the result, marked when it holds an image; an error when an inserted one is not whole in it."""
        for text in inserted:
            if isinstance(text, Placeholder) and set(self._calls_in(text)) - set(self._calls_in(str(result))):
                self.refuse(text, operation)
        return self.joined((result,)) if isinstance(result, str) else result

    def refuse(self, text: str, operation: str) -> NoReturn:
        """Raise InputError: the operation is no use on text that holds an image."""
        calls = dict.fromkeys(f"images.get_image({call.image!r})" for call in self._calls_in(text))
        raise InputError(
            f"{' and '.join(calls)}: the image is decided after the templates, so {operation} cannot use its text",
            hint="insert the image as it is; a tag that other fields need too belongs into args: -a tag=...",
        )

    def _calls_in(self, text: str) -> tuple[Call, ...]:
        return self.placeholders.split(str(text))[1]
