"""The context of a target: which cluster a command is for, said where it is another one than the user may think."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from . import kubeconfig
from .errors import KubeconfigError
from .kubeconfig_options import Options
from .targets import Target
from .terminal import Terminal


def chosen(
    options: Options, target: Target, environ: Mapping[str, str], terminal: Terminal, *, others_have_one: bool = False
) -> Options:
    """Return the options with the context of a target, unless --context names one, which is warned of.

    Another context than the current one is told, and the current one where other targets have one and this has none.
    """
    if options.context is not None:
        if target.context not in {None, options.context}:
            terminal.warn(f"--context {options.context}: target {target.title} is for context {target.context}")
        return options
    if target.context is None:
        if others_have_one and (current := _current(options, environ)):
            terminal.say(f"note: target {target.title} has no context: current context {current}")
        return options
    if target.context != _current(options, environ):
        terminal.say(f"note: target {target.title}: context {target.context}")
    return replace(options, context=target.context)


def _current(options: Options, environ: Mapping[str, str]) -> str:
    """Return the current context; "" when there is none, or it is not known."""
    try:
        return kubeconfig.current_context(options, environ)
    except KubeconfigError:
        # Whoever needs the file says what is wrong with it.
        return ""


def is_typed(options: Options, target: Target | None) -> bool:
    """Tell whether the context is one that the user has typed, and not that of a target."""
    return options.context is not None and (target is None or options.context != target.context)


def explained(error: KubeconfigError, options: Options, target: Target | None) -> KubeconfigError:
    """Return the error, with where the context comes from when it is that of a target."""
    if target is None or options.context is None or options.context != target.context:
        return error
    place = f", in {target.place}" if target.place else ""
    return KubeconfigError(f"{error}\n    the context is that of target {target.title}{place}", hint=error.hint)
