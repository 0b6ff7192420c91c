"""How templates call our functions: a wrong number or name of arguments is told as such, with the form that works."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable

from .errors import InputError

_FORMS = {
    "debug_print": "debug_print(message)",
    "get_var": "get_var('a.b', default), or with a list of paths",
    "load_base64": "load_base64(path, width)",
    "load_sha256": "load_sha256(path, digest_len)",
    "load_template": "load_template(path, NAME=VALUE, ...)",
    "merge_dict": "merge_dict(map, map)",
    "raise": "raise(message)",
    "render": "render(text, NAME=VALUE, ...)",
    "update_dict": "update_dict(map, map)",
}


def of_context(name: str, function: Callable[..., object]) -> Callable[..., object]:
    """Return a function of templates, that is given the context of its call first, under its name there."""
    import jinja2

    return jinja2.pass_context(checked(name, function))


def checked(name: str, function: Callable[..., object]) -> Callable[..., object]:
    """Return a function of templates that raises InputError for arguments that it does not take."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(*args: object, **kwargs: object) -> object:
        try:
            arguments = signature.bind(*args, **kwargs)
        except TypeError as exc:
            raise InputError(f"{name}: {exc}", hint=f"write {_FORMS[name]}") from exc
        return function(*arguments.args, **arguments.kwargs)

    return call
