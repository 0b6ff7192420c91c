"""kubectl's commands in hints: for the same cluster and the same login, so that they work when typed."""

from __future__ import annotations

import shlex

from .access import Access

# What is said about a refusal, and what to do about it or None.
Words = tuple[str, str | None]


def kubectl(access: Access, command: str, namespace: str = "") -> str:
    """Return a command of kubectl with the flags that lead to the cluster of `access`; a token is never shown."""
    flags = [f"--namespace={namespace}"] if namespace else []
    flags += [f"--context={access.context}"] if access.context else []
    typed = " ".join(["kubectl", command, *map(shlex.quote, [*flags, *access.flags])])
    return f"{typed} (with the same --token)" if access.token_is_typed else typed
