"""Import the light parts of the `kubernetes` package without its 800 modules of models and API classes.

Its `__init__` modules import everything. While a light module is imported, empty packages stand in for those two, so
that `kubernetes.client.rest` and `.configuration` load alone: 30 ms instead of half a second. Nothing of it stays in
`sys.modules`, where the empty packages would break a later `from kubernetes import client`.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import threading
from functools import cache
from types import ModuleType

_LOCK = threading.Lock()


@cache
def light(name: str) -> ModuleType:
    """Return a module of `kubernetes.client`, such as `rest`, imported without its package's `__init__`."""
    with _LOCK:
        before = set(sys.modules)
        try:
            for package in ("kubernetes", "kubernetes.client"):
                if package not in sys.modules:
                    spec = importlib.util.find_spec(package)
                    assert spec is not None, "kubernetes is one of our requirements"
                    sys.modules[package] = importlib.util.module_from_spec(spec)
            return importlib.import_module(f"kubernetes.client.{name}")
        finally:
            for added in set(sys.modules) - before:
                if added.partition(".")[0] == "kubernetes":
                    del sys.modules[added]
