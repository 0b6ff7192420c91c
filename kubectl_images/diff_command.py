"""The command `diff`: what deploy would change, by the server's own dry run."""

from __future__ import annotations

from . import external_diff
from .diff import file_name, texts, unified
from .dry_run import compare, raise_failures, read_live, with_deletions
from .ignore_diff import ignored_fields, rules_for
from .plan import image_changes
from .prepare import Run, prepare


def diff(run: Run, *, force: bool, replace: bool = False) -> int:
    """Print what deploy would change; 1 when something would."""
    prepared = prepare(run)
    manifests, live = with_deletions(run, prepared, read_live(run, prepared, optional=False))
    compared = compare(run.cluster, manifests, live, force=force, replace=replace)
    raise_failures(compared.outcomes, "compared")
    changes = []
    for outcome in compared.outcomes:
        key = outcome.manifest.key
        assert outcome.live is not None or outcome.status == "deleted", "what did not fail has a state"
        ignored = ignored_fields(outcome.manifest, rules_for(outcome.manifest, prepared.ignored))
        if pair := texts(compared.live.get(key), outcome.live, ignored):
            changes.append((file_name(outcome.manifest), *pair))
        for warning in outcome.warnings:
            run.terminal.warn(f"{key}: {warning}")
        for note in outcome.notes:
            run.terminal.say(f"{key}: {note}")
    if not changes:
        return 0
    command = run.environ.get(external_diff.VARIABLE)
    if command:
        run.terminal.result(external_diff.run(command, changes))
    else:
        for name, before, after in changes:
            run.terminal.result("".join(_coloured(run, line) for line in unified(name, before, after)))
    for key, images in image_changes(prepared.decisions, compared.live).items():
        for change in images:
            run.terminal.say(f"{key} {change}")
    return 1


def _coloured(run: Run, line: str) -> str:
    style = {"+": "green", "-": "red", "@": "cyan"}.get(line[0])
    text = line.rstrip("\n")
    return (run.terminal.paint(text, style) if style and not line.startswith(("+++", "---")) else text) + "\n"
