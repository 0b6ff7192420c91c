"""Registries as the environment configures them.

KLUCTL_REGISTRY[_<number>]_{HOST,USERNAME,PASSWORD,AUTH,TLSVERIFY,CA_BUNDLE}   one registry; HOST=* any other
                                                                              HOST=http://... plain http
KLUCTL_REGISTRY_DEFAULT_TLSVERIFY                                             registries without TLSVERIFY
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .references import is_host
from .registry_names import registry_key

_VARIABLE = re.compile(r"KLUCTL_REGISTRY(_[0-9]+)?_(HOST|USERNAME|PASSWORD|AUTH|TLSVERIFY|CA_BUNDLE)", re.ASCII)
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
    groups = all_settings(environ)
    for wanted in (_host_key(registry), "*"):
        for settings in groups:
            if _host_key(settings.variables.get("HOST", "")) == wanted:
                return settings
    return None


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
    wants_it = settings is not None and settings.variables["HOST"].strip().lower().startswith("http://")
    return settings.name("HOST") if settings and wants_it else ""


def problems(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return a sentence for each variable that takes no effect, or would be an error if its registry were asked."""
    return tuple(problem for settings in all_settings(environ) for problem in _problems_of(settings))


def _problems_of(settings: HostSettings) -> Iterator[str]:
    host = settings.variables.get("HOST", "")
    if not host:
        for variable in sorted(settings.variables):
            yield f"{settings.name(variable)} takes no effect without {settings.name('HOST')}"
    elif host != "*" and not is_host(_host_key(host)):
        yield f"{settings.name('HOST')} is {host!r}, which is not a host and takes no effect"
    elif settings.variables.get("TLSVERIFY"):
        try:
            _switch(settings.name("TLSVERIFY"), settings.variables["TLSVERIFY"])
        except ValueError as exc:
            yield str(exc)


def _host_key(host: str) -> str:
    return registry_key(host).removesuffix(":443")


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
