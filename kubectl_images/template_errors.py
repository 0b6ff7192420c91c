"""What is said when a template fails: the place, the line as it was written, and which templates led there.

```
lib/part.j2:2: 'x' is undefined
    {{ x }}
    included at web.yaml:12
```
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .errors import ImagesError, InputError
from .objects import Place
from .shown_lines import says_secret
from .template_context import GIVEN_TEXT
from .template_sources import Source, Sources

UNDEFINED = "give it with -a NAME=VALUE and write args.NAME, or write | default('...')"
UNDEFINED_IN_PROJECT = (
    "give it with -a NAME=VALUE and write args.NAME, define it in vars of deployment.yaml, or write | default('...')"
)
# Names that kluctl's templates have, and what to do where they are not there.
_OF_KLUCTL = {
    "cluster": "clusters are not read: give their values as args of the targets, and write args.NAME",
    "time": 'templates cannot ask for the time: -a now="$(date -u +%FT%TZ)", and write args.now',
    "load_latest_git_commit": "templates cannot ask git: load_sha256(FILE) changes with a file too, or give it: "
    '-a commit="$(git log -1 --format=%H -- FILE)", and write args.commit',
}
_UNKNOWN_NAME = re.compile(r"'(.*)' is undefined")
_ESCAPED = 'a template is read before YAML: write " without a backslash, and no quotes around the braces'
# What Jinja2's own operations, filters and functions raise when they are used wrongly.
EXPRESSION_ERRORS = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError),
    *(RuntimeError, SyntaxError, TypeError, ValueError),
)
# How Jinja2 names the code of a template that is not in a macro, loop or block.
_WHOLE_TEMPLATE = "top-level template code"


@dataclass(frozen=True)
class _Cause:
    """What failed; `quotes` tells that it may quote values of variables, being none of our own messages."""

    text: str
    hint: str | None = None
    quotes: bool = False


@dataclass(frozen=True)
class _Step:
    """Where a template was when it failed, or led to another that did; `whole` is False in a macro."""

    place: Place
    whole: bool


@dataclass(frozen=True)
class Failure:
    """A foreign or own exception that a template, the main one of `sources`, has led to."""

    exc: Exception
    sources: Sources

    def error(self, undefined: str, without_values: Callable[[str], str], readable: Callable[[str], str]) -> InputError:
        """Return it as an error of the input; `undefined` is the hint for a name that is not there."""
        cause = self._cause(undefined)
        text = readable(without_values(cause.text) if cause.quotes else cause.text)
        steps = self._steps()
        at = steps[-1].place
        in_secret = any(says_secret(self.sources.by_name[step.place.file].text) for step in steps[:-1])
        led_here = (*self._in_given_text(), *_led_here(steps))
        source = self.sources.by_name.get(at.file, Source(""))
        hint = cause.hint and readable(cause.hint)
        return source.error(at, text, hint, led_here=led_here, in_secret=in_secret)

    def _cause(self, undefined: str) -> _Cause:
        import jinja2

        exc, other_tool = self.exc, self.sources.by_name[self.sources.root].hint
        match exc:
            case ImagesError():
                return _Cause(str(exc), exc.hint)
            case jinja2.TemplateSyntaxError():
                # "at 3" counts from the beginning of the file, which helps nobody.
                cause = re.sub(r" at [0-9]+$", "", exc.message or "")
                cause = cause.replace("token 'end of statement block'", "the end of the expression")
                return _Cause(cause, f"{_ESCAPED}\n{other_tool}" if cause.endswith(repr("\\")) else other_tool)
            case jinja2.TemplateNotFound():
                return _Cause(self.sources.not_found(map(str, exc.templates)))
            case jinja2.UndefinedError():
                name = _UNKNOWN_NAME.fullmatch(exc.message or "")
                instead = _OF_KLUCTL.get(name[1]) if name else None
                hint = instead or "\n".join(filter(None, (undefined, other_tool)))
                return _Cause(exc.message or "", hint, quotes=True)
            case _:
                return _Cause(_of_python(exc), quotes=True)

    def _steps(self) -> list[_Step]:
        """Return where each template was, the outermost first; never an empty list."""
        steps = list(self._traced())
        if isinstance(self.exc, RecursionError):
            steps = steps[:1]
        if place := self._misspelt():
            steps = [*(step for step in steps if step.place != place), _Step(place, whole=True)]
        return steps or [_Step(Place(self.sources.root), whole=True)]

    def _misspelt(self) -> Place | None:
        """Return where the text of a file is no template; None where it is one."""
        import jinja2

        match self.exc:
            case jinja2.TemplateSyntaxError(filename=file, name=name, lineno=line):
                # Jinja2 gives some of them the file as their name.
                file = file or name or ""
            case SyntaxError(filename=str() as file):
                line = 0
            case _:
                return None
        return self.sources.place(file, line) if file in self.sources.by_name else None

    def _traced(self) -> Iterator[_Step]:
        """Yield the steps that Jinja2 left in the traceback: it gives them the file and line of the template."""
        for frame, line in traceback.walk_tb(self.exc.__traceback__):
            code = frame.f_code
            if code.co_filename in self.sources.by_name:
                yield _Step(self.sources.place(code.co_filename, line), code.co_name == _WHOLE_TEMPLATE)

    def _in_given_text(self) -> tuple[str, ...]:
        """Return the line of what `render` was given, which may hold values and is not shown."""
        lines = [
            line for frame, line in traceback.walk_tb(self.exc.__traceback__) if frame.f_code.co_filename == GIVEN_TEXT
        ]
        return (f"in line {lines[-1]} of the text given to render",) if lines else ()


def _of_python(exc: Exception) -> str:
    if isinstance(exc, RecursionError):
        return "includes, macros or expressions nest without end"
    if isinstance(exc, SyntaxError):
        # About what Jinja2 let pass: {% break %} outside of a loop, too many blocks in each other.
        return exc.msg
    return str(exc) if exc.args else type(exc).__name__


def _led_here(steps: list[_Step]) -> Iterator[str]:
    """Yield where the last step was included or called, the nearest first, no place twice."""
    said = {steps[-1].place}
    for outer, inner in zip(reversed(steps[:-1]), reversed(steps[1:]), strict=True):
        if outer.place not in said:
            said.add(outer.place)
            yield f"{'included' if inner.whole else 'called'} at {outer.place}"
