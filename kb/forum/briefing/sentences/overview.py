"""The thematic overview: what the speakers' cities share and do not, what has evidence, what failed."""

from kb.catalogue.models import City, Initiative
from kb.core.i18n import Message, gettext_noop

from ..material import Material
from .lines import Line, as_label, listed, sources

SHOWN = 8
"""Lines of a kind at most, the strongest first."""


def whence(held: Material) -> list[Line]:
    """From which cities the speakers are, and whom the record does not know."""
    cities = list(held.cities.values())
    lines = []
    if cities:
        known = Message(gettext_noop("On record here: %(cities)s."), {"cities": listed(city.name for city in cities)})
        lines.append(Line(known, tuple(cities)))
    without = [one for one in held.speakers if held.city(one) is None]
    if without:
        names = listed(one.name for one in without)
        lines.append(Line(Message(gettext_noop("Without a city on record here: %(names)s."), {"names": names})))
    return lines


def shared_challenges(held: Material) -> list[Line]:
    """Challenges that several of the cities name, the most common first."""
    return [
        Line(
            Message(
                gettext_noop("%(challenge)s: named by %(cities)s."),
                {"challenge": as_label(label), "cities": listed(one.name for one in cities)},
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
            said = Message(
                gettext_noop("%(city)s alone names this: %(challenge)s."),
                {"city": held.cities[key].name, "challenge": as_label(label)},
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
            named = listed(city.name for city in cities)
            values: dict[str, str | int | float | Message] = {"number": goal.number, "cities": named}
            values["goal"] = as_label(goal.label)
            said = Message(gettext_noop("Goal %(number)s, %(goal)s: %(cities)s."), values)
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
    values = {"goals": listed(str(goal.number) for goal in missing)}
    return [
        Line(
            Message(gettext_noop("No initiative of theirs on record works for goals %(goals)s."), values),
            tuple(missing),
        )
    ]


def evidence(held: Material) -> list[Line]:
    """What has data or more to show for it, the strongest first."""
    proved = [one for one in _all(held) if (one.evidence_level or 0) >= 2]
    lines = []
    for one in sorted(proved, key=lambda one: (-(one.evidence_level or 0), one.title))[:SHOWN]:
        values: dict[str, str | int | float | Message] = {"title": one.title, "cities": _of(one)}
        values["level"] = one.evidence_level or 0
        said = Message(gettext_noop("“%(title)s”, %(cities)s: evidence %(level)s of 5."), values)
        lines.append(Line(said, (one,)))
    return lines


def stopped(held: Material) -> list[Line]:
    """What failed, with the lesson that is on record."""
    lines = []
    for one in _all(held):
        if one.stage != "discontinued":
            continue
        values = {"title": one.title, "cities": listed(city.name for city in one.cities)}
        if one.lessons:
            said = Message(
                gettext_noop("“%(title)s”, %(cities)s, was stopped. %(lessons)s"), values | {"lessons": one.lessons}
            )
        else:
            said = Message(gettext_noop("“%(title)s”, %(cities)s, was stopped; no lesson is on record."), values)
        lines.append(Line(said, (one, *sources(one))))
    return lines[:SHOWN]


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
    return listed(city.name for city in one.cities)
