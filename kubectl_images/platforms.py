"""Platforms: the operating system and the processor that an image is made for.

platform := os ["(" os-version ")"] "/" architecture ["/" variant]

Source: OCI image-spec, "Image Index"; the os-version is written as containerd writes it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = "[a-z0-9][a-z0-9._-]*"
_PLATFORM = re.compile(rf"({_WORD})(?:\(([0-9.]+)\))?/({_WORD})(?:/({_WORD}))?")
# What an image without a variant is made for: https://github.com/containerd/platforms
_VARIANTS = {"amd64": "v1", "arm": "v7", "arm64": "v8"}


@dataclass(frozen=True)
class Platform:
    """A platform; `variant` and `os_version` (of Windows) are "" when they are not given."""

    os: str
    architecture: str
    variant: str = ""
    os_version: str = ""

    @classmethod
    def parse(cls, text: str) -> Platform:
        """Return the platform that the text names, in any case; raises ValueError when it names none."""
        parts = _PLATFORM.fullmatch(text.lower())
        if parts is None:
            raise ValueError(f"{text!r} is not a platform such as linux/amd64 or linux/arm/v7")
        os, os_version, architecture, variant = parts.groups("")
        return cls(os, architecture, variant, os_version)

    def serves(self, wanted: Platform) -> bool:
        """Tell whether an image for this platform is one for the wanted platform.

        A variant that is not given is the usual one of the architecture, an `os_version` that is not wanted is any;
        one that is wanted may be only the beginning, `10.0.17763` of `10.0.17763.1457`.
        """
        return (
            (self.os, self.architecture) == (wanted.os, wanted.architecture)
            and self._variant == wanted._variant
            and f"{self.os_version}.".startswith(f"{wanted.os_version}." if wanted.os_version else "")
        )

    @property
    def _variant(self) -> str:
        return self.variant or _VARIANTS.get(self.architecture, "")

    def __str__(self) -> str:
        os = f"{self.os}({self.os_version})" if self.os_version else self.os
        return "/".join(filter(None, (os, self.architecture, self.variant)))
