"""Import the light parts of the `kubernetes` package without its 800 modules of models and API classes.

Its `__init__` modules import everything. We put those two packages into `sys.modules` without running their
`__init__`, so that `kubernetes.client.rest` and `.configuration` load alone: 30 ms instead of half a second.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from types import ModuleType


def light(name: str) -> ModuleType:
    """Return a module of `kubernetes.client`, such as `rest`, imported without its package's `__init__`."""
    for package in ("kubernetes", "kubernetes.client"):
        if package not in sys.modules:
            spec = importlib.util.find_spec(package)
            assert spec is not None, "kubernetes is one of our requirements"
            sys.modules[package] = importlib.util.module_from_spec(spec)
    return importlib.import_module(f"kubernetes.client.{name}")
