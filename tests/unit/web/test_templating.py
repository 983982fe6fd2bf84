"""The shortcuts of our templates write what Jinja writes without them."""

from typing import Any

import pytest
from babel.support import LazyProxy
from flask import Flask
from jinja2 import Environment, StrictUndefined, UndefinedError, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from kb.web.core.templating import Templates


class _Telling(str):
    """Text that says what its markup is, as markup of other libraries does."""

    __slots__ = ()

    def __html__(self) -> str:
        return f"<i>{self}</i>"


@pass_context
def _of_the_loop(context: Context) -> Any:
    return context.get("item", "nothing")


APP = Flask(__name__)

VALUES: list[Any] = [
    "<b> & \"c\" 'd'", Markup("<b>as it is</b>"), _Telling("&"), _Telling("plain"), 7, -3, True, None, 1.5,
    ["<", Markup("<p>")], b"<", LazyProxy(lambda: "later < now"), LazyProxy(lambda: Markup("<u>")), "",
]  # fmt: skip

SOURCES = [
    "{{ value }}",
    "{% macro m(x, y=2) %}<i>{{ x }}{{ y }}{{ varargs }}{{ kwargs }}</i>{% endmacro %}{{ m(value, 3, value, z=1) }}",
    "{% macro m() %}<i>{{ caller(value) }}</i>{% endmacro %}{% call(x) m() %}{{ x }}{% endcall %}",
    "{% for item in [value, value] %}{% set item = value %}{{ seen() }}{{ shown(item) }}{{ loop.index }}{% endfor %}",
    "{% block one %}{% set item = value %}{{ seen() }}{{ shown(item, k='<') }}{% endblock %}",
    "{% autoescape false %}{{ value }}{% endautoescape %}{{ value|safe }}{{ value ~ '<' }}",
    "{% macro m(x) %}{{ x }}{% endmacro %}{% for item in [value] %}{{ m(item) }}{% endfor %}",
]


def _written(kind: type[Environment], source: str, value: object, **options: Any) -> str:
    environment = kind(autoescape=True, **options)
    environment.globals |= {
        "seen": _of_the_loop, "shown": lambda value, k="": f"{value}{k}"
    }  # fmt: skip
    return environment.from_string(source).render(value=value)


class _Plain(Templates):
    """As ours, with nothing but what Jinja has."""

    context_class = Environment.context_class
    code_generator_class = Environment.code_generator_class


@pytest.mark.parametrize("source", SOURCES)
def test_a_template_writes_what_jinja_writes(source: str) -> None:
    for value in VALUES:
        assert _written(Templates, source, value, app=APP) == _written(_Plain, source, value, app=APP), value


def test_what_is_written_is_escaped() -> None:
    assert _written(Templates, SOURCES[0], "<b>", app=APP) == "&lt;b&gt;"


def test_what_is_not_defined_is_refused_where_that_is_asked() -> None:
    with pytest.raises(UndefinedError):
        _written(Templates, "{{ nothing }}", 1, app=APP, undefined=StrictUndefined)
