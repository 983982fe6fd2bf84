"""Jinja as Flask has it, with shortcuts for what a page does hundreds of times."""

from collections.abc import Callable, MutableMapping
from itertools import repeat
from types import FunctionType
from typing import Any

from flask.templating import Environment
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context, Macro
from jinja2.utils import internalcode, missing

# `_escape_inner` is what `escape` calls, and then makes a Markup, which takes it four times as long.
from markupsafe import Markup, _escape_inner, escape  # type: ignore[attr-defined] # it is told nowhere else


class _Context(Context):
    """Calls macros and plain functions at once: of each of five hundred calls a page, Jinja asks four things first."""

    @internalcode
    def call(
        self, called: Callable[..., Any], /, *args: Any, _loop_vars: Any = None, _block_vars: Any = None, **kwargs: Any
    ) -> Any:
        """What a macro or a function gives; the variables of the loop and of the block are for those that ask."""
        if type(called) is Macro:
            lacking = len(called.arguments) - len(args)
            is_special = kwargs or called.caller or called.catch_kwargs or called.catch_varargs
            if is_special or lacking < 0 or not self.eval_ctx.autoescape:
                return called(self.eval_ctx, *args, **kwargs)
            # `Macro` does this by four more calls; `Markup` looks first whether the text is markup already.
            text = called._func(*args, *repeat(missing, lacking))  # noqa: SLF001 - what the template wrote is kept there
            return str.__new__(Markup, text)
        if type(called) is FunctionType and not hasattr(called, "jinja_pass_arg"):
            return called(*args, **kwargs)
        return super().call(called, *args, _loop_vars=_loop_vars, _block_vars=_block_vars, **kwargs)


class _Compiler(CodeGenerator):
    """Has `Templates.written` write each value, where values are escaped."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.written(")


class Templates(Environment):
    """Templates that share the globals of the application and have none of their own.

    Jinja puts a layer of its own over the globals for each template, and goes through all of them by it at every
    `import`: on a page with 15 of these, a thirtieth of its time.
    """

    context_class = _Context
    code_generator_class = _Compiler

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The globals of the application, unless a template is given others."""
        return super().make_globals(d) if d else self.globals

    @staticmethod
    def written(value: object) -> str:
        """A value as it stands on a page: escaped, unless it is markup."""
        kind = type(value)
        if kind is Markup:
            return value  # type: ignore[return-value]
        if kind is str:
            return _escape_inner(value)  # type: ignore[arg-type]
        return str(value) if kind is int else escape(value)
