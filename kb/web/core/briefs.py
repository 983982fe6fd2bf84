"""Briefs in the language of the request: how they are worded, and as which files they are offered."""

from flask import url_for

from kb.briefs import Wording
from kb.catalogue.models import City, Initiative

from .formatting import day, initiative_years, measured, message_text, money, number
from .language import direction, language
from .links import absolute, link_to


def wording() -> Wording:
    """How a brief is worded for whoever asks."""
    return Wording(
        language=language(),
        is_right_to_left=direction() == "rtl",
        say=message_text,
        number=lambda value: str(number(value)),
        day=lambda value: str(day(value)),
        money=lambda amount, currency: str(money(amount, currency)),
        measured=lambda value, outcome, is_qualified: str(measured(value, outcome, is_qualified)),
        years=lambda initiative: str(initiative_years(initiative)),
        address=lambda entry: absolute(link_to(entry)),
        ask=_form_to_ask,
    )


def _form_to_ask(entry: City | Initiative) -> str:
    """The form of a question to a city, or about an initiative."""
    if isinstance(entry, City):
        return absolute(url_for("questions.ask", city=entry.slug))
    return absolute(url_for("questions.ask", initiative=entry.slug))
