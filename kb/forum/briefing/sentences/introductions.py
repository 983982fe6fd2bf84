"""The introduction of a speaker: who it is, the city, where it wants to go, what it did and what came of it."""

from collections.abc import Iterator
from typing import Any

from kb.catalogue.models import Initiative, Outcome
from kb.core.i18n import Message, gettext_noop

from ...models import Speaker
from ..material import Material
from .lines import MEASURE_WORDS, TITLE_WORDS, Line, figure, in_year, short, sources

LONGEST = 90
"""Words that an introduction has at most."""


def introduction(material: Material, speaker: Speaker) -> list[Line]:
    """Who the speaker is, the city, where it wants to go, what it did and what came of it: LONGEST words at most.

    What does not fit is left out from the end, whole sentences at a time; counted in English.
    """
    lines: list[Line] = []
    words = 0
    for line in _introducing(material, speaker):
        length = len(str(line.message).split())
        if words + length > LONGEST:
            break
        lines.append(line)
        words += length
    return lines


def _introducing(material: Material, speaker: Speaker) -> Iterator[Line]:
    city = material.city(speaker)
    yield Line(_who(speaker), tuple(one for one in (speaker.leader, city) if one is not None))
    if city is None:
        return
    if city.place.population is not None:
        message = Message(
            gettext_noop("%(city)s has %(people)s people."), {"city": short(city.name), "people": city.place.population}
        )
        yield Line(message, (city,))
    vision = material.vision(speaker)
    if vision is not None:
        values: dict[str, Any] = {"title": short(vision.title, TITLE_WORDS)}
        if vision.horizon_year:
            message = Message(
                gettext_noop("Its vision, “%(title)s”, looks to %(year)s."), values | in_year(vision.horizon_year)
            )
        elif vision.adopted_year:
            message = Message(
                gettext_noop("Its vision, “%(title)s”, dates from %(year)s."), values | in_year(vision.adopted_year)
            )
        else:
            message = Message(gettext_noop("Its vision is “%(title)s”."), values)
        yield Line(message, (vision, *vision.sources[:1]))
    for initiative in material.presented(speaker)[:1]:
        yield _initiative_sentence(initiative)
        for outcome in [one for one in initiative.outcomes if _is_result(one)][:1]:
            yield Line(_result(outcome), (initiative, *sources(initiative)))


def _who(speaker: Speaker) -> Message:
    """One sentence with all that is known of the office on that day."""
    values = {
        "name": short(speaker.name),
        "title": short(speaker.title or ""),
        "of": short(speaker.organisation or ""),
        "city": short(speaker.city.name if speaker.city else speaker.city_name or ""),
        "country": Message(speaker.country.name.replace("%", "%%")) if speaker.country else "",
    }
    has_city = bool(values["city"] and values["country"])
    has_organisation = bool(speaker.organisation) and not speaker.is_former
    if speaker.title:
        return Message(_WITH_TITLE[speaker.is_former, has_organisation, has_city], values)
    return Message(_WITHOUT_TITLE[has_organisation, has_city and not has_organisation], values)


# By whether the office had ended, and whether an organisation and a city are known.
_WITH_TITLE = {
    (True, False, True): gettext_noop("%(name)s was %(title)s in %(city)s, %(country)s."),
    (True, False, False): gettext_noop("%(name)s was %(title)s."),
    (False, True, True): gettext_noop("%(name)s is %(title)s at %(of)s, in %(city)s, %(country)s."),
    (False, True, False): gettext_noop("%(name)s is %(title)s at %(of)s."),
    (False, False, True): gettext_noop("%(name)s is %(title)s in %(city)s, %(country)s."),
    (False, False, False): gettext_noop("%(name)s is %(title)s."),
}
# By whether an organisation, or else a city, is known.
_WITHOUT_TITLE = {
    (True, False): gettext_noop("%(name)s is from %(of)s."),
    (False, True): gettext_noop("%(name)s speaks for %(city)s, %(country)s."),
    (False, False): gettext_noop("%(name)s speaks; more is not on record."),
}


def _initiative_sentence(initiative: Initiative) -> Line:
    values: dict[str, Any] = {"title": short(initiative.title, TITLE_WORDS)}
    template = gettext_noop("On record: “%(title)s”.")
    if initiative.stage == "discontinued":
        template = gettext_noop("On record, and stopped: “%(title)s”.")
    elif initiative.start_year:
        template = gettext_noop("On record: “%(title)s”, begun in %(year)s.")
        values |= in_year(initiative.start_year)
    return Line(Message(template, values), (initiative, *sources(initiative)))


def _is_result(outcome: Outcome) -> bool:
    return not outcome.is_target and outcome.value is not None


def _result(outcome: Outcome) -> Message:
    values: dict[str, Any] = {
        "measure": short(outcome.measure, MEASURE_WORDS),
        "value": figure(outcome.value or 0),
        "unit": short(outcome.unit or "", 6),
        "year": str(outcome.year or ""),
    }
    qualified = f"{outcome.qualifier} " if outcome.qualifier else ""
    values["value"] = f"{qualified}{values['value']}"
    if outcome.unit and outcome.year:
        return Message(gettext_noop("Its result: %(measure)s, %(value)s %(unit)s (%(year)s)."), values)
    if outcome.unit:
        return Message(gettext_noop("Its result: %(measure)s, %(value)s %(unit)s."), values)
    if outcome.year:
        return Message(gettext_noop("Its result: %(measure)s, %(value)s (%(year)s)."), values)
    return Message(gettext_noop("Its result: %(measure)s, %(value)s."), values)
