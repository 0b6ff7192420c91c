"""Flags with a meaning of their own: switches as kubectl spells them, durations, numbers, platforms."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable

from .platforms import Platform

# What no socket can count to (2**31 milliseconds, a little more than this) is as good as for ever.
_FOR_EVER_S = 2_000_000
_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def add_switch(add: Callable[..., argparse.Action], *names: str, help: str) -> None:  # noqa: A002
    """Add a flag that is there or not, and kubectl's way to say so: `--wait=true` or `--wait=false`."""
    switch = add(*names, action="store_true", help=help)
    for value, action in (("true", "store_true"), ("false", "store_false")):
        spelled_out = [f"{name}={value}" for name in names]
        add(*spelled_out, dest=switch.dest, action=action, help=argparse.SUPPRESS)


def platform(text: str) -> Platform:
    """Return the platform; raise argparse's error for what is none."""
    try:
        return Platform.parse(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(str(exc)) from None


def number(text: str) -> int:
    """Return the number; raise argparse's error for what is none."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number such as 1") from None


def duration_s(text: str) -> float:
    """Return the seconds of one of kubectl's durations: `5`, `30s`, `1m30s`, `500ms`; 0 is for ever."""
    if re.fullmatch(r"[0-9]+", text):
        seconds = float(text)
    elif re.fullmatch(r"([0-9]+(\.[0-9]+)?(ms|s|m|h))+", text):
        seconds = sum(float(number) * _UNITS_S[unit] for number, unit in re.findall(r"([0-9.]+)(ms|s|m|h)", text))
    else:
        raise argparse.ArgumentTypeError(f"{text!r} is not a duration such as 30s, 1m30s or 5")
    return seconds if seconds < _FOR_EVER_S else 0
