"""Briefs in the language of the request: how they are worded, and as which files they are offered."""

from kb.briefs import Wording

from .formatting import day, initiative_years, measured, message_text, money, number
from .language import direction, language
from .links import absolute, ask_address, link_to


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
        ask=lambda entry: absolute(ask_address(entry)),
    )
