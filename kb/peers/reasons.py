"""Reasons why two places are alike, and where they differ, in messages that the interface translates."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from kb.catalogue.choices import CLIMATE_ZONES, INCOME_GROUPS
from kb.core.i18n import Label, Message, Value, gettext_noop
from kb.core.languages import language_name

from .answers import LabelNames
from .context import Part
from .feature_matrix import CAPITAL, LEADING, ORDINARY, FeatureMatrix
from .geodesy import kilometres
from .variables import FAR_INLAND_KM, VARIABLES

ALIKE = 0.4
"""Steps up to which a variable is a reason; two places picked at random differ by about 1."""

APART = 1.0
"""Steps from which a variable is named as a difference."""

BY_THE_SEA_KM = 15.0
"""Up to here a place is called by the sea; the shore is known to 15 km (`feature_matrix.shore`), so no less is told."""

NEAR_THE_SEA_KM = 50.0
INLAND_KM = 200.0
LOW_M = 20.0
"""Metres above the sea up to which a place is called low-lying."""

HIGH_M = 1_000.0
"""Metres above the sea from which a place is called high."""

FLAT_M = 100.0
"""Metres between the highest and the lowest place nearby up to which the land is called flat."""

MOUNTAINS_M = 1_000.0
"""Metres between the highest and the lowest place nearby from which a place is called in the mountains."""

LANGUAGES_SHOWN = 2

CROWDED = 5_000_000.0
"""People within 100 km from which the surroundings are called crowded."""

_VARIABLES = {variable.code: variable.label for variable in VARIABLES}


@dataclass(frozen=True, slots=True)
class _Pair:
    matrix: FeatureMatrix
    row: int
    other: int
    names: LabelNames

    def of(self, column: str) -> tuple[float, float]:
        values = getattr(self.matrix, column)
        return float(values[self.row]), float(values[self.other])

    @property
    def start(self) -> str:
        """The name of the place that the other is compared with."""
        return self.names.places[int(self.matrix.ids[self.row])]

    @property
    def same_country(self) -> bool:
        return bool(self.matrix.country[self.row] == self.matrix.country[self.other])

    @property
    def kilometres(self) -> float:
        return float(kilometres(self.matrix.vectors[self.row], self.matrix.vectors[self.other]))


def reasons(
    matrix: FeatureMatrix, row: int, other: int, its_parts: tuple[Part, ...], names: LabelNames
) -> tuple[Message, ...]:
    """What two places have in common, the weightiest variable first; variables of weight 0 say nothing."""
    pair = _Pair(matrix, row, other, names)
    near = [part for part in its_parts if part.steps is not None and part.steps <= ALIKE and part.weight > 0]
    # A shared country is half a step from a shared region, and both are worth saying.
    near += [part for part in its_parts if part.code == "region" and part.steps == 0.5 and part.weight > 0]
    messages = [_REASONS[part.code](pair) for part in sorted(near, key=lambda part: -part.weight)]
    said = tuple(message for message in messages if message is not None)
    known = [part for part in its_parts if part.steps is not None and part.weight > 0]
    if said or not known:
        return said
    # Nothing is alike enough to be a reason, and still something brought them together.
    closest = min(known, key=lambda part: part.steps or 0.0)
    return (Message(gettext_noop("most alike in: %(variable)s"), {"variable": Message(_VARIABLES[closest.code])}),)


def differences(
    matrix: FeatureMatrix, row: int, other: int, its_parts: tuple[Part, ...], names: LabelNames
) -> tuple[Message, ...]:
    """Where two places differ, what took most from the score first."""
    pair = _Pair(matrix, row, other, names)
    far = [part for part in its_parts if part.steps is not None and part.steps >= APART and part.weight > 0]
    messages = [_DIFFERENCES[part.code](pair) for part in sorted(far, key=lambda part: -part.took)]
    return tuple(message for message in messages if message is not None)


def people(low: float, high: float) -> Message:
    """A range of people in round numbers that holds both, such as 3 to 4 million."""
    unit, millions = (1e6, True) if high >= 1e6 else (1, False)
    first, last = _rounded(low, math.floor) / unit, _rounded(high, math.ceil) / unit
    if first == last:
        template = gettext_noop("%(low)s million people") if millions else gettext_noop("%(low)s people")
        return Message(template, {"low": first})
    template = (
        gettext_noop("%(low)s to %(high)s million people") if millions else gettext_noop("%(low)s to %(high)s people")
    )
    return Message(template, {"low": first, "high": last})


def _rounded(value: float, towards: Callable[[float], int]) -> float:
    """A number at a round step: of one digit, or of a fifth of it where the digit is 1 or 2."""
    magnitude = 10.0 ** math.floor(math.log10(max(value, 1.0)))
    step = magnitude if value / magnitude >= 3 else magnitude / 5
    # The quotient is rounded first, so that 400,000 / 100,000 does not become 4.0000001.
    return towards(round(value / step, 6)) * step


def _both_people(pair: _Pair) -> Message:
    mine, theirs = pair.of("population")
    return Message(gettext_noop("both have %(people)s"), {"people": people(min(mine, theirs), max(mine, theirs))})


_SAME_INCOME = (
    gettext_noop("both in low-income countries"),
    gettext_noop("both in lower-middle-income countries"),
    gettext_noop("both in upper-middle-income countries"),
    gettext_noop("both in high-income countries"),
)
"""By level of income, in the order of INCOME_GROUPS."""


def _income(level: float) -> Message:
    return Message(list(INCOME_GROUPS.values())[int(level)])


def _both_income(pair: _Pair) -> Message | None:
    # Of two places in one country it goes without saying.
    if pair.same_country:
        return None
    return Message(_SAME_INCOME[int(pair.of("income")[0])])


def _both_region(pair: _Pair) -> Message | None:
    matrix = pair.matrix
    if pair.same_country:
        code = matrix.names[matrix.country[pair.row]]
        return Message(gettext_noop("both in %(country)s"), {"country": Label(pair.names.countries.get(code, code))})
    code = matrix.names[matrix.region[pair.row]]
    return Message(gettext_noop("both in %(region)s"), {"region": Label(pair.names.regions.get(code, code))})


def _close(pair: _Pair) -> Message:
    return Message(gettext_noop("only %(km)s km apart"), {"km": round(pair.kilometres)})


def _both_latitude(pair: _Pair) -> Message:
    mine, theirs = (abs(value) for value in pair.of("latitude"))
    if round(mine) == round(theirs):
        return Message(gettext_noop("both %(degrees)s degrees from the equator"), {"degrees": round(mine)})
    values: dict[str, Value] = {"low": round(min(mine, theirs)), "high": round(max(mine, theirs))}
    return Message(gettext_noop("both %(low)s to %(high)s degrees from the equator"), values)


def _both_coast(pair: _Pair) -> Message | None:
    mine, theirs = pair.of("km_from_sea")
    if max(mine, theirs) <= BY_THE_SEA_KM:
        return Message(gettext_noop("both by the sea"))
    if max(mine, theirs) <= NEAR_THE_SEA_KM:
        return Message(
            gettext_noop("both within about %(km)s km of the sea"), {"km": math.ceil(max(mine, theirs) / 10) * 10}
        )
    if min(mine, theirs) >= INLAND_KM:
        return Message(gettext_noop("both more than %(km)s km from the sea"), {"km": round(INLAND_KM)})
    return None


def _both_elevation(pair: _Pair) -> Message | None:
    mine, theirs = pair.of("elevation")
    if max(mine, theirs) <= LOW_M:
        return Message(gettext_noop("both less than %(metres)s m above the sea"), {"metres": round(LOW_M)})
    if min(mine, theirs) >= HIGH_M:
        low = 500 * math.floor(min(mine, theirs) / 500)
        return Message(gettext_noop("both more than %(metres)s m above the sea"), {"metres": low})
    return None


def _both_relief(pair: _Pair) -> Message | None:
    mine, theirs = pair.of("relief")
    if max(mine, theirs) <= FLAT_M:
        return Message(gettext_noop("both in flat land"))
    return Message(gettext_noop("both in mountains")) if min(mine, theirs) >= MOUNTAINS_M else None


def _climate(zone: float) -> Message:
    return Message(list(CLIMATE_ZONES.values())[int(zone)])


def _same_climate(pair: _Pair) -> Message:
    return Message(gettext_noop("same climate: %(climate)s"), {"climate": _climate(pair.of("climate")[0])})


def _same_language(pair: _Pair) -> Message | None:
    # Of two places in one country it goes without saying.
    if pair.same_country:
        return None
    codes = pair.matrix.common_languages(pair.row, pair.other)
    names = tuple(Label(language_name(code) or code) for code in codes[:LANGUAGES_SHOWN])
    single = gettext_noop("common language: %(languages)s")
    return Message(single if len(names) == 1 else gettext_noop("common languages: %(languages)s"), {"languages": names})


def _both_surroundings(pair: _Pair) -> Message | None:
    low = min(pair.of("around"))
    if low >= CROWDED:
        return Message(
            gettext_noop("both have more than %(people)s within 100 km"), {"people": people(CROWDED, CROWDED)}
        )
    return None


def _both_standing(pair: _Pair) -> Message | None:
    level = pair.of("standing")[0]
    if level == CAPITAL:
        return Message(gettext_noop("both are national capitals"))
    if level == LEADING:
        return Message(gettext_noop("each is the largest city in its province or state"))
    return None


def _times_people(pair: _Pair) -> Message:
    mine, theirs = pair.of("population")
    times = max(mine, theirs) / min(mine, theirs)
    values: dict[str, Value] = {"times": round(times, 1) if times < 10 else round(times), "city": pair.start}
    if theirs > mine:
        return Message(gettext_noop("%(times)s times as many people as %(city)s"), values)
    return Message(gettext_noop("%(city)s has %(times)s times as many people"), values)


def _other_income(pair: _Pair) -> Message:
    return Message(
        gettext_noop("income of its country: %(theirs)s (%(city)s: %(mine)s)"),
        {"mine": _income(pair.of("income")[0]), "theirs": _income(pair.of("income")[1]), "city": pair.start},
    )


def _other_region(pair: _Pair) -> Message:
    if pair.matrix.continent[pair.row] == pair.matrix.continent[pair.other]:
        return Message(gettext_noop("in another part of the continent"))
    return Message(gettext_noop("on another continent"))


def _far(pair: _Pair) -> Message:
    km = pair.kilometres
    return Message(gettext_noop("%(km)s km apart"), {"km": round(km, -2) if km >= 1000 else round(km)})


def _other_latitude(pair: _Pair) -> Message:
    mine, theirs = (round(abs(value)) for value in pair.of("latitude"))
    return Message(
        gettext_noop("%(theirs)s degrees from the equator (%(city)s: %(mine)s)"),
        {"mine": mine, "theirs": theirs, "city": pair.start},
    )


def _other_coast(pair: _Pair) -> Message:
    mine, theirs = pair.of("km_from_sea")
    return Message(
        gettext_noop("%(theirs)s from the sea (%(city)s: %(mine)s)"),
        {"mine": from_the_sea(mine), "theirs": from_the_sea(theirs), "city": pair.start},
    )


def from_the_sea(km: float) -> Message:
    """A distance from the sea, told as closely as the shore is known."""
    if km >= FAR_INLAND_KM:
        return Message(gettext_noop("over 1,000 km"))
    if km <= BY_THE_SEA_KM:
        return Message(gettext_noop("less than %(km)s km"), {"km": round(BY_THE_SEA_KM)})
    return Message(gettext_noop("about %(km)s km"), {"km": 10 * round(km / 10)})


def _other_elevation(pair: _Pair) -> Message:
    mine, theirs = (round(value) for value in pair.of("elevation"))
    return Message(
        gettext_noop("%(theirs)s m above the sea (%(city)s: %(mine)s m)"),
        {"mine": mine, "theirs": theirs, "city": pair.start},
    )


def _other_relief(pair: _Pair) -> Message:
    mine, theirs = pair.of("relief")
    if theirs > mine:
        return Message(gettext_noop("more hills and mountains nearby"))
    return Message(gettext_noop("flatter land nearby"))


def _other_climate(pair: _Pair) -> Message:
    mine, theirs = (_climate(zone) for zone in pair.of("climate"))
    return Message(
        gettext_noop("climate: %(theirs)s (%(city)s: %(mine)s)"), {"mine": mine, "theirs": theirs, "city": pair.start}
    )


def _other_language(_pair: _Pair) -> Message:
    return Message(gettext_noop("no common language"))


def _other_surroundings(pair: _Pair) -> Message:
    mine, theirs = pair.of("around")
    if theirs > mine:
        return Message(gettext_noop("many more people within 100 km"))
    return Message(gettext_noop("far fewer people within 100 km"))


def _other_standing(pair: _Pair) -> Message:
    mine, theirs = pair.of("standing")
    return Message(_STANDING[int(theirs), int(mine)], {"city": pair.start})


_STANDING = {
    (CAPITAL, LEADING): gettext_noop(
        "it is a national capital, and %(city)s is the largest city in its province or state"
    ),
    (LEADING, CAPITAL): gettext_noop(
        "it is the largest city in its province or state, and %(city)s is a national capital"
    ),
    (CAPITAL, ORDINARY): gettext_noop("it is a national capital, and %(city)s is not"),
    (ORDINARY, CAPITAL): gettext_noop("%(city)s is a national capital, and it is not"),
    (LEADING, ORDINARY): gettext_noop("it is the largest city in its province or state, and %(city)s is not"),
    (ORDINARY, LEADING): gettext_noop("%(city)s is the largest city in its province or state, and it is not"),
}
"""By the standing of the other place and of the start."""

_REASONS: dict[str, Callable[[_Pair], Message | None]] = {
    "population": _both_people,
    "income": _both_income,
    "region": _both_region,
    "distance": _close,
    "language": _same_language,
    "climate": _same_climate,
    "latitude": _both_latitude,
    "coast": _both_coast,
    "elevation": _both_elevation,
    "relief": _both_relief,
    "surroundings": _both_surroundings,
    "standing": _both_standing,
}
_DIFFERENCES: dict[str, Callable[[_Pair], Message | None]] = {
    "population": _times_people,
    "income": _other_income,
    "region": _other_region,
    "distance": _far,
    "language": _other_language,
    "climate": _other_climate,
    "latitude": _other_latitude,
    "coast": _other_coast,
    "elevation": _other_elevation,
    "relief": _other_relief,
    "surroundings": _other_surroundings,
    "standing": _other_standing,
}
