"""Templates: Jinja2 with `images`, `version` and `args`, sandboxed, where an undefined name is an error.

Every error names file and line and shows the line as it was written.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from .objects import Place
from .placeholders import Call, Placeholders
from .shown_lines import have_same_lines
from .template_errors import UNDEFINED, UNDEFINED_IN_PROJECT
from .template_run import Run, errors_of
from .template_secrets import without_quoted
from .template_sources import Source, Sources

_RAW = "{% raw %} ... {% endraw %} around them"
_OTHER_TOOL = "when these braces belong to another tool:"
_FILE_OF_OTHER_TOOL = f"{_OTHER_TOOL} --no-templates, a line for the file in .templateignore, or {_RAW}"
_STRING_OF_OTHER_TOOL = f"{_OTHER_TOOL} {_RAW}"
# Text without any of these is what it renders to.
_MAY_BE_TEMPLATE = re.compile(r"\{[{%#]")
_MAX_CALLS = 5


class _Runs:
    """The two runs of everything, whose placeholders have different names, and what they share."""

    def __init__(self, placeholders: Placeholders, say: Callable[[str], None]) -> None:
        self.placeholders = placeholders
        self.others = placeholders.renamed()
        self.sources = Sources()
        self._tell = say
        self.first = Run(placeholders, self.sources, self._say)
        # A message is shown once.
        self.second = Run(self.others, self.sources, lambda _message: None, self._renamed)

    def _renamed(self, text: str) -> str:
        return text.replace(self.placeholders.run, self.others.run)

    def _say(self, message: object) -> None:
        self._tell(f"debug_print: {self.placeholders.readable(str(message))}")


class Renderer:
    """Renders templates that share their variables and their placeholders.

    Each text that may hold an image is rendered twice, with placeholders of different names: what does not come out
    alike was made from the text of a placeholder, by a way that the guard does not know.
    """

    def __init__(
        self,
        placeholders: Placeholders,
        args: Mapping[str, Any],
        *,
        variables: Mapping[str, Any] | None = None,
        around: Sequence[Path] = (),
        runs: _Runs | None = None,
        say: Callable[[str], None] = lambda _message: None,
    ) -> None:
        """Begin with `args` alone as variables; `runs` are those of another renderer, which then has other `variables`.

        Files that are included are looked for in the directories `around` a template too. `say` is given the lines of
        debug_print.
        """
        self._runs = runs or _Runs(placeholders, say)
        values = {"args": args} if variables is None else variables
        self._first = self._runs.first.variables(values)
        self._second = self._runs.second.variables(values)
        self._undefined = UNDEFINED if variables is None else UNDEFINED_IN_PROJECT
        self._around = around

    def with_variables(self, variables: Mapping[str, Any], around: Sequence[Path] = ()) -> Renderer:
        """Return a renderer of these variables, `args` among them, with the same placeholders.

        Its templates belong to a project, whose directories `around` them are those that lead to them, nearest first.
        What a template changes in them is seen by the templates of that renderer alone. They may hold images that are
        not decided yet, and must stay as they are.
        """
        return Renderer(self._runs.placeholders, {}, variables=variables, around=around, runs=self._runs)

    def render(self, text: str, name: str, top: Path = Path()) -> str:
        """Return the rendered text of the file `name`, which was found in or below the directory `top`.

        Includes and imports are looked for beside the file, around it in its project, and above it, up to `top`. Raises
        InputError naming file and line.
        """
        return self._render(Source(text, _FILE_OF_OTHER_TOOL, top, around=self._around), name)

    def render_string(self, text: str, name: str, line: int, top: Path = Path()) -> str:
        """Return the rendered text of a string that stands at that line of the file `name`, which is no template."""
        return self._render(Source(text, _STRING_OF_OTHER_TOOL, top, line, around=self._around), name)

    def holds(self, condition: str, name: str, line: int, top: Path = Path()) -> bool:
        """Tell whether an expression, which stands at that line of the file `name`, is true."""
        text = f"{{% if {condition} %}}true{{% endif %}}"
        return self._render(Source(text, "", top, line, condition, self._around), name) == "true"

    @property
    def placeholders(self) -> Placeholders:
        """What stands for the images that are not decided yet."""
        return self._runs.placeholders

    def readable(self, text: str) -> str:
        """Return a message with the calls that were written in the place of their placeholders."""
        return self._runs.placeholders.readable(text)

    def holds_image(self, text: str) -> bool:
        """Tell whether a text holds an image that is not decided yet, or a part of one."""
        return self._runs.placeholders.traced(text)

    def _render(self, source: Source, name: str) -> str:
        if not _MAY_BE_TEMPLATE.search(source.text):
            return source.text
        runs, calls = self._runs, self._runs.placeholders.calls
        calls_before = len(calls)
        runs.sources.begin(name, source)
        # What a template takes by chance is no difference.
        chance = random.getstate()
        with self._errors():
            code = runs.first.compiled(source.text, name)
            result, changed = runs.first.rendered(code, self._first)
        # Before the first image both runs are alike, and one of them is enough, as long as it changes nothing.
        if calls or changed:
            random.setstate(chance)
            with self._errors():
                again, _ = runs.second.rendered(code, self._second)
            self._refuse_difference(source, name, (result, again), calls[calls_before:])
        return result

    def _errors(self) -> AbstractContextManager[None]:
        return errors_of(self._runs.sources, self._undefined, self._without_values, self.readable)

    def _without_values(self, cause: str) -> str:
        """Return a message of Python or Jinja2 without the values of variables, which may be secrets."""
        return without_quoted(cause, self._first.values)

    def _refuse_difference(self, source: Source, name: str, results: tuple[str, str], calls: Sequence[Call]) -> None:
        runs = self._runs
        first, second = runs.placeholders.anonymous(results[0]), runs.others.anonymous(results[1])
        if first == second:
            return
        same_lines = have_same_lines(source.text, results[0])
        pairs = zip(first.split("\n"), second.split("\n"), strict=False)
        line = next((number for number, (left, right) in enumerate(pairs) if left != right), 0)
        place = Place(name, source.first_line + line) if same_lines else Place(name)
        known = list(dict.fromkeys(f"images.get_image({call.image!r})" for call in calls or runs.placeholders.calls))
        several = f" or one of {len(known) - _MAX_CALLS} more" if len(known) > _MAX_CALLS else ""
        raise source.error(
            place,
            f"{' or '.join(known[:_MAX_CALLS])}{several}: the image is decided after the templates, and what is "
            "rendered here depends on its text",
            "insert the image as it is; a tag that other fields need too belongs into args: -a tag=...",
        )
