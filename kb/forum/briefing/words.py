"""What the brief says, as sentences with the entries they rest on: marked for translation, and never invented."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kb.catalogue.models import City, Initiative, Outcome
from kb.peers.phrases import Phrase
from kb.words import marked

from ..models import Speaker
from .material import Material

LONGEST = 90
"""Words that an introduction has at most."""

_NAME_WORDS, _TITLE_WORDS, _MEASURE_WORDS = 12, 20, 24
SHOWN = 8
"""Lines of a kind at most, the strongest first."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence, and the entries of the record (or sources) that say so."""

    phrase: Phrase
    cites: tuple[Any, ...] = ()


def introduction(held: Material, speaker: Speaker) -> list[Line]:
    """Who the speaker is, the city, where it wants to go, what it did and what came of it: LONGEST words at most.

    What does not fit is left out from the end, whole sentences at a time; counted in English.
    """
    kept: list[Line] = []
    words = 0
    for line in _introducing(held, speaker):
        length = len(str(line.phrase).split())
        if words + length > LONGEST:
            break
        kept.append(line)
        words += length
    return kept


def _introducing(held: Material, speaker: Speaker) -> Iterator[Line]:
    city = held.city(speaker)
    yield Line(_who(speaker), tuple(one for one in (speaker.leader, city) if one is not None))
    if city is None:
        return
    if city.place.population is not None:
        said = Phrase(
            marked("%(city)s has %(people)s people."), {"city": _short(city.name), "people": city.place.population}
        )
        yield Line(said, (city,))
    vision = held.vision(speaker)
    if vision is not None:
        values: dict[str, Any] = {"title": _short(vision.title, _TITLE_WORDS)}
        if vision.horizon_year:
            said = Phrase(marked("Its vision, “%(title)s”, looks to %(year)s."), values | _year(vision.horizon_year))
        elif vision.adopted_year:
            said = Phrase(marked("Its vision, “%(title)s”, dates from %(year)s."), values | _year(vision.adopted_year))
        else:
            said = Phrase(marked("Its vision is “%(title)s”."), values)
        yield Line(said, (vision, *vision.sources[:1]))
    for initiative in held.presented(speaker)[:1]:
        yield _deed(initiative)
        for outcome in [one for one in initiative.outcomes if _is_result(one)][:1]:
            yield Line(_result(outcome), (initiative, *_sources(initiative)))


def _who(speaker: Speaker) -> Phrase:
    """One sentence with all that is known of the office on that day."""
    values = {
        "name": _short(speaker.name),
        "title": _short(speaker.title or ""),
        "of": _short(speaker.organisation or ""),
        "city": _short(speaker.city.name if speaker.city else speaker.city_name or ""),
        "country": Phrase(speaker.country.name.replace("%", "%%")) if speaker.country else "",
    }
    has_city = bool(values["city"] and values["country"])
    has_organisation = bool(speaker.organisation) and not speaker.is_former
    if speaker.title:
        return Phrase(_WITH_TITLE[speaker.is_former, has_organisation, has_city], values)
    return Phrase(_WITHOUT_TITLE[has_organisation, has_city and not has_organisation], values)


# By whether the office had ended, and whether an organisation and a city are known.
_WITH_TITLE = {
    (True, False, True): marked("%(name)s was %(title)s in %(city)s, %(country)s."),
    (True, False, False): marked("%(name)s was %(title)s."),
    (False, True, True): marked("%(name)s is %(title)s at %(of)s, in %(city)s, %(country)s."),
    (False, True, False): marked("%(name)s is %(title)s at %(of)s."),
    (False, False, True): marked("%(name)s is %(title)s in %(city)s, %(country)s."),
    (False, False, False): marked("%(name)s is %(title)s."),
}
# By whether an organisation, or else a city, is known.
_WITHOUT_TITLE = {
    (True, False): marked("%(name)s is from %(of)s."),
    (False, True): marked("%(name)s speaks for %(city)s, %(country)s."),
    (False, False): marked("%(name)s speaks; more is not on record."),
}


def _deed(initiative: Initiative) -> Line:
    values: dict[str, Any] = {"title": _short(initiative.title, _TITLE_WORDS)}
    template = marked("On record: “%(title)s”.")
    if initiative.stage == "discontinued":
        template = marked("On record, and stopped: “%(title)s”.")
    elif initiative.start_year:
        template = marked("On record: “%(title)s”, begun in %(year)s.")
        values |= _year(initiative.start_year)
    return Line(Phrase(template, values), (initiative, *_sources(initiative)))


def _is_result(outcome: Outcome) -> bool:
    return not outcome.is_target and outcome.value is not None


def _result(outcome: Outcome) -> Phrase:
    values: dict[str, Any] = {
        "measure": _short(outcome.measure, _MEASURE_WORDS),
        "value": _figure(outcome.value or 0),
        "unit": _short(outcome.unit or "", 6),
        "year": str(outcome.year or ""),
    }
    qualified = f"{outcome.qualifier} " if outcome.qualifier else ""
    values["value"] = f"{qualified}{values['value']}"
    if outcome.unit and outcome.year:
        return Phrase(marked("Its result: %(measure)s, %(value)s %(unit)s (%(year)s)."), values)
    if outcome.unit:
        return Phrase(marked("Its result: %(measure)s, %(value)s %(unit)s."), values)
    if outcome.year:
        return Phrase(marked("Its result: %(measure)s, %(value)s (%(year)s)."), values)
    return Phrase(marked("Its result: %(measure)s, %(value)s."), values)


def whence(held: Material) -> list[Line]:
    """From which cities the speakers are, and whom the record does not know."""
    cities = list(held.cities.values())
    lines = []
    if cities:
        known = Phrase(marked("On record here: %(cities)s."), {"cities": _listed(city.name for city in cities)})
        lines.append(Line(known, tuple(cities)))
    without = [one for one in held.speakers if held.city(one) is None]
    if without:
        names = _listed(one.name for one in without)
        lines.append(Line(Phrase(marked("Without a city on record here: %(names)s."), {"names": names})))
    return lines


def shared_challenges(held: Material) -> list[Line]:
    """Challenges that several of the cities name, the most common first."""
    return [
        Line(
            Phrase(
                marked("%(challenge)s: named by %(cities)s."),
                {"challenge": _label(label), "cities": _listed(one.name for one in cities)},
            ),
            tuple(cities),
        )
        for label, cities in _challenges(held)
        if len(cities) > 1
    ][:SHOWN]


def lone_challenges(held: Material) -> list[Line]:
    """For each city the challenges that none of the others names."""
    alone: dict[int, list[str]] = {}
    for label, cities in _challenges(held):
        if len(cities) == 1:
            alone.setdefault(cities[0].id, []).append(label)
    lines = []
    for key, labels in alone.items():
        for label in labels[:3]:
            said = Phrase(
                marked("%(city)s alone names this: %(challenge)s."),
                {"city": held.cities[key].name, "challenge": _label(label)},
            )
            lines.append(Line(said, (held.cities[key],)))
    return lines


def goals_covered(held: Material) -> list[Line]:
    """The goals that initiatives of the cities work for, those of most cities first."""
    found = []
    for goal in held.goals:
        cities = [
            city
            for key, city in held.cities.items()
            if any(link.goal_number == goal.number for one in held.initiatives[key] for link in one.goals)
        ]
        if cities:
            named = _listed(city.name for city in cities)
            values: dict[str, str | int | float | Phrase] = {"number": goal.number, "cities": named}
            values["goal"] = _label(goal.label)
            said = Phrase(marked("Goal %(number)s, %(goal)s: %(cities)s."), values)
            found.append((len(cities), Line(said, (goal, *cities))))
    return [line for _, line in sorted(found, key=lambda pair: -pair[0])][:SHOWN]


def goals_missing(held: Material) -> list[Line]:
    """The goals that no initiative of the cities works for, as far as the record knows."""
    if not held.cities:
        return []
    worked_for = {link.goal_number for rows in held.initiatives.values() for one in rows for link in one.goals}
    missing = [goal for goal in held.goals if goal.number not in worked_for]
    if not missing:
        return []
    values = {"goals": _listed(str(goal.number) for goal in missing)}
    return [
        Line(Phrase(marked("No initiative of theirs on record works for goals %(goals)s."), values), tuple(missing))
    ]


def evidence(held: Material) -> list[Line]:
    """What has data or more to show for it, the strongest first."""
    proved = [one for one in _all(held) if (one.evidence_level or 0) >= 2]
    lines = []
    for one in sorted(proved, key=lambda one: (-(one.evidence_level or 0), one.title))[:SHOWN]:
        values: dict[str, str | int | float | Phrase] = {"title": one.title, "cities": _of(one)}
        values["level"] = one.evidence_level or 0
        said = Phrase(marked("“%(title)s”, %(cities)s: evidence %(level)s of 5."), values)
        lines.append(Line(said, (one,)))
    return lines


def stopped(held: Material) -> list[Line]:
    """What failed, with the lesson that is on record."""
    lines = []
    for one in _all(held):
        if one.stage != "discontinued":
            continue
        values = {"title": one.title, "cities": _listed(city.name for city in one.cities)}
        if one.lessons:
            said = Phrase(
                marked("“%(title)s”, %(cities)s, was stopped. %(lessons)s"), values | {"lessons": one.lessons}
            )
        else:
            said = Phrase(marked("“%(title)s”, %(cities)s, was stopped; no lesson is on record."), values)
        lines.append(Line(said, (one, *_sources(one))))
    return lines[:SHOWN]


def bridge(held: Material, one: Speaker, other: Speaker) -> list[Line]:
    """What the cities of two speakers have in common; or that the record does not say."""
    mine, theirs = held.city(one), held.city(other)
    if mine is None or theirs is None:
        missing = one if mine is None else other
        said = Phrase(
            marked("Whom %(name)s speaks for has no page here, so the record names nothing in common."),
            {"name": missing.name},
        )
        return [Line(said)]
    both = {"one": mine.name, "other": theirs.name}
    lines = [
        Line(Phrase(marked("%(one)s and %(other)s: %(reason)s."), {**both, "reason": reason}), (mine, theirs))
        for reason in held.alike.get((mine.id, theirs.id), ())[:3]
    ]
    lines += [
        Line(
            Phrase(
                marked("%(one)s and %(other)s both name this challenge: %(challenge)s."), {**both, "challenge": name}
            ),
            (mine, theirs),
        )
        for name in _shared(mine, theirs)[:3]
    ]
    if not lines:
        said = Phrase(marked("The record names nothing that %(one)s and %(other)s have in common."), both)
        lines.append(Line(said, (mine, theirs)))
    return lines


def questions(held: Material, speaker: Speaker, following: Speaker | None) -> list[Line]:
    """Questions worth asking a speaker: where the record has a lesson, a gap, a promise, or a shared challenge."""
    found: list[Line] = []
    initiatives = held.presented(speaker)
    others = [one for one in held.initiatives.get(speaker.city_id or 0, ()) if one not in initiatives]
    ended = [one for one in (*initiatives, *others) if one.stage == "discontinued"]
    repeat = marked("“%(title)s” was stopped: what should others not repeat?")
    found += [Line(_about(one, repeat), (one,)) for one in ended]
    for one in initiatives[:2]:
        promised = [outcome for outcome in one.outcomes if outcome.is_target and outcome.value is not None]
        if promised:
            said = Phrase(
                marked("“%(title)s” promised this: %(measure)s, %(value)s %(unit)s. How far has it come?"),
                {
                    "title": one.title,
                    "measure": _short(promised[0].measure, _MEASURE_WORDS),
                    "value": _figure(promised[0].value or 0),
                    "unit": promised[0].unit or "",
                },
            )
            found.append(Line(said, (one,)))
        if one.cost_amount is None:
            found.append(
                Line(_about(one, marked("What did “%(title)s” cost, and who paid? The record does not say.")), (one,))
            )
        if (one.evidence_level or 0) < 2:
            found.append(Line(_about(one, marked("How would one know that “%(title)s” works?")), (one,)))
    mine, theirs = held.city(speaker), held.city(following) if following else None
    if mine is not None and theirs is not None and mine is not theirs:
        what = marked("%(one)s and %(other)s both face this: %(challenge)s. What can one take from the other?")
        both = {"one": mine.name, "other": theirs.name}
        shared = _shared(mine, theirs)[:1]
        found += [Line(Phrase(what, {**both, "challenge": name}), (mine, theirs)) for name in shared]
    return found[:5]


def _about(one: Initiative, template: str) -> Phrase:
    return Phrase(template, {"title": one.title})


def _shared(mine: City, theirs: City) -> list[Phrase]:
    codes = {named.challenge_code for named in theirs.challenges}
    return [_label(named.challenge.label) for named in mine.challenges if named.challenge_code in codes]


def _challenges(held: Material) -> list[tuple[str, list[City]]]:
    """Each challenge by its label with the cities that name it, the most common first."""
    found: dict[str, list[City]] = {}
    for city in held.cities.values():
        for named in city.challenges:
            found.setdefault(named.challenge.label, []).append(city)
    return sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))


def _all(held: Material) -> list[Initiative]:
    return list({one.id: one for rows in held.initiatives.values() for one in rows}.values())


def _of(one: Initiative) -> str:
    return _listed(city.name for city in one.cities)


def _sources(one: Initiative) -> Sequence[Any]:
    return [citation.source for citation in one.citations[:1]]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _label(label: str) -> Phrase:
    """A label of the catalogue, translated where it is shown."""
    return Phrase(label.replace("%", "%%"))


def _year(year: int) -> dict[str, str]:
    """A year has no separators."""
    return {"year": str(year)}


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:,}"


def _short(text: str, words: int = _NAME_WORDS) -> str:
    """The text, cut after so many words."""
    pieces = text.split()
    return text if len(pieces) <= words else " ".join(pieces[:words]) + "…"
