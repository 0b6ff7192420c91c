"""What a template may do with an image that is not decided yet: insert it whole, and nothing else."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from .errors import InputError
from .placeholders import Call, Placeholder, Placeholders

# The filters that leave a text whole, and the tests that do not look into it.
_KEEP_TEXT = frozenset(
    {"d", "default", "e", "escape", "forceescape", "from_yaml", "indent", "join", "pprint", "safe", "string"}
    | {"render", "to_json", "to_yaml", "tojson", "trim"}
)
_ASK_THE_KIND = frozenset(
    {"boolean", "callable", "defined", "false", "float", "integer", "iterable", "mapping", "none", "number"}
    | {"sequence", "string", "true", "undefined"}
)
_COMPARE = frozenset({"==", "!=", "eq", "equalto", "ne"})
# What puts its arguments into a text, as they are: filters, and methods of a text.
_INSERT = frozenset({"d", "default", "format", "format_map", "indent", "join"})


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
        return Placeholder(text) if self.placeholders.calls and self.placeholders.traced(text) else text

    def refuse_image_in(self, text: str, operation: str) -> None:
        """Raise InputError when a text holds an image."""
        self._refuse_held((text,), operation)

    def marked(self, value: Any) -> Any:
        """Return a copy of a JSON value with every text in it marked that holds an image."""
        match value:
            case str():
                return self.joined((value,))
            case list():
                return [self.marked(child) for child in value]
            case dict():
                return {self.marked(key): self.marked(child) for key, child in value.items()}
            case _:
                return value

    def filter(self, name: str, function: Callable[..., object]) -> Callable[..., object]:
        """Return the filter, guarded; Jinja2's marks on it stay."""
        first = _first_argument(function)

        @functools.wraps(function)
        def guarded(*args: Any, **kwargs: Any) -> object:
            value, others = args[first], args[first + 1 :]
            if isinstance(value, Placeholder) and name not in _KEEP_TEXT:
                self.refuse(value, f"the filter {name}")
            if isinstance(value, str):
                self._refuse_held(_looked_at(name, others, kwargs), f"the filter {name}")
            inserted = (value, *others, *kwargs.values()) if name == "format" else (value,)
            result = function(*args, **kwargs)
            if name == "from_yaml":
                return self.marked(result)
            return self.kept(result, inserted, f"the filter {name}")

        return guarded

    def test(self, name: str, function: Any) -> Callable[..., Any]:
        """Return the test (`x is lower`), guarded; Jinja2's marks on it stay."""
        first = _first_argument(function)

        @functools.wraps(function)
        def guarded(*args: Any, **kwargs: Any) -> object:
            # No image is the empty text, so that much is known of each.
            with_nothing = name in _COMPARE and args[first + 1 :] in [("",), (None,)]
            if name not in _ASK_THE_KIND and not with_nothing:
                self._refuse_held(args[first : first + 1], f"the test {name}")
            return function(*args, **kwargs)

        return guarded

    def check_call(self, function: object, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Raise InputError for the call of a text's method that would look into an image."""
        # Jinja2 wraps format and format_map.
        method: Any = getattr(function, "__wrapped__", function)
        if isinstance(getattr(method, "__self__", None), str):
            name = method.__name__
            self._refuse_held(_looked_at(name, args, kwargs), f".{name}()")

    def kept(self, result: object, inserted: Iterable[object], operation: str) -> object:
        """Return the result, marked when it holds an image; an error when an inserted one is not whole in it."""
        for text in inserted:
            if isinstance(text, Placeholder) and set(self._calls_in(text)) - set(self._calls_in(str(result))):
                self.refuse(text, operation)
        return self.joined((result,)) if isinstance(result, str) else result

    def refuse(self, text: str, operation: str) -> NoReturn:
        """Raise InputError: the operation is no use on text that holds an image."""
        found = self._calls_in(text) or self.placeholders.suspects(str(text))
        calls = dict.fromkeys(f"images.get_image({call.image!r})" for call in found)
        raise InputError(
            f"{' and '.join(calls)}: the image is decided after the templates, so {operation} cannot use its text",
            hint="insert the image as it is; a tag that other fields need too belongs into args: -a tag=...",
        )

    def _refuse_held(self, values: Iterable[object], operation: str) -> None:
        for value in values:
            if isinstance(value, Placeholder):
                self.refuse(value, operation)
            if isinstance(value, dict):
                self._refuse_held((*value, *value.values()), operation)
            elif isinstance(value, list | tuple):
                self._refuse_held(value, operation)

    def _calls_in(self, text: str) -> tuple[Call, ...]:
        return self.placeholders.split(str(text))[1]


def _first_argument(function: Callable[..., object]) -> int:
    """Return where a filter or test has its value: after the context, when Jinja2's mark says that it is given one."""
    return 1 if hasattr(function, "jinja_pass_arg") else 0


def _looked_at(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Iterable[object]:
    """Return the arguments that a filter or method of a text does not insert: `replace` inserts its second."""
    if name in _INSERT:
        return ()
    if name == "replace":
        return (*args[:1], kwargs.get("old"))
    return (*args, *kwargs.values())
