"""Lines about a speaker's turn: the introduction, questions worth asking, the bridge to the next speaker."""

from collections.abc import Iterator
from typing import Any

from kb.catalogue.models import City, Initiative, Outcome
from kb.core.i18n import Label, Message, Value, gettext_noop

from ..models import Speaker
from .lines import MEASURE_WORDS, TITLE_WORDS, Line, figure, in_year, short, sources
from .material import Material

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
    yield Line(_who(speaker), tuple(entry for entry in (speaker.leader, city) if entry is not None))
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
                gettext_noop("Its strategy is “%(title)s”, with the target year %(year)s."),
                values | in_year(vision.horizon_year),
            )
        elif vision.adopted_year:
            message = Message(
                gettext_noop("Its strategy is “%(title)s”, from %(year)s."), values | in_year(vision.adopted_year)
            )
        else:
            message = Message(gettext_noop("Its strategy is “%(title)s”."), values)
        yield Line(message, (vision, *vision.sources[:1]))
    for initiative in material.presented(speaker)[:1]:
        yield _initiative_sentence(initiative)
        for outcome in [outcome for outcome in initiative.outcomes if _is_result(outcome)][:1]:
            yield Line(_result(outcome), (initiative, *sources(initiative)))


def _who(speaker: Speaker) -> Message:
    """One sentence with all that is known of the office on that day."""
    values: dict[str, Value] = {
        "name": short(speaker.name),
        "title": short(speaker.title or ""),
        "of": short(speaker.organisation or ""),
        "city": short(speaker.city.name if speaker.city else speaker.city_name or ""),
        "country": Label(speaker.country.name) if speaker.country else "",
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
    (False, False): gettext_noop("%(name)s is a speaker."),
}


def _initiative_sentence(initiative: Initiative) -> Line:
    values: dict[str, Any] = {"title": short(initiative.title, TITLE_WORDS)}
    template = gettext_noop("One initiative: “%(title)s”.")
    if initiative.stage == "discontinued":
        template = gettext_noop("One initiative, now stopped: “%(title)s”.")
    elif initiative.start_year:
        template = gettext_noop("One initiative: “%(title)s”, started in %(year)s.")
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


def bridge(material: Material, speaker: Speaker, other: Speaker) -> list[Line]:
    """What the cities of two speakers have in common; or that the record does not say."""
    mine, theirs = material.city(speaker), material.city(other)
    if mine is None or theirs is None:
        missing = speaker if mine is None else other
        message = Message(
            gettext_noop("The city of %(name)s has no page here, so there is nothing to compare."),
            {"name": missing.name},
        )
        return [Line(message)]
    both = {"one": mine.name, "other": theirs.name}
    lines = [
        Line(Message(gettext_noop("%(one)s and %(other)s: %(reason)s."), {**both, "reason": reason}), (mine, theirs))
        for reason in material.alike.get((mine.id, theirs.id), ())[:3]
    ]
    lines += [
        Line(
            Message(
                gettext_noop("%(one)s and %(other)s both name this challenge: %(challenge)s."),
                {**both, "challenge": name},
            ),
            (mine, theirs),
        )
        for name in _shared(mine, theirs)[:3]
    ]
    if not lines:
        message = Message(gettext_noop("The data here show nothing that %(one)s and %(other)s have in common."), both)
        lines.append(Line(message, (mine, theirs)))
    return lines


def questions(material: Material, speaker: Speaker, following: Speaker | None) -> list[Line]:
    """Questions worth asking a speaker: where the record has a lesson, a gap, a promise, or a shared challenge."""
    lines: list[Line] = []
    initiatives = material.presented(speaker)
    others = [
        initiative for initiative in material.initiatives.get(speaker.city_id or 0, ()) if initiative not in initiatives
    ]
    ended = [initiative for initiative in (*initiatives, *others) if initiative.stage == "discontinued"]
    repeat = gettext_noop("“%(title)s” was stopped: what should others not repeat?")
    lines += [Line(_about(initiative, repeat), (initiative,)) for initiative in ended]
    for initiative in initiatives[:2]:
        promised = [outcome for outcome in initiative.outcomes if outcome.is_target and outcome.value is not None]
        if promised:
            message = Message(
                gettext_noop(
                    "“%(title)s” has this target: %(measure)s, %(value)s %(unit)s. How much has been reached?"
                ),
                {
                    "title": initiative.title,
                    "measure": short(promised[0].measure, MEASURE_WORDS),
                    "value": figure(promised[0].value or 0),
                    "unit": promised[0].unit or "",
                },
            )
            lines.append(Line(message, (initiative,)))
        if initiative.cost_amount is None:
            lines.append(
                Line(
                    _about(initiative, gettext_noop("What did “%(title)s” cost, and who paid? This is not published.")),
                    (initiative,),
                )
            )
        if (initiative.evidence_level or 0) < 2:
            lines.append(
                Line(_about(initiative, gettext_noop("How do you know that “%(title)s” works?")), (initiative,))
            )
    mine, theirs = material.city(speaker), material.city(following) if following else None
    if mine is not None and theirs is not None and mine is not theirs:
        what = gettext_noop("%(one)s and %(other)s both face this: %(challenge)s. What can they learn from each other?")
        both = {"one": mine.name, "other": theirs.name}
        shared = _shared(mine, theirs)[:1]
        lines += [Line(Message(what, {**both, "challenge": name}), (mine, theirs)) for name in shared]
    return lines[:5]


def _about(initiative: Initiative, template: str) -> Message:
    return Message(template, {"title": initiative.title})


def _shared(mine: City, theirs: City) -> list[Label]:
    codes = {named.challenge_code for named in theirs.challenges}
    return [Label(named.challenge.label) for named in mine.challenges if named.challenge_code in codes]
