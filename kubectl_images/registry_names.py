"""The names of one registry: as images write it, as it is connected to, and as logins are filed under."""

from __future__ import annotations

from .references import HUB, HUB_NAMES


def registry_key(text: str) -> str:
    """Return the name to compare registries by, from a host or from an address like `https://HOST/v1/`.

    In lower case, with its port, and one name for all those of Docker Hub.
    """
    host = text.strip().lower().removeprefix("https://").removeprefix("http://").partition("/")[0]
    return HUB if host in HUB_NAMES else host


def connect_to(registry: str) -> str:
    """Return the host, with its port if it has one, that serves a registry's API."""
    return "registry-1.docker.io" if registry_key(registry) == HUB else registry.lower()


def helper_key(registry: str) -> str:
    """Return the name under which `docker login` stores the login of a registry with a credential helper."""
    key = registry_key(registry)
    return "https://index.docker.io/v1/" if key == HUB else key
