"""A reader of English at a made-up address."""

from kb.briefs import Wording


def english(language: str = "en", is_right_to_left: bool = False) -> Wording:
    """The wording of a brief without an application."""
    return Wording(
        language=language,
        is_right_to_left=is_right_to_left,
        say=str,
        number=lambda value: f"{value:,}",
        day=lambda value: value.isoformat(),
        money=lambda amount, currency: f"{currency} {amount:,}",
        measured=lambda value, outcome, _is_qualified: f"{value:,g} {outcome.unit or ''}".strip(),
        years=lambda initiative: f"since {initiative.start_year}",
        address=lambda entry: f"https://peers.example/{entry.slug}",
        ask=lambda _entry: None,
    )
