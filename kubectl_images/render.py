"""Templates: Jinja2 with `images`, `version` and `args`, sandboxed, where an undefined name is an error.

Every error names file and line and shows the line as it was written.
"""

from __future__ import annotations

import inspect
import posixpath
import re
import traceback
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import ImagesError, InputError
from .filter_parser import parse_filter
from .filters import Filter, Number, Prefix, Regex, Semver, Version
from .objects import Place
from .placeholders import Call, Placeholder, Placeholders, refuse_placeholder
from .references import ImageRef
from .template_functions import FILTERS, GLOBALS
from .template_guard import Guard

if TYPE_CHECKING:
    from jinja2 import Environment, Template
    from jinja2.compiler import Frame
    from jinja2.nodes import Concat
    from jinja2.runtime import Context

_RAW = "{% raw %} ... {% endraw %} around them"
_OTHER_TOOL = "when these braces belong to another tool:"
_FILE_OF_OTHER_TOOL = f"{_OTHER_TOOL} --no-templates, a line for the file in .templateignore, or {_RAW}"
_STRING_OF_OTHER_TOOL = f"{_OTHER_TOOL} {_RAW}"
_IN_A_CALL = "used in another get_image"
_UNDEFINED = "give it with -a NAME=VALUE and write args.NAME, or write | default('...')"
# Text without any of these is what it renders to.
_MAY_BE_TEMPLATE = re.compile(r"\{[{%#]")
_LINE_END = re.compile(r"\r\n|\r|\n")
# What Jinja2's own operations and functions raise when they are used wrongly.
_EXPRESSION_ERRORS = (ArithmeticError, AttributeError, LookupError, MemoryError, RuntimeError, TypeError, ValueError)


class Images:
    """The global `images` of templates."""

    def __init__(self, placeholders: Placeholders, place: Callable[[], Place]) -> None:
        self._placeholders = placeholders
        self._place = place

    def get_image(self, image: str, latest_version: str | Filter = "semver()", default: str | None = None) -> str:
        """Return the placeholder of an image: a repository, a filter for its tags, and a last resort."""
        return self._placeholders.insert(
            Call(_repository(image), _filter(latest_version), _default(default), self._place())
        )


def _repository(image: object) -> str:
    if not isinstance(image, str):
        # The text of an undefined variable is no text: it raises Jinja2's own error, which names the variable.
        raise InputError(f"get_image needs the name of an image, not {image!s}")
    refuse_placeholder(str(image), _IN_A_CALL)
    reference = ImageRef.parse(image)
    if reference.tag or reference.digest:
        bare = re.sub(r"(:[^/:@]*)?(@.*)?$", "", image)
        raise InputError(
            f"get_image needs an image without tag or digest, not {image!r}",
            hint=f"write images.get_image({bare!r}), and a filter or -F to say which tag",
        )
    return str(image)


def _filter(value: object) -> Filter:
    match value:
        case str():
            refuse_placeholder(str(value), _IN_A_CALL)
            return parse_filter(value)
        case Semver() | Number() | Regex() | Prefix():
            refuse_placeholder(str(value), _IN_A_CALL)
            return value
        case _:
            raise InputError(f"latest_version is a filter such as 'semver()' or version.semver(), not {value!s}")


def _default(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise InputError(f"default is an image such as 'nginx:1.25', not {value!s}")
    refuse_placeholder(str(value), _IN_A_CALL)
    ImageRef.parse(value)
    return str(value)


@dataclass(frozen=True)
class _Source:
    """The text of a template, the line of its file it begins at (from 1), and what to do when it is none of ours."""

    text: str
    first_line: int = 1
    hint: str = _FILE_OF_OTHER_TOOL


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
    """Renders templates that share their args and their placeholders."""

    def __init__(self, placeholders: Placeholders, args: Mapping[str, Any]) -> None:
        self._placeholders = placeholders
        self._args = args
        self._sources: dict[str, _Source] = {}

    def render(self, text: str, name: str) -> str:
        """Return the rendered text of the file `name`.

        Includes and imports are relative to the file. Raises InputError naming file and line.
        """
        return self._render(_Source(text), name)

    def render_string(self, text: str, name: str, line: int) -> str:
        """Return the rendered text of a string that stands at that line of the file `name`, which is no template."""
        return self._render(_Source(text, line, _STRING_OF_OTHER_TOOL), name)

    def _render(self, source: _Source, name: str) -> str:
        if not _MAY_BE_TEMPLATE.search(source.text):
            return source.text
        self._sources[name] = source
        import jinja2

        try:
            code = self._environment.compile(source.text, name, name)
            template = jinja2.Template.from_code(self._environment, code, self._environment.make_globals(None))
            return str(template.render())
        except jinja2.TemplateSyntaxError as exc:
            # "at 3" counts from the beginning of the file, which helps nobody.
            cause = re.sub(r" at [0-9]+$", "", exc.message or "")
            raise self._error(self._place(exc.filename or name, exc.lineno), cause, source.hint) from exc
        except jinja2.TemplateNotFound as exc:
            names = " or ".join(map(repr, exc.templates))
            raise self._error(self._failed_at(exc, name), f"there is no template {names}") from exc
        except ImagesError as exc:
            raise self._error(self._failed_at(exc, name), str(exc), exc.hint) from exc
        except jinja2.UndefinedError as exc:
            hint = f"{_UNDEFINED}\n{source.hint}"
            raise self._error(self._failed_at(exc, name), exc.message or "", hint) from exc
        except RecursionError as exc:
            raise self._error(self._begins_at(exc, name), "includes, macros or expressions nest without end") from exc
        except SyntaxError as exc:
            # Python's own about what Jinja2 let pass: {% break %} outside of a loop, too many blocks in each other.
            raise self._error(Place(name), exc.msg) from exc
        except (jinja2.TemplateError, *_EXPRESSION_ERRORS) as exc:
            raise self._error(self._failed_at(exc, name), f"{exc}" if exc.args else type(exc).__name__) from exc

    @cached_property
    def _environment(self) -> Environment:
        guard = Guard(self._placeholders)
        environment = _new_environment(guard, self._load)
        filters = {**environment.filters, **FILTERS}
        environment.filters = {name: guard.filter(name, function) for name, function in filters.items()}
        images = Images(self._placeholders, self._calling_place)
        environment.globals.update(GLOBALS, images=images, version=Version(), args=self._args)
        return environment

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
        self._sources[name] = _Source(text)
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

    def _error(self, place: Place, cause: str, hint: str | None = None) -> InputError:
        """Return the error: the place, the cause's first line, the template's line, and the rest of the cause."""
        first, *rest = cause.splitlines() or ["it cannot be rendered"]
        source = self._sources.get(place.file, _Source(""))
        lines = _LINE_END.split(source.text)[max(place.line - source.first_line, 0) :] if place.line else []
        shown = [lines[0].strip()] if lines else []
        return InputError("\n    ".join([f"{place}: {first}", *shown, *rest]), hint=hint)


def _new_environment(guard: Guard, load: Callable[[str], tuple[str, str, None] | None]) -> Environment:
    """Return an environment whose operations on text are guarded, in the places that Jinja2 has for that."""
    import jinja2
    from jinja2.compiler import CodeGenerator
    from jinja2.sandbox import SandboxedEnvironment

    class Generator(CodeGenerator):
        def visit_Concat(self, node: Concat, frame: Frame) -> None:  # noqa: N802
            """Write the code of `~`, so that the environment joins the texts."""
            self.write("environment.concat((")
            for part in node.nodes:
                self.write("str(")
                self.visit(part, frame)
                self.write("), ")
            self.write("))")

    class Guarded(SandboxedEnvironment):
        code_generator_class = Generator
        concat = staticmethod(guard.joined)
        intercepted_binops = frozenset("+%")

        def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
            result = super().call_binop(context, operator, left, right)
            return guard.kept(result, _texts(right), f"the operator {operator}")

        def getattr(self, obj: Any, attribute: str) -> Any:
            if isinstance(obj, Placeholder):
                guard.refuse(obj, f".{attribute}")
            return super().getattr(obj, attribute)

        def getitem(self, obj: Any, argument: Any) -> Any:
            if isinstance(obj, Placeholder):
                guard.refuse(obj, f"[{argument!r}]")
            return super().getitem(obj, argument)

        def join_path(self, template: str, parent: str) -> str:
            # The text of an undefined variable is no text: it raises Jinja2's own error, which names the variable.
            return posixpath.normpath(posixpath.join(posixpath.dirname(Path(parent).as_posix()), str(template)))

    return Guarded(
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.loopcontrols"],
        keep_trailing_newline=True,
        loader=jinja2.FunctionLoader(load),
    )


def _texts(operand: object) -> Iterable[object]:
    """Return what `%` inserts."""
    match operand:
        case tuple():
            return operand
        case dict():
            return operand.values()
        case _:
            return (operand,)
