"""Languages: which one the reader gets, which way it is written, and labels of the catalogue in it."""

from collections.abc import Hashable, Iterable
from contextvars import ContextVar
from functools import cache, lru_cache
from typing import Any, TypeVar

from flask import Flask, Response, request
from flask_babel import Babel, get_locale, get_translations, gettext
from jinja2.runtime import Macro
from markupsafe import Markup

from kb.core.i18n import TRANSLATIONS
from kb.core.text import sort_key

TermT = TypeVar("TermT", bound=Any)

# Asked some seven hundred times a page, where each look into flask's own `g` costs ten of these.
_LANGUAGE: ContextVar[str | None] = ContextVar("kb_language", default=None)


def _best_language() -> str | None:
    """The best of the reader's languages that there is a translation for; None means the default."""
    return request.accept_languages.best_match(languages())


@cache
def languages() -> list[str]:
    """English, in which the pages are written, and every language that has a folder of translations."""
    return ["en", *sorted(folder.name for folder in TRANSLATIONS.glob("*") if (folder / "LC_MESSAGES").is_dir())]


def direction() -> str:
    """Which way the page's language is written: ltr or rtl, for `dir` on the html element."""
    locale = get_locale()
    return locale.text_direction if locale else "ltr"


def language() -> str:
    """The page's language as an HTML `lang` has it, such as en or pt-BR; worked out once for each request."""
    code = _LANGUAGE.get()
    if code is None:
        locale = get_locale()
        code = str(locale).replace("_", "-") if locale else "en"
        _LANGUAGE.set(code)
    return code


def translated(label: object) -> str:
    """A label of the catalogue in the reader's language.

    Not `_()` of the templates: that one formats with %, and a label such as "Under 95% of the target met" must not be.
    """
    return _in_language(language(), str(label)) if label else ""


def by_label(terms: Iterable[TermT]) -> list[TermT]:
    """Terms in the order of their labels, as a reader of the page's language looks for them."""
    return sorted(terms, key=lambda term: sort_key(translated(term.label)))


@lru_cache(maxsize=8192)
def _in_language(_language: str, label: str) -> str:
    """A label in the language of the request, remembered: a page of results shows some two hundred."""
    return str(gettext(label))


def _in_template(text: str) -> str:
    """A string of a `{% trans %}`: as a label, remembered; jinja puts its values in afterwards."""
    return _in_language(language(), text)


def _gettext_in_template(text: str, **values: object) -> Markup:
    """`_()` of a template: what jinja's own does with a string and its values, without its four calls a string."""
    markup = _as_markup(language(), text)
    return markup % values if values or "%" in markup else markup


@lru_cache(maxsize=8192)
def _as_markup(language: str, text: str) -> Markup:
    return Markup(_in_language(language, text))  # noqa: S704 - strings of templates and their translations are ours


def remembered(macro: Macro, *values: Hashable) -> Markup:
    """What a macro writes of some values, remembered for each language.

    For macros that stand on a page dozens of times with few different values, and read nothing else.
    """
    return _written(language(), request.script_root, macro, *values)


@lru_cache(maxsize=8192)
def _written(_language: str, _root: str, macro: Macro, *values: Hashable) -> Markup:
    return Markup(macro(*values))  # noqa: S704 - what a template writes is escaped


def counted(one: str, several: str, count: int) -> str:
    """One of two strings, by how many there are, in the language of the request, without its values."""
    return _counted(language(), one, several, count)


@lru_cache(maxsize=8192)
def _counted(_language: str, one: str, several: str, count: int) -> str:
    return str(get_translations().ungettext(one, several, count))


def _forget(_error: BaseException | None = None) -> None:
    """Let the next request on this thread work its language out anew."""
    _LANGUAGE.set(None)


def _vary(response: Response) -> Response:
    """Tell caches that words, in pages and in suggestions, depend on the reader's languages."""
    if response.mimetype in {"text/html", "application/json"}:
        response.vary.add("Accept-Language")
    return response


def register(app: Flask) -> None:
    """Set Flask-Babel up; templates get `lang()`, `dir()` and the filter `translated`."""
    Babel(app, locale_selector=_best_language, default_translation_directories=str(TRANSLATIONS))
    # Flask-Babel looks a string of a template up anew each time, which made a tenth of what a page costs.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined] # of jinja's extension i18n
        gettext=_in_template, ngettext=counted, newstyle=True
    )
    app.jinja_env.globals["_"] = _gettext_in_template
    app.before_request(_forget)
    app.teardown_appcontext(_forget)
    app.after_request(_vary)
    app.jinja_env.globals.update(lang=language, dir=direction, remembered=remembered)
    app.jinja_env.filters["translated"] = translated
