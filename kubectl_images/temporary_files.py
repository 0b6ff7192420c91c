"""Temporary files, and what is said where they cannot be written."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from .errors import InputError


@contextmanager
def writing() -> Iterator[None]:
    """Raise InputError, naming the directory and the way out, where temporary files cannot be written."""
    try:
        yield
    except OSError as exc:
        raise InputError(
            f"temporary files cannot be written{_where()}: {exc.strerror}",
            hint="TMPDIR=DIR names another directory for them",
        ) from exc


def _where() -> str:
    try:
        return f" to {tempfile.gettempdir()}"
    except OSError:
        # The error says in its own words where Python looked for one.
        return ""
