"""The functions of templates that see the variables of the template they are called in, or load another one.

They see what kluctl's see: variables, and what {% set %} made at the top level or, in a loop, in its same round. The
variable of a loop or the argument of a macro is not among it, so one that is missed is told apart from any other name.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from .errors import InputError
from .json_values import kind_of
from .template_files import read_template
from .template_frames import inner_names
from .template_functions import sha256, update_dict
from .template_guard import Guard
from .template_paths import holds, parse_path
from .template_sources import Sources, without_last_line_end

if TYPE_CHECKING:
    from jinja2 import Undefined
    from jinja2.runtime import Context

# The name of the text that `render` is given, in the place of a file's.
GIVEN_TEXT = "<the text given to render>"
# kluctl's own: the variable that is there while a hash is made, and the text of a hash within.
_HASHING = "__calc_sha256__"
_HASH_WITHIN = "__self_sha256__"


@dataclass(frozen=True)
class ContextFunctions:
    """The functions, by kluctl's names; each is given the context of its call.

    `changed` is told of a value that is changed, `say` is given the lines of debug_print.
    """

    guard: Guard
    sources: Sources
    changed: Callable[[object], None]
    say: Callable[[object], None]

    def load_template(self, context: Context, /, path: object, **variables: object) -> str:
        """Return the rendered text of a file, which sees these variables as well."""
        return _loaded(context, path, variables, "load_template")

    def load_sha256(self, context: Context, /, path: object, digest_len: int | None = None, **variables: object) -> str:
        """Return the hash of the rendered text of a file; a fixed text where it is asked for while one is made."""
        if _HASHING in context:
            return _HASH_WITHIN
        text = _loaded(context, path, {**variables, _HASHING: True}, "load_sha256")
        self.guard.refuse_image_in(text, "load_sha256")
        return sha256(text, digest_len)

    def load_base64(self, context: Context, /, path: object, width: object = 0) -> str:
        """Return the base64 of a file's bytes, which is no template, in lines of that width."""
        from jinja2 import TemplateNotFound

        if not isinstance(width, int | None) or isinstance(width, bool) or (width or 0) < 0:
            raise InputError(f"load_base64: width is a number of characters, 0 for one line, not {kind_of(width)}")
        file = self.sources.path(_path(path), context.name or "")
        data = read_template(file)
        if data is None:
            raise TemplateNotFound(file)
        text = base64.b64encode(data).decode()
        return "\n".join(text[at : at + width] for at in range(0, len(text), width)) if width else text

    def render(self, context: Context, text: object, /, **variables: object) -> str:
        """Return a text rendered as a template, which sees these variables as well."""
        return _rendered(context, text, variables, _way_out("render"))

    def render_filter(self, context: Context, text: object, /) -> str:
        """Return a text rendered as a template; a filter sees nothing that was set in a loop."""
        return _rendered(context, text, {}, "write render(..., {name}={name}) in place of the filter")

    def get_var(self, context: Context, /, path: object, default: object = None) -> object:
        """Return the value at the first path that leads to one, else the default."""
        for each in path if isinstance(path, list) else [path]:
            found = _values_at(context, each)
            if found:
                return found[0]
        return default

    def update_dict(self, _context: Context, /, first: object, second: object) -> str:
        """Merge the second map into the first; return no text."""
        for value in _merged_into(first, second):
            self.changed(value)
        return update_dict(first, second)

    def debug_print(self, _context: Context, /, message: object) -> str:
        """Show the message; return no text."""
        self.say(message)
        return ""


def _merged_into(first: object, second: object) -> Iterator[object]:
    """Yield the maps that a merge of the second into the first changes."""
    if isinstance(first, dict) and isinstance(second, Mapping):
        yield first
        for key in first.keys() & second.keys():
            yield from _merged_into(first[key], second[key])


def _loaded(context: Context, path: object, variables: Mapping[str, object], function: str) -> str:
    template = context.environment.get_template(_path(path), parent=context.name)
    return template.render(_seen(context, variables, function, _way_out(function, f"{path!r}, ")))


def _rendered(context: Context, text: object, variables: Mapping[str, object], way_out: str) -> str:
    from jinja2 import Template

    if not isinstance(text, str):
        raise InputError(f"render needs a text, not {kind_of(text)}")
    environment = context.environment
    # The name is that of the file it is called in, so that an include in the text is relative to it.
    code = environment.compile(without_last_line_end(str(text)), context.name, GIVEN_TEXT)
    template = Template.from_code(environment, code, environment.globals)
    return template.render(_seen(context, variables, "render", way_out))


def _seen(context: Context, variables: Mapping[str, object], function: str, way_out: str) -> dict[str, object]:
    """Return what a template sees that is rendered within another.

    What the other has in a loop or macro alone is undefined, with an error of its own.
    """
    names = sorted(inner_names() - variables.keys())
    inner = {name: _undefined(context, name, function, way_out) for name in names if name not in context}
    return {**context.get_all(), **inner, **variables}


def _undefined(context: Context, name: str, function: str, way_out: str) -> Undefined:
    # Jinja2 calls it with the message, whatever it is, and raises what it returns.
    error: Any = partial(InputError, hint=way_out.format(name=name))
    return context.environment.undefined(hint=_unseen(name, function), name=name, exc=error)


def _values_at(context: Context, path: object) -> tuple[object, ...]:
    """Return the value that a path leads to, nothing when there is none."""
    name, steps = parse_path(path)
    if name not in context:
        if name in inner_names():
            # Not the default, in silence: the name is there for whoever wrote the call.
            raise InputError(
                _unseen(name, "get_var"),
                hint=f"write {{% set {name} = {name} %}} inside of the loop before it; in a macro write {path} itself,"
                " with | default(...)",
            )
        return ()
    value: Any = context.resolve(name)
    if steps and not isinstance(value, Mapping | list | tuple | str):
        # The text of an undefined variable is no text: it raises Jinja2's own error, which names the variable.
        str(value)
    for step in steps:
        if not holds(value, step):
            return ()
        value = value[step]
    return (value,)


def _path(path: object) -> str:
    if not isinstance(path, str):
        raise InputError(f"the path of a template is a text, not {kind_of(path)}")
    return str(path)


def _unseen(name: str, function: str) -> str:
    return f"{name!r} is undefined here: {function} does not see the variables of a loop or macro that it is called in"


def _way_out(function: str, arguments: str = "..., ") -> str:
    """Return what makes it see one; `{name}` stands for its name."""
    call = f"{function}({arguments}".replace("{", "{{").replace("}", "}}")
    return f"write {call}{{name}}={{name}}), or {{{{% set {{name}} = {{name}} %}}}} inside of the loop before it"
