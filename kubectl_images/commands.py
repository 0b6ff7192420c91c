"""The commands that need no cluster of their own: render, list and version. Each returns its exit code."""

from __future__ import annotations

import platform
import sys
from dataclasses import replace
from pathlib import Path

from . import __version__, documents, listing
from .output import serialised, table
from .prepare import Run, prepare
from .terminal import Terminal


def render(run: Run) -> int:
    """Print the objects with their images filled in."""
    prepared = prepare(replace(run, input=replace(run.input, only_render=True)))
    run.terminal.result(documents.write(manifest.body for manifest in prepared.manifests), whole=True)
    return 0


def list_images(run: Run, *, simple: bool, output: str) -> int:
    """Print the decisions as a file of fixed images, or as a table."""
    decisions = prepare(run, report=not simple).decisions
    found = listing.simple_entries(decisions) if simple else listing.entries(decisions)
    if simple and (several := listing.ambiguous(found)):
        run.terminal.warn(
            f"{', '.join(several)}: more than one result, which a simple list cannot tell apart; "
            "leave out --simple to get a file that reproduces all of them"
        )
    if output != "table":
        text = serialised({"images": found}, output)
    elif simple:
        text = table(("IMAGE", "RESULT"), [(item["image"], item["resultImage"]) for item in found])
    else:
        text = table(("OBJECT", "CONTAINER", "RESULT", "SOURCE", "DEPLOYED", "NEWEST"), listing.rows(decisions))
    run.terminal.result(text, whole=True)
    return 0


def version(terminal: Terminal, *, output: str) -> int:
    """Print the version, what it runs on and where it is."""
    path = str(Path(sys.argv[0]).absolute())
    python, yaml = platform.python_version(), documents.parser_name()
    found = {"version": f"v{__version__}", "python": python, "yaml": yaml, "path": path}
    if output == "text":
        terminal.result(f"kubectl-images {found['version']}\nPython {python}, YAML by {yaml}\n{path}")
    else:
        terminal.result(serialised(found, output))
    return 0
