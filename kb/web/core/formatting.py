"""Figures as people read them: numbers, money, years, dates and places on the globe; and what is not known."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any

from babel import Locale
from babel.numbers import format_compact_decimal, format_percent, get_currency_name
from flask import Flask
from flask_babel import format_currency, format_date, format_datetime, format_decimal, get_locale, gettext, ngettext
from markupsafe import Markup, escape

from kb.catalogue import rules
from kb.catalogue.models import Initiative, LeaderTerm, Outcome
from kb.core.i18n import Message
from kb.peers.answers import PlaceSummary
from kb.peers.comparison import CostPerHead
from kb.peers.places import PlaceMatch
from kb.peers.provinces import common_code

from .language import language, translated


def not_known() -> Markup:
    """What stands where the sources do not say: never nothing, never a guess."""
    return _not_known(language())


@cache
def _not_known(_language: str) -> Markup:
    return Markup('<span class="unknown">{}</span>').format(gettext("Not known"))


def known(value: Any) -> Any:
    """The value, or "Not known" where it is None or empty; 0 is a value."""
    return not_known() if value is None or value in ("", []) else value


def number(value: float | None) -> str | Markup:
    """A number with the reader's separators and no needless decimals."""
    return not_known() if value is None else _in_digits(language(), round(value, 4))


@lru_cache(maxsize=8192)
def _in_digits(_language: str, value: float) -> str:
    """A number in the language of the request, remembered: facets show the same small ones again and again."""
    return str(format_decimal(value))


def money(amount: int | None, currency: str | None) -> str | Markup:
    """An amount in whole units of a currency, as in "EUR 1,200,000"; the code says which dollar is meant."""
    if amount is None or currency is None:
        return not_known()
    return str(format_currency(amount, currency, format="¤¤\N{NO-BREAK SPACE}#,##0", currency_digits=False))


_COMPACT_FROM = 1_000_000


def compact(value: float) -> str | Markup:
    """A number that is read at a glance, as in "84.9 billion"; those below a million in full."""
    if abs(value) < _COMPACT_FROM:
        return number(value)
    return str(
        format_compact_decimal(value, format_type="long", locale=get_locale() or Locale("en"), fraction_digits=2)
    )


def compact_money(amount: int, currency: str) -> str:
    """An amount that is read at a glance, as in "EUR 1.2 million"."""
    return f"{currency}\N{NO-BREAK SPACE}{compact(amount)}"


def per_head(cost: CostPerHead) -> str:
    """A cost for each of a city's people, as in "INR 120", with decimals only where it is small."""
    signs = "¤¤\N{NO-BREAK SPACE}#,##0" if cost.per_head >= 10 else "¤¤\N{NO-BREAK SPACE}#,##0.00"
    return str(format_currency(cost.per_head, cost.currency, format=signs, currency_digits=False))


def currency_name(code: str) -> str:
    """A currency in words, as in "Indian Rupee"; the code where nobody named it."""
    return get_currency_name(code, locale=get_locale() or Locale("en"))


def years(start: int | None, end: int | None, running: bool = False) -> str | Markup:
    """Years from and to: "2014 to 2018", "since 2014" when it still runs, "from 2014, end not known" otherwise."""
    return _years(language(), start, end, running)


@lru_cache(maxsize=4096)
def _years(_language: str, start: int | None, end: int | None, running: bool) -> str | Markup:
    if start and end:
        return str(start if start == end else gettext("%(start)s to %(end)s", start=start, end=end))
    if start:
        return str(
            gettext("since %(year)s", year=start) if running else gettext("from %(year)s, end not known", year=start)
        )
    return str(gettext("until %(year)s, start not known", year=end)) if end else not_known()


def initiative_years(initiative: Initiative) -> str | Markup:
    """An initiative's years; one that is neither over nor an idea is still running."""
    return years(initiative.start_year, initiative.end_year, initiative.stage not in {"completed", "discontinued"})


def known_years(initiative: Initiative) -> str:
    """What is known of an initiative's years, one of which is: "2014 to 2018", "since 2014", "from 2014"."""
    start, end = initiative.start_year, initiative.end_year
    if start and not end and initiative.stage in {"completed", "discontinued"}:
        return str(gettext("from %(year)s", year=start))
    if end and not start:
        return str(gettext("until %(year)s", year=end))
    return str(initiative_years(initiative))


def term_years(term: LeaderTerm) -> str | Markup:
    """When a term was: "2011 to 2018", "from 2021, in office on 27 February 2026", "from 2014, end of term not known".

    Nobody is in office because an end is unknown; who is, is so on the day that a source gives.
    """
    if term.end_year is not None:
        return years(term.start_year, term.end_year)
    end = term_end(term)
    if term.start_year is None:
        return end
    return str(gettext("from %(year)s, %(end)s", year=term.start_year, end=end))


def term_end(term: LeaderTerm) -> str:
    """How a term stands: "until 2018", "in office on 27 February 2026", "end of term not known"."""
    if term.end_year is not None:
        return str(gettext("until %(year)s", year=term.end_year))
    if term.in_office_on is not None:
        return str(gettext("in office on %(day)s", day=format_date(term.in_office_on, "d MMMM y")))
    return str(gettext("end of term not known"))


def is_over(term: LeaderTerm) -> bool:
    """Whether a term has certainly ended: in a year before this one."""
    return term.end_year is not None and term.end_year < datetime.now(UTC).year


def day(value: date | None) -> str | Markup:
    """A date as in "23 Nov 2026"."""
    return not_known() if value is None else format_date(value, "d MMM y")


def coordinates(latitude: float, longitude: float) -> Markup:
    """Coordinates to the hundredth of a degree, as in "6.21° S, 106.85° E", that no text around them turns around."""
    north = gettext("N") if latitude >= 0 else gettext("S")
    east = gettext("E") if longitude >= 0 else gettext("W")
    degrees = [format_decimal(abs(value), "0.00") for value in (latitude, longitude)]
    return Markup("<bdi>{}° {}, {}° {}</bdi>").format(degrees[0], north, degrees[1], east)


def measured(value: float | None, outcome: Outcome, is_qualified: bool = True) -> str | Markup:
    """A value of an outcome with its unit, as in "about 25 datasets"; its qualifier goes with the value after."""
    return not_known() if value is None else _with_unit(value, outcome, number, is_qualified)


def compact_measured(value: float, outcome: Outcome, is_qualified: bool = True) -> str | Markup:
    """A value of an outcome with its unit, to be read at a glance, as in "about 1.2 million people"."""
    return _with_unit(value, outcome, compact, is_qualified)


def _with_unit(
    value: float, outcome: Outcome, written: Callable[[float], str | Markup], is_qualified: bool
) -> str | Markup:
    unit = outcome.unit or ""
    joined = (
        _percent(language(), round(value / 100, 6)) if unit in {"%", "percent"} else f"{written(value)} {unit}".strip()
    )
    return f"{outcome.qualifier} {joined}" if outcome.qualifier and is_qualified else joined


def how_many(count: int) -> str:
    """How many initiatives, in words."""
    return _how_many(language(), count)


@lru_cache(maxsize=8192)
def _how_many(_language: str, count: int) -> str:
    """Remembered for each language, that of the request: lists and the map say it of every line and circle."""
    if not count:
        return str(gettext("None yet"))
    return str(ngettext("%(number)s initiative", "%(number)s initiatives", count, number=number(count)))


def how_many_cities(count: int) -> str:
    """How many cities, in words."""
    return str(ngettext("%(number)s city", "%(number)s cities", count, number=number(count)))


def how_many_countries(count: int) -> str:
    """How many countries, in words."""
    return str(ngettext("%(number)s country", "%(number)s countries", count, number=number(count)))


def how_many_people(population: int | None) -> str:
    """How many people a place has, in words."""
    return _how_many_people(language(), population)


@lru_cache(maxsize=8192)
def _how_many_people(_language: str, population: int | None) -> str:
    if population is None:
        return str(gettext("Population not known"))
    return str(ngettext("%(number)s person", "%(number)s people", population, number=number(population)))


def country_of(place: PlaceSummary | PlaceMatch) -> str:
    """The country of a place, after its state or province where people write that: "TX, United States"."""
    province = common_code(place.country_code, place.admin1)
    return ", ".join(part for part in (province, translated(place.country)) if part)


MOST_SUGGESTED = 20
"""Suggestions that are offered at once, at most."""


def suggestions_in_words() -> str:
    """What to say of 1, 2, 3... suggestions, up to MOST_SUGGESTED, as a list in JSON: a script knows no plurals."""
    return _suggestions_in_words(language())


@cache
def _suggestions_in_words(_language: str) -> str:
    words = (
        ngettext("%(num)s suggestion; use the arrow keys", "%(num)s suggestions; use the arrow keys", number)
        for number in range(1, MOST_SUGGESTED + 1)
    )
    return json.dumps(list(words), ensure_ascii=False)


def file_size(size: int) -> str:
    """The size of a file as people say it, as in "55 KB" or "1.2 MB"."""
    if size < 1_000_000:
        return str(gettext("%(number)s KB", number=number(max(1, round(size / 1_000)))))
    return str(gettext("%(number)s MB", number=number(round(size / 1_000_000, 1))))


def share(part: float, whole: float) -> str:
    """A share in whole percent, written as the reader's language does; a dash where there is no whole."""
    return _percent(language(), round(part / whole, 2)) if whole else "\N{EN DASH}"


@lru_cache(maxsize=1024)
def _percent(_language: str, value: float) -> str:
    """A share of 1 in percent with all its decimals; the sign stands where the language puts it."""
    return str(format_percent(value, locale=get_locale() or Locale("en"), decimal_quantization=False))


def message_text(message: Message) -> str:
    """A message of a package in the reader's language, its numbers with the reader's separators."""
    return message.render(translated, lambda value: str(number(value)))


def moment(value: datetime | None) -> str | Markup:
    """A moment in UTC, to the minute, as in "26 Nov 2026, 09:30 UTC"."""
    if value is None:
        return not_known()
    # The zone is in the value already: the site's own must not move it.
    written = format_datetime(value.astimezone(UTC), "d MMM yyyy, HH:mm", rebase=False)
    return str(gettext("%(moment)s UTC", moment=written))


def score(value: float) -> str:
    """A score from 0 to 1 with two decimals, so that scores of a list line up."""
    return _score(language(), round(value, 2))


@lru_cache(maxsize=512)
def _score(_language: str, value: float) -> str:
    return str(format_decimal(value, "0.00"))


def site(url: str) -> str:
    """The host of a source's address, as a reader recognises it."""
    host = url.split("//", 1)[-1].split("/", 1)[0]
    return host.removeprefix("www.")


NO_ATTRIBUTES = Markup("")


@lru_cache(maxsize=512)
def written(language: str | None) -> Markup:
    """The attributes of an element with words that people wrote in a language; their direction follows from them."""
    return Markup('lang="{}" dir="auto"').format(language or "en")


def paragraphs(text: str | None, attributes: Markup = NO_ATTRIBUTES) -> Markup:
    """Text in paragraphs at blank lines, escaped, each with these attributes; "Not known" for None."""
    if not text:
        return Markup("<p>{}</p>").format(not_known())
    opening = Markup("<p {}>").format(attributes) if attributes else Markup("<p>")
    return Markup("").join(opening + Markup("{}</p>").format(piece) for piece in _pieces(text))


def _pieces(text: str) -> Iterable[str]:
    return (escape(piece.strip()) for piece in text.split("\n\n") if piece.strip())


def freshness(entry: Any) -> str | None:
    """A code of FRESHNESS for the day when an entry was last confirmed; None where it never was."""
    doubtful = hasattr(entry, "needs_verification") and entry.needs_verification
    return rules.freshness(entry.confirmed_on, today(), needs_verification=doubtful)


def today() -> date:
    """The day in UTC."""
    return datetime.now(UTC).date()


def days_ago(moment: datetime) -> int:
    """How many whole days ago something was."""
    return max((datetime.now(UTC) - moment).days, 0)


def register(app: Flask) -> None:
    """Give templates these as filters and functions."""
    # What a person typed leads out of the site.
    app.jinja_env.policies["urlize.rel"] = "external nofollow noopener"
    values = (
        known,
        number,
        file_size,
        day,
        moment,
        measured,
        message_text,
        score,
        site,
        paragraphs,
        currency_name,
        country_of,
    )
    for filter_ in (
        *values,
        initiative_years,
        known_years,
        term_years,
        term_end,
        is_over,
        rules.led_cities,
        freshness,
        days_ago,
    ):
        app.jinja_env.filters[filter_.__name__] = filter_
    for words in (how_many_cities, how_many_countries, how_many_people, suggestions_in_words):
        app.jinja_env.globals[words.__name__] = words
    for function in (
        message_text,
        compact_measured,
        compact_money,
        how_many,
        money,
        per_head,
        years,
        share,
        coordinates,
        measured,
        not_known,
        today,
        written,
    ):
        app.jinja_env.globals[function.__name__] = function
