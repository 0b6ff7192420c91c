"""The `args` of templates: `-a NAME=VALUE`, `-a nested.name=VALUE` and `--args-from-file`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from . import documents
from .errors import InputError, UsageError
from .json_values import MAX_STEPS, merged, nested

# Only what cannot be meant as text: 1.10, 012 and yes stay what the user typed.
# Nor is a number what has more digits than Python may be told to read and write.
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,639}")
_TYPED = re.compile(r"true|false|null|[\[{].*", re.DOTALL)
_QUOTED = re.compile(r""" '([^']|'')*' | "([^"\\]|\\.)*" """, re.DOTALL | re.VERBOSE)


def parse_args(arguments: Iterable[str], files: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
    """Return the args of the files, as (name, text), in their order, and then of the arguments; the later wins.

    Maps are merged key by key. A value is text, unless it is true, false, null, an integer without leading zeros, or
    a list or map in YAML's flow style; all of it in YAML's quotes is the text within.
    """
    args: dict[str, Any] = {}
    for name, text in files:
        for document in documents.read(text, name, yes_is_text=True):
            if not isinstance(document.value, dict):
                raise InputError(f"{name}:{document.line}: a file of args is a map")
            args = merged(args, document.value)
    for argument in arguments:
        args = merged(args, _nested(argument))
    return args


def _nested(argument: str) -> dict[str, Any]:
    name, equals, text = argument.partition("=")
    keys = name.split(".")
    if not equals or not all(keys):
        # The value may be a secret, so it is not shown.
        raise UsageError(f"-a {name}: this is not NAME=VALUE", hint="write -a env=prod, or -a web.replicas=3")
    if len(keys) > MAX_STEPS:
        raise UsageError(f"-a {keys[0]}...: a name has at most {MAX_STEPS} parts")
    return nested(keys, _value(text, f"-a {name}"))


def _value(text: str, name: str) -> object:
    if text.startswith("@"):
        raise UsageError(
            f"{name}: a value that begins with @ names a file for kluctl, and here none is read",
            hint=f"--args-from-file FILE reads a file of args\nfor the text itself: {_in_quotes(name)}",
        )
    if _INTEGER.fullmatch(text):
        # Not as YAML, which makes a float of an integer that is longer than 64 bits.
        return int(text)
    if not (_TYPED.fullmatch(text) or _QUOTED.fullmatch(text)):
        return text
    first, *others = documents.read(text, name, yes_is_text=True)
    if others:
        raise InputError(f"{name}: this is more than one value")
    return first.value


def _in_quotes(name: str) -> str:
    """Return how a text is given that begins with @; it may be a secret, so it is not shown."""
    flag, _, arg = name.partition(" ")
    return f"""{flag} '{arg}="@..."'"""
