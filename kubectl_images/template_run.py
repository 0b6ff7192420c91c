"""One run of templates: its placeholders, and Jinja2's environment, in which an image is a placeholder of that run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from types import CodeType
from typing import TYPE_CHECKING, Any

from .errors import ImagesError
from .filters import Version
from .placeholders import Placeholders
from .template_context import ContextFunctions
from .template_environment import new_environment
from .template_errors import EXPRESSION_ERRORS, Failure
from .template_frames import calling_place
from .template_guard import Guard
from .template_images import Images
from .template_sources import Sources
from .template_variables import SharedCopies, Variables

if TYPE_CHECKING:
    from jinja2 import Environment


class Run:
    """Renders templates with any variables.

    `text_of` makes the texts of variables those of this run; `say` is given what debug_print is called with.
    """

    def __init__(
        self,
        placeholders: Placeholders,
        sources: Sources,
        say: Callable[[object], None],
        text_of: Callable[[str], str] = str,
    ) -> None:
        self.guard = Guard(placeholders)
        self._sources = sources
        self._say = say
        self._copies = SharedCopies(lambda text: self.guard.joined((text_of(text),)))
        self._variables = Variables({}, self._copies)
        self._changed: list[object] = []

    def variables(self, values: Mapping[str, Any]) -> Variables:
        """Return what templates see as these variables."""
        return Variables(values, self._copies)

    def compiled(self, text: str, name: str) -> CodeType:
        """Return the code of a template, which any run can render."""
        return self._environment.compile(text, name, name)

    def rendered(self, code: CodeType, variables: Variables) -> tuple[str, bool]:
        """Return the rendered text, and whether the variables may have been changed."""
        import jinja2

        environment = self._environment
        self._variables, self._changed = variables, []
        # As the globals they are seen everywhere, in imported macros too, and they come before Jinja2's and our own.
        environment.globals = {**self._functions, **variables.values}
        text = str(jinja2.Template.from_code(environment, code, environment.globals).render())
        if self._changed:
            variables.keep(self._changed)
        return text, bool(self._changed)

    @cached_property
    def _environment(self) -> Environment:
        return new_environment(
            self.guard, self._sources, ContextFunctions(self.guard, self._sources, self._note_change, self._say)
        )

    @cached_property
    def _functions(self) -> dict[str, object]:
        """What templates can call, of which a variable of the same name is seen in its place.

        A project that has a variable `version` or `images`, or `namespace` and `dict`, which are Jinja2's, means its own:
        kluctl's templates see that too, and newer ones know no other `version` and `images`.
        """
        images = Images(self.guard.placeholders, lambda: calling_place(self._sources))
        return {**self._environment.globals, "images": images, "version": Version()}

    def _note_change(self, value: object) -> None:
        if self._variables.has(value):
            self._changed.append(value)


@contextmanager
def errors_of(
    sources: Sources, undefined: str, without_values: Callable[[str], str], readable: Callable[[str], str]
) -> Iterator[None]:
    """Raise InputError, naming file and line, for everything that a template can fail with."""
    import jinja2

    try:
        yield
    except (ImagesError, jinja2.TemplateError, *EXPRESSION_ERRORS) as exc:
        raise Failure(exc, sources).error(undefined, without_values, readable) from exc
