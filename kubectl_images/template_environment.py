"""Jinja2's environment for our templates: sandboxed, strict, and guarded in the places that Jinja2 has for that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, MutableMapping
from typing import TYPE_CHECKING, Any

from .placeholders import Placeholder
from .template_calls import checked, of_context
from .template_context import ContextFunctions
from .template_functions import FILTERS, FUNCTIONS
from .template_guard import Guard
from .template_sources import Sources

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment, Template
    from jinja2.compiler import CodeGenerator, Frame
    from jinja2.nodes import Concat
    from jinja2.runtime import Context

# The methods of lists and maps that change them.
_CHANGE = frozenset(
    {"append", "clear", "extend", "insert", "pop", "popitem", "remove", "reverse", "setdefault", "sort", "update"}
)


def new_environment(guard: Guard, sources: Sources, functions: ContextFunctions) -> Environment:
    """Return an environment with our filters and functions; what it renders sees its `globals`, wherever it stands."""
    environment = _guarded(guard, sources, functions.changed)
    filters = {**environment.filters, **FILTERS, "render": of_context("render", functions.render_filter)}
    environment.filters = {name: guard.filter(name, function) for name, function in filters.items()}
    environment.tests = {name: guard.test(name, function) for name, function in environment.tests.items()}
    environment.globals.update({name: checked(name, function) for name, function in FUNCTIONS.items()})
    environment.globals.update(
        debug_print=of_context("debug_print", functions.debug_print),
        get_var=of_context("get_var", functions.get_var),
        load_base64=of_context("load_base64", functions.load_base64),
        load_sha256=of_context("load_sha256", functions.load_sha256),
        load_template=of_context("load_template", functions.load_template),
        render=of_context("render", functions.render),
        update_dict=of_context("update_dict", functions.update_dict),
    )
    return environment


def _loader(sources: Sources) -> BaseLoader:
    import jinja2

    class Loader(jinja2.BaseLoader):
        def load(
            self, environment: Environment, name: str, _globals: MutableMapping[str, Any] | None = None
        ) -> Template:
            """Return the template of a file, with the globals of now: its code alone is kept."""
            code = sources.code.get(name)
            if code is None:
                text = sources.read(name)
                if text is None:
                    raise jinja2.TemplateNotFound(name)
                code = sources.code[name] = environment.compile(text, name, name)
            return jinja2.Template.from_code(environment, code, environment.globals)

    return Loader()


def _code_generator() -> type[CodeGenerator]:
    from jinja2.compiler import CodeGenerator

    class Generator(CodeGenerator):
        def visit_Concat(self, node: Concat, frame: Frame) -> None:  # noqa: N802
            """Write the code of `~`, so that the environment joins the texts."""
            self.write("environment.concat((")
            for part in node.nodes:
                self.write("str(")
                self.visit(part, frame)
                self.write("), ")
            self.write("))")

    return Generator


def _guarded(guard: Guard, sources: Sources, changed: Callable[[object], None]) -> Environment:
    import jinja2
    from jinja2.sandbox import SandboxedEnvironment

    class Guarded(SandboxedEnvironment):
        code_generator_class = _code_generator()
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

        def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
            if attr in _CHANGE:
                changed(obj)
            # Called with another object, dict.update would change that one, unseen.
            by_type = attr in _CHANGE and isinstance(obj, type)
            return not by_type and super().is_safe_attribute(obj, attr, value)

        def join_path(self, template: str, parent: str) -> str:
            # The text of an undefined variable is no text: it raises Jinja2's own error, which names the variable.
            return sources.path(str(template), parent)

    return Guarded(
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.loopcontrols"],
        keep_trailing_newline=True,
        loader=_loader(sources),
        cache_size=0,
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
