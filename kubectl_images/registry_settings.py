"""Registries as the environment configures them.

KLUCTL_REGISTRY[_<number>]_{HOST,USERNAME,PASSWORD,AUTH,TLSVERIFY,CA_BUNDLE}   one registry; HOST=* any other
KLUCTL_REGISTRY_DEFAULT_TLSVERIFY                                             registries without TLSVERIFY
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

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


@dataclass(frozen=True)
class Trust:
    """Whether certificates are verified and with which CAs; `variable` is where that was said, "" for nowhere.

    `ca_bundle` is a file that is added to the system's CAs, "" for none.
    """

    verify: bool = True
    ca_bundle: str = ""
    verify_variable: str = ""
    ca_bundle_variable: str = ""


def settings_for(registry: str, environ: Mapping[str, str]) -> HostSettings | None:
    """Return the settings of a registry: those that name it, else those of `HOST=*`, else None."""
    groups = _groups(environ)
    for wanted in (_host_key(registry), "*"):
        for settings in groups:
            if _host_key(settings.variables.get("HOST", "")) == wanted:
                return settings
    return None


def trust_for(registry: str, environ: Mapping[str, str]) -> Trust:
    """Return how the registry's certificate is verified. Raises ValueError naming a variable that cannot be read."""
    settings = settings_for(registry, environ)
    variables = settings.variables if settings else {}
    ca_bundle = variables.get("CA_BUNDLE", "")
    verify, verify_variable = True, ""
    if environ.get(_DEFAULT_TLSVERIFY):
        verify, verify_variable = _switch(_DEFAULT_TLSVERIFY, environ[_DEFAULT_TLSVERIFY]), _DEFAULT_TLSVERIFY
    if settings and variables.get("TLSVERIFY"):
        verify_variable = settings.name("TLSVERIFY")
        verify = _switch(verify_variable, variables["TLSVERIFY"])
    return Trust(verify, ca_bundle, verify_variable, settings.name("CA_BUNDLE") if settings and ca_bundle else "")


def ineffective(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return a sentence for each variable that takes no effect, since the HOST beside it is missing."""
    groups = [settings for settings in _groups(environ) if not settings.variables.get("HOST")]
    return tuple(
        f"{settings.name(variable)} takes no effect without {settings.name('HOST')}"
        for settings in groups
        for variable in sorted(settings.variables)
    )


def _host_key(host: str) -> str:
    return registry_key(host).removesuffix(":443")


def _groups(environ: Mapping[str, str]) -> list[HostSettings]:
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
