"""Jinja2's environment for our templates: sandboxed, strict, and guarded in the places that Jinja2 has for that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .placeholders import Placeholder
from .template_functions import FILTERS, GLOBALS
from .template_guard import Guard

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.compiler import Frame
    from jinja2.nodes import Concat
    from jinja2.runtime import Context

Load = Callable[[str], tuple[str, str, None] | None]
# The name of an included template, from the name as it is written and the name of the template it is written in.
NameOf = Callable[[str, str], str]


def new_environment(guard: Guard, load: Load, name_of: NameOf, variables: Mapping[str, object]) -> Environment:
    """Return an environment with our filters, functions and these variables."""
    import jinja2

    environment = _guarded(guard, jinja2.FunctionLoader(load), name_of)
    filters = {**environment.filters, **FILTERS}
    environment.filters = {name: guard.filter(name, function) for name, function in filters.items()}
    environment.tests = {name: guard.test(name, function) for name, function in environment.tests.items()}
    environment.globals.update(GLOBALS, **variables)
    return environment


def _guarded(guard: Guard, loader: Any, name_of: NameOf) -> Environment:
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

        def call(self, context: Context, function: Any, /, *args: Any, **kwargs: Any) -> Any:
            guard.check_call(function, args, kwargs)
            result = super().call(context, function, *args, **kwargs)
            return guard.joined((result,)) if isinstance(result, str) else result

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
            return name_of(str(template), parent)

    return Guarded(
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.loopcontrols"],
        keep_trailing_newline=True,
        loader=loader,
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
