"""The `args` of templates: `-a NAME=VALUE`, `-a nested.name=VALUE` and `--args-from-file`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from . import documents
from .errors import InputError, UsageError

# Only what cannot be meant as text: 1.10, 012 and yes stay what the user typed.
_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
_TYPED = re.compile(r"true|false|null|[\[{].*", re.DOTALL)


def parse_args(arguments: Iterable[str], files: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
    """Return the args of the files, as (name, text), in their order, and then of the arguments; the later wins.

    Maps are merged key by key. A value is text, unless it is true, false, null, an integer without leading zeros, or
    a list or map in YAML's flow style.
    """
    args: dict[str, Any] = {}
    for name, text in files:
        for document in documents.read(text, name):
            if not isinstance(document.value, dict):
                raise InputError(f"{name}:{document.line}: a file of args is a map")
            _merge(args, document.value)
    for argument in arguments:
        _merge(args, _nested(argument))
    return args


def _nested(argument: str) -> dict[str, Any]:
    name, equals, text = argument.partition("=")
    keys = name.split(".")
    if not equals or not all(keys):
        # The value may be a secret, so it is not shown.
        raise UsageError(f"-a {name}: this is not NAME=VALUE", hint="write -a env=prod, or -a web.replicas=3")
    value = _value(text, f"-a {name}")
    for key in reversed(keys):
        value = {key: value}
    assert isinstance(value, dict), "there is at least one key"
    return value


def _value(text: str, name: str) -> object:
    if _INTEGER.fullmatch(text):
        # Not as YAML, which makes a float of an integer that is longer than 64 bits.
        return int(text)
    if not _TYPED.fullmatch(text):
        return text
    first, *others = documents.read(text, name)
    if others:
        raise InputError(f"{name}: this is more than one value")
    return first.value


def _merge(target: dict[str, Any], source: Mapping[str, Any]) -> None:
    for key, value in source.items():
        if isinstance(value, dict) and isinstance(target.get(key), dict):
            _merge(target[key], value)
        else:
            target[key] = value
