"""Lines of the thematic overview: what the speakers' cities share and do not, what has evidence, what failed."""

from kb.catalogue.models import City, Initiative
from kb.core.i18n import Label, Message, Value, gettext_noop
from kb.core.text import sort_key

from .lines import Line, listed, sources
from .material import Material

SHOWN = 8
"""Lines of a kind at most, the strongest first."""


def cities_represented(material: Material) -> list[Line]:
    """From which cities the speakers are, and whom the record does not know."""
    cities = list(material.cities.values())
    lines = []
    if cities:
        known = Message(
            gettext_noop("Cities with a page here: %(cities)s."), {"cities": listed(city.name for city in cities)}
        )
        lines.append(Line(known, tuple(cities)))
    without = [speaker for speaker in material.speakers if material.city(speaker) is None]
    if without:
        names = listed(speaker.name for speaker in without)
        lines.append(Line(Message(gettext_noop("Speakers without a city here: %(names)s."), {"names": names})))
    return lines


def shared_challenges(material: Material) -> list[Line]:
    """Challenges that several of the cities name, the most common first."""
    return [
        Line(
            Message(
                gettext_noop("%(challenge)s: named by %(cities)s."),
                {"challenge": Label(label), "cities": listed(city.name for city in cities)},
            ),
            tuple(cities),
        )
        for label, cities in _challenges(material)
        if len(cities) > 1
    ][:SHOWN]


def challenges_not_shared(material: Material) -> list[Line]:
    """For each city, in one line, up to three challenges that none of the others names."""
    alone: dict[int, list[str]] = {}
    for label, cities in _challenges(material):
        if len(cities) == 1:
            alone.setdefault(cities[0].id, []).append(label)
    lines = []
    for key, labels in alone.items():
        city = material.cities[key]
        challenges = tuple(Label(label) for label in labels[:3])
        message = Message(
            gettext_noop("Only %(city)s names: %(challenges)s."), {"city": city.name, "challenges": challenges}
        )
        lines.append(Line(message, (city,)))
    return lines


def goals_covered(material: Material) -> list[Line]:
    """The goals that initiatives of the cities work for, those of most cities first."""
    counted_lines = []
    for goal in material.goals:
        cities = [
            city
            for key, city in material.cities.items()
            if any(
                link.goal_number == goal.number for initiative in material.initiatives[key] for link in initiative.goals
            )
        ]
        if cities:
            named = listed(city.name for city in cities)
            values: dict[str, Value] = {"number": goal.number, "cities": named}
            values["goal"] = Label(goal.label)
            message = Message(gettext_noop("Goal %(number)s, %(goal)s: %(cities)s."), values)
            counted_lines.append((len(cities), Line(message, (goal, *cities))))
    return [line for _, line in sorted(counted_lines, key=lambda pair: -pair[0])][:SHOWN]


def goals_not_covered(material: Material) -> list[Line]:
    """The goals that no initiative of the cities works for, as far as the record knows."""
    if not material.cities:
        return []
    worked_for = {
        link.goal_number for rows in material.initiatives.values() for initiative in rows for link in initiative.goals
    }
    missing = [goal for goal in material.goals if goal.number not in worked_for]
    if not missing:
        return []
    values = {"goals": listed(str(goal.number) for goal in missing)}
    return [
        Line(
            Message(gettext_noop("No initiative of these cities works for goals %(goals)s."), values),
            tuple(missing),
        )
    ]


def evidence(material: Material) -> list[Line]:
    """What has data or more to show for it, the strongest first."""
    proved = [initiative for initiative in _all(material) if (initiative.evidence_level or 0) >= 2]
    proved.sort(key=lambda initiative: (-(initiative.evidence_level or 0), initiative.sort_key))
    lines = []
    for initiative in proved[:SHOWN]:
        values: dict[str, Value] = {"title": initiative.title, "cities": _of(initiative)}
        values["level"] = initiative.evidence_level or 0
        message = Message(gettext_noop("“%(title)s”, %(cities)s: evidence %(level)s of 5."), values)
        lines.append(Line(message, (initiative,)))
    return lines


def stopped(material: Material) -> list[Line]:
    """What failed, with the lesson that is on record."""
    lines = []
    for initiative in _all(material):
        if initiative.stage != "discontinued":
            continue
        values = {"title": initiative.title, "cities": listed(city.name for city in initiative.cities)}
        if initiative.lessons:
            message = Message(
                gettext_noop("“%(title)s”, %(cities)s, was stopped. %(lessons)s"),
                values | {"lessons": initiative.lessons},
            )
        else:
            message = Message(gettext_noop("“%(title)s”, %(cities)s, was stopped. No lesson was published."), values)
        lines.append(Line(message, (initiative, *sources(initiative))))
    return lines[:SHOWN]


def _challenges(material: Material) -> list[tuple[str, list[City]]]:
    """Each challenge by its label with the cities that name it, the most common first."""
    cities_by_label: dict[str, list[City]] = {}
    for city in material.cities.values():
        for named in city.challenges:
            cities_by_label.setdefault(named.challenge.label, []).append(city)
    return sorted(cities_by_label.items(), key=lambda pair: (-len(pair[1]), sort_key(pair[0])))


def _all(material: Material) -> list[Initiative]:
    return list({initiative.id: initiative for rows in material.initiatives.values() for initiative in rows}.values())


def _of(initiative: Initiative) -> str:
    return listed(city.name for city in initiative.cities)
