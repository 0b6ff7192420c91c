"""Whom we trust to be a registry, and what we show it: variables, certs.d, and what counts as insecure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .once import OncePerKey
from .origins import Origin
from .registry_answers import RequestError
from .registry_certs import ClientPair, certificates_for
from .registry_names import registry_key
from .registry_settings import free_prefix, settings_for, verification


@dataclass(frozen=True)
class CaFile:
    """A file of CAs, and the variable that names it, "" for none."""

    path: str
    variable: str = ""


@dataclass(frozen=True)
class Trust:
    """How one host is verified; `ca_files` are added to the system's CAs, `client` is shown to a host that asks.

    `unverified_by` is what turned verification off, a variable or a place in a file; "" while it is on. Hosts that are
    verified alike have equal values: the others are for messages, `variables` is how those of the registry (would) begin.
    """

    ca_files: tuple[CaFile, ...] = ()
    client: ClientPair | None = None
    unverified_by: str = ""
    registry: str = field(default="", compare=False)
    variables: str = field(default="", compare=False)
    directory: str = field(default="", compare=False)
    warnings: tuple[str, ...] = field(default=(), compare=False)


class Trusts:
    """The Trust of every host that is asked, found out once."""

    def __init__(self, environ: Mapping[str, str], home: Path, etc: Path) -> None:
        self._environ = environ
        self._home = home
        self._etc = etc
        self._insecure: dict[str, str] = {}
        self._known: OncePerKey[str, Trust] = OncePerKey(RequestError)

    def add_insecure(self, origin: Origin, place: str) -> None:
        """Verify a host no more; `place` is where that was said."""
        self._insecure[origin.authority] = place

    def of(self, origin: Origin) -> Trust:
        """Return how a host is verified. Raises RequestError naming the variable or file that cannot be used."""
        if origin.scheme == "http":
            return Trust()
        return self._known.get(origin.authority, lambda: self._find(origin))

    def _find(self, origin: Origin) -> Trust:
        registry = registry_key(origin.authority)
        try:
            verify, variable = verification(registry, self._environ)
        except ValueError as exc:
            raise RequestError(str(exc), hint="correct the variable, or unset it") from exc
        settings = settings_for(registry, self._environ)
        bundle = settings.variables.get("CA_BUNDLE") if settings else None
        named = (CaFile(bundle, settings.name("CA_BUNDLE")),) if settings and bundle else ()
        with_port = (f"{registry}:443",) if origin.port == 443 and ":" not in registry else ()
        found = certificates_for((registry, *with_port), self._home, self._etc)
        # What the user said in a variable beats the file.
        by_file = "" if variable else self._insecure.get(origin.authority, "")
        return Trust(
            (*named, *map(CaFile, found.authorities)),
            found.client,
            by_file if verify else variable,
            registry,
            free_prefix(registry, self._environ),
            found.directory,
            found.warnings,
        )
