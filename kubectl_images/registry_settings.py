"""Registries as the environment configures them.

KLUCTL_REGISTRY[_<number>]_{HOST,USERNAME,PASSWORD,AUTH,TLSVERIFY,CA_BUNDLE}   one registry; HOST=* any other
                                                                              HOST=http://... plain http
KLUCTL_REGISTRY_DEFAULT_TLSVERIFY                                             registries without TLSVERIFY
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .references import is_host
from .registry_names import registry_key

_VARIABLE = re.compile(r"KLUCTL_REGISTRY(_[0-9]+)?_(HOST|USERNAME|PASSWORD|AUTH|TLSVERIFY|CA_BUNDLE)", re.ASCII)
_ANY = "*"
_DEFAULT_TLSVERIFY = "KLUCTL_REGISTRY_DEFAULT_TLSVERIFY"
_SWITCH = {"0": False, "false": False, "no": False, "1": True, "true": True, "yes": True}


@dataclass(frozen=True)
class HostSettings:
    """The variables of one registry by their last part; `prefix` begins their names."""

    prefix: str
    variables: Mapping[str, str] = field(repr=False)

    def name(self, variable: str) -> str:
        """Return the whole name of a variable: `KLUCTL_REGISTRY_0_AUTH`."""
        return f"{self.prefix}_{variable}"


def settings_for(registry: str, environ: Mapping[str, str]) -> HostSettings | None:
    """Return the settings of a registry: those that name it, else those of `HOST=*`, else None."""
    groups = [settings for settings in all_settings(environ) if settings.variables.get("HOST")]
    own = (settings for settings in groups if _names(registry) & _names(settings.variables["HOST"]))
    general = (settings for settings in groups if settings.variables["HOST"] == _ANY)
    return next(own, None) or next(general, None)


def verification(registry: str, environ: Mapping[str, str]) -> tuple[bool, str]:
    """Return whether a registry's certificate is verified, and the variable that says so, "" for none.

    Raises ValueError naming a variable that cannot be read.
    """
    settings = settings_for(registry, environ)
    if settings and settings.variables.get("TLSVERIFY"):
        name = settings.name("TLSVERIFY")
        return _switch(name, settings.variables["TLSVERIFY"]), name
    if environ.get(_DEFAULT_TLSVERIFY):
        return _switch(_DEFAULT_TLSVERIFY, environ[_DEFAULT_TLSVERIFY]), _DEFAULT_TLSVERIFY
    return True, ""


def plain_http_variable(registry: str, environ: Mapping[str, str]) -> str:
    """Return the variable that says to talk plain http to a registry, by `http://` before its host; "" without one."""
    settings = settings_for(registry, environ)
    return settings.name("HOST") if settings and _is_plain(settings.variables["HOST"]) else ""


def insists_on_https(registry: str, environ: Mapping[str, str]) -> bool:
    """Tell whether the HOST of a registry is written with https:// before it."""
    settings = settings_for(registry, environ)
    return settings is not None and settings.variables["HOST"].strip().lower().startswith("https://")


def free_prefix(registry: str, environ: Mapping[str, str]) -> str:
    """Return how the variables of a registry begin: those that it has, else the first that no other registry has."""
    taken = {settings.prefix: settings for settings in all_settings(environ)}
    own = settings_for(registry, environ)
    if own and own.variables["HOST"] != _ANY:
        return own.prefix
    numbers = itertools.chain([""], (f"_{number}" for number in itertools.count(1)))
    return next(prefix for number in numbers if (prefix := f"KLUCTL_REGISTRY{number}") not in taken)


def problems(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return a sentence for each variable that takes no effect, or would be an error if its registry were asked."""
    found = [problem for settings in all_settings(environ) for problem in _problems_of(settings)]
    return (*found, *_switch_problems(_DEFAULT_TLSVERIFY, environ.get(_DEFAULT_TLSVERIFY, "")))


def _problems_of(settings: HostSettings) -> Iterator[str]:
    host = settings.variables.get("HOST", "")
    if not host:
        for variable in sorted(settings.variables):
            yield f"{settings.name(variable)} takes no effect without {settings.name('HOST')}"
    elif host != _ANY and not is_host(registry_key(host)):
        # What stands before an "@" may be a password.
        shown = "***" if "@" in host else repr(host)
        yield f"{settings.name('HOST')} is {shown}, which is not a host and takes no effect"
    else:
        yield from _switch_problems(settings.name("TLSVERIFY"), settings.variables.get("TLSVERIFY", ""))


def _switch_problems(variable: str, text: str) -> Iterator[str]:
    try:
        if text:
            _switch(variable, text)
    except ValueError as exc:
        yield str(exc)


def _is_plain(host: str) -> bool:
    return host.strip().lower().startswith("http://")


def _names(host: str) -> frozenset[str]:
    """Return the names that a registry has, with the port that its scheme implies and without it."""
    key = registry_key(host)
    return frozenset({key, key.removesuffix(":80" if _is_plain(host) else ":443")})


def all_settings(environ: Mapping[str, str]) -> list[HostSettings]:
    """Return the settings of every registry that has variables, also where the HOST is missing."""
    found: dict[str, dict[str, str]] = {}
    for name, value in environ.items():
        match = _VARIABLE.fullmatch(name)
        if match and value:
            found.setdefault(match[1] or "", {})[match[2]] = value
    ordered = sorted(found, key=lambda suffix: int(suffix[1:] or -1))
    return [HostSettings(f"KLUCTL_REGISTRY{suffix}", found[suffix]) for suffix in ordered]


def _switch(variable: str, text: str) -> bool:
    value = _SWITCH.get(text.strip().lower())
    if value is None:
        raise ValueError(f"{variable} is {text!r}; it must be true or false (also 1, yes, 0, no)")
    return value
