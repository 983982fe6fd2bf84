"""Languages: which one the reader gets, which way it is written, and labels of the catalogue in it."""

from flask import Flask, request
from flask_babel import Babel, get_babel, get_locale, gettext


def _chosen() -> str | None:
    """The best of the reader's languages that there is a translation for; None means the default."""
    known = {str(locale) for locale in get_babel().list_translations()} | {get_babel().default_locale}
    return request.accept_languages.best_match(sorted(known))


def direction() -> str:
    """Which way the page's language is written: ltr or rtl, for `dir` on the html element."""
    locale = get_locale()
    return locale.text_direction if locale else "ltr"


def language() -> str:
    """The page's language as an HTML `lang` has it, such as en or pt-BR."""
    locale = get_locale()
    return str(locale).replace("_", "-") if locale else "en"


def translated(label: object) -> str:
    """A label of the catalogue in the reader's language.

    Not `_()` of the templates: that one formats with %, and a label such as "Under 95% of the target met" must not be.
    """
    return gettext(str(label)) if label else ""


def register(app: Flask) -> None:
    """Set Flask-Babel up; templates get `lang()`, `dir()` and the filter `translated`."""
    Babel(app, locale_selector=_chosen, default_translation_directories="web/translations")
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.globals.update(lang=language, dir=direction)
    app.jinja_env.filters["translated"] = translated
