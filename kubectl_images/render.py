"""Templates: Jinja2 with `images`, `version` and `args`, sandboxed, where an undefined name is an error.

Every error names file and line and shows the line as it was written.
"""

from __future__ import annotations

import copy
import inspect
import random
import re
import traceback
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

from .errors import ImagesError, InputError
from .filters import Version
from .objects import Place
from .placeholders import Call, Placeholders
from .shown_lines import TEMPLATE_LINE_END, ShownText, have_same_lines, says_secret
from .template_environment import new_environment
from .template_files import included_name
from .template_guard import Guard
from .template_images import Images

if TYPE_CHECKING:
    from jinja2 import Environment, Template

_RAW = "{% raw %} ... {% endraw %} around them"
_OTHER_TOOL = "when these braces belong to another tool:"
_FILE_OF_OTHER_TOOL = f"{_OTHER_TOOL} --no-templates, a line for the file in .templateignore, or {_RAW}"
_STRING_OF_OTHER_TOOL = f"{_OTHER_TOOL} {_RAW}"
_UNDEFINED = "give it with -a NAME=VALUE and write args.NAME, or write | default('...')"
_ESCAPED = 'a template is read before YAML: write " without a backslash, and no quotes around the braces'
# Text without any of these is what it renders to.
_MAY_BE_TEMPLATE = re.compile(r"\{[{%#]")
# What Jinja2's own operations, filters and functions raise when they are used wrongly.
_EXPRESSION_ERRORS = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError),
    *(RuntimeError, TypeError, ValueError),
)
_MAX_CALLS = 5


@dataclass(frozen=True)
class _Source:
    """The text of a template, the line of its file it begins at (from 1), and what to do when it is none of ours.

    `top` is the directory of the input that it belongs to; `in_secret` tells that it may be included in a Secret.
    """

    text: str
    top: Path = Path()
    first_line: int = 1
    hint: str = _FILE_OF_OTHER_TOOL
    in_secret: bool = False

    def error(self, place: Place, cause: str, hint: str | None) -> InputError:
        """Return the error: the place, the cause's first line, the template's line, and the rest of the cause."""
        first, *rest = cause.splitlines() or ["it cannot be rendered"]
        number = place.line - self.first_line + 1 if place.line else 0
        shown = ShownText(self.text, line_end=TEMPLATE_LINE_END, in_secret=self.in_secret)
        line = shown.line(number).text.strip() if number > 0 else ""
        return InputError("\n    ".join([f"{place}: {first}", *([line] if line else []), *rest]), hint=hint)


def _line_of(template: Template, code_line: int) -> int:
    """Return the template's line of a line of its code.

    Jinja2's own function takes apart the whole table for each call, which makes it the square of a long template.
    """
    code_lines, lines = _line_table(template)
    at = bisect_right(code_lines, code_line) - 1
    return lines[at] if at >= 0 else 1


@lru_cache(maxsize=8)
def _line_table(template: Template) -> tuple[list[int], list[int]]:
    """Return the lines of the code where the template's line changes, and the template's lines that begin there."""
    pairs = template.debug_info
    return [code_line for _, code_line in pairs], [line for line, _ in pairs]


class Renderer:
    """Renders templates that share their args and their placeholders.

    Each text that may hold an image is rendered twice, with placeholders of different names: what does not come out
    alike was made from the text of a placeholder, by a way that the guard does not know.
    """

    def __init__(self, placeholders: Placeholders, args: Mapping[str, Any]) -> None:
        self._placeholders = placeholders
        self._others = placeholders.renamed()
        self._rendering = _Rendering(placeholders, args)
        self._second_rendering = _Rendering(self._others, copy.deepcopy(args))

    def render(self, text: str, name: str, top: Path = Path()) -> str:
        """Return the rendered text of the file `name`, which was found in or below the directory `top`.

        Includes and imports are relative to the file. Raises InputError naming file and line.
        """
        return self._render(_Source(text, top), name)

    def render_string(self, text: str, name: str, line: int, top: Path = Path()) -> str:
        """Return the rendered text of a string that stands at that line of the file `name`, which is no template."""
        return self._render(_Source(text, top, line, _STRING_OF_OTHER_TOOL), name)

    def readable(self, text: str) -> str:
        """Return the text with the calls that were written in the place of their placeholders."""
        return self._placeholders.readable(text)

    def _render(self, source: _Source, name: str) -> str:
        if not _MAY_BE_TEMPLATE.search(source.text):
            return source.text
        calls_before = len(self._placeholders.calls)
        if not calls_before:
            # What was rendered once only may have changed the args.
            self._second_rendering.take_args(self._rendering)
        # What a template takes by chance is no difference.
        chance = random.getstate()
        code = self._rendering.compiled(source, name)
        result = self._rendering.rendered(code, source, name)
        if self._placeholders.calls:
            random.setstate(chance)
            again = self._second_rendering.rendered(code, source, name)
            self._refuse_difference(source, name, (result, again), self._placeholders.calls[calls_before:])
        return result

    def _refuse_difference(self, source: _Source, name: str, results: tuple[str, str], calls: Sequence[Call]) -> None:
        first, second = self._placeholders.anonymous(results[0]), self._others.anonymous(results[1])
        if first == second:
            return
        same_lines = have_same_lines(source.text, results[0])
        pairs = zip(first.split("\n"), second.split("\n"), strict=False)
        line = next((number for number, (left, right) in enumerate(pairs) if left != right), 0)
        place = Place(name, source.first_line + line) if same_lines else Place(name)
        known = list(dict.fromkeys(f"images.get_image({call.image!r})" for call in calls or self._placeholders.calls))
        several = f" or one of {len(known) - _MAX_CALLS} more" if len(known) > _MAX_CALLS else ""
        raise source.error(
            place,
            f"{' or '.join(known[:_MAX_CALLS])}{several}: the image is decided after the templates, and what is "
            "rendered here depends on its text",
            "insert the image as it is; a tag that other fields need too belongs into args: -a tag=...",
        )


class _Rendering:
    """Templates with the placeholders of one run."""

    def __init__(self, placeholders: Placeholders, args: Mapping[str, Any]) -> None:
        self._placeholders = placeholders
        self._args = dict(args)
        self._sources: dict[str, _Source] = {}
        self._top = Path()

    def take_args(self, other: _Rendering) -> None:
        """Make the args those of another rendering, by value."""
        self._args.clear()
        self._args.update(copy.deepcopy(other._args))

    def compiled(self, source: _Source, name: str) -> CodeType:
        """Return the template's code, which any rendering can run; raise InputError naming file and line."""
        self._sources[name] = source
        with self._errors_of(source, name):
            return self._environment.compile(source.text, name, name)

    def rendered(self, code: CodeType, source: _Source, name: str) -> str:
        """Return the rendered text; raise InputError naming file and line."""
        import jinja2

        self._sources[name] = source
        self._top = source.top
        with self._errors_of(source, name):
            template = jinja2.Template.from_code(self._environment, code, self._environment.make_globals(None))
            return str(template.render())

    @contextmanager
    def _errors_of(self, source: _Source, name: str) -> Iterator[None]:
        import jinja2

        try:
            yield
        except jinja2.TemplateSyntaxError as exc:
            # "at 3" counts from the beginning of the file, which helps nobody.
            cause = re.sub(r" at [0-9]+$", "", exc.message or "")
            hint = f"{_ESCAPED}\n{source.hint}" if cause.endswith(repr("\\")) else source.hint
            raise self._error(self._place(exc.filename or name, exc.lineno), cause, hint) from exc
        except jinja2.TemplateNotFound as exc:
            names = " or ".join(map(repr, exc.templates))
            raise self._error(self._failed_at(exc, name), f"there is no template {names}") from exc
        except ImagesError as exc:
            raise self._error(self._failed_at(exc, name), str(exc), exc.hint) from exc
        except jinja2.UndefinedError as exc:
            hint = f"{_UNDEFINED}\n{source.hint}"
            raise self._error(self._failed_at(exc, name), self._without_args(exc.message or ""), hint) from exc
        except RecursionError as exc:
            raise self._error(self._begins_at(exc, name), "includes, macros or expressions nest without end") from exc
        except SyntaxError as exc:
            # Python's own about what Jinja2 let pass: {% break %} outside of a loop, too many blocks in each other.
            raise self._error(Place(name), exc.msg) from exc
        except (jinja2.TemplateError, *_EXPRESSION_ERRORS) as exc:
            raise self._error(
                self._failed_at(exc, name), self._without_args(f"{exc}") if exc.args else type(exc).__name__
            ) from exc

    @cached_property
    def _environment(self) -> Environment:
        variables = {
            "images": Images(self._placeholders, self._calling_place),
            "version": Version(),
            "args": self._args,
        }
        return new_environment(Guard(self._placeholders), self._load, self._included_name, variables)

    def _included_name(self, name: str, parent: str) -> str:
        return included_name(name, parent, self._top)

    def _load(self, name: str) -> tuple[str, str, None] | None:
        """Return the included template; None when there is no such file."""
        try:
            text = Path(name).read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise InputError(f"the template {name} cannot be read: {exc.strerror}") from exc
        except ValueError as exc:
            raise InputError(f"the template {name!r} cannot be read: {exc}") from exc
        in_secret = any(says_secret(source.text) for source in self._sources.values())
        self._sources[name] = _Source(text, in_secret=in_secret)
        return text, name, None

    def _calling_place(self) -> Place:
        """Return the place of the template that is running: the nearest frame that belongs to one."""
        frame = inspect.currentframe()
        while frame is not None:
            template = frame.f_globals.get("__jinja_template__")
            if template is not None:
                return self._place(template.filename, _line_of(template, frame.f_lineno))
            frame = frame.f_back
        raise AssertionError("get_image is called by a template only")

    def _failed_at(self, exc: BaseException, name: str) -> Place:
        """Return where the error was raised; Jinja2 gives its frames the file and line of the template."""
        return (self._places(exc) or [Place(name)])[-1]

    def _begins_at(self, exc: BaseException, name: str) -> Place:
        """Return where the template was that led to the error, however deep that is."""
        return (self._places(exc) or [Place(name)])[0]

    def _places(self, exc: BaseException) -> list[Place]:
        frames = ((frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(exc.__traceback__))
        return [self._place(name, line) for name, line in frames if name in self._sources]

    def _place(self, name: str, line: int) -> Place:
        source = self._sources.get(name)
        return Place(name, line + source.first_line - 1 if source else line)

    def _without_args(self, cause: str) -> str:
        """Return the cause without the values of args, which may be secrets: Python's own messages quote values."""
        for value in sorted(_texts_of(self._args), key=len, reverse=True):
            cause = cause.replace(repr(value), "'***'")
        return cause

    def _error(self, place: Place, cause: str, hint: str | None = None) -> InputError:
        source = self._sources.get(place.file, _Source(""))
        return source.error(place, self._placeholders.readable(cause), hint)


def _texts_of(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for child in value.values() if isinstance(value, Mapping) else value:
            yield from _texts_of(child)
