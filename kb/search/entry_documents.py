"""Defines how entries of the catalogue are searched: their rows, and the words that declarations give a weight."""

from collections.abc import Iterator, Sequence
from functools import cache, partial
from operator import attrgetter
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from kb.catalogue.entries import ENTRIES, EntryKind, schema_of
from kb.catalogue.entries.fields import CityReference, Declared, Link, PlaceId, Text
from kb.catalogue.entries.lists import Cities, Links, Rows, Terms
from kb.catalogue.entries.metadata import Weight
from kb.catalogue.models import (
    Challenge,
    City,
    CityChallenge,
    Country,
    Initiative,
    InitiativeCity,
    InitiativeGoal,
    InitiativeTarget,
    Leader,
    LeaderTerm,
    Technology,
    Vision,
    VisionGoal,
)
from kb.catalogue.queries import initiative_cards_by_ids
from kb.core.text import fold

from .kind_definition import KindDefinition, LoadRows, SearchedKind, rows_with


def joined(*parts: str | None) -> str:
    """The pieces that are there, a line each."""
    return "\n".join(part for part in parts if part)


def where(city: City) -> str:
    """A city with its country and region."""
    return joined(city.name, _country(city))


def city_of(path: Any) -> Any:
    """Load a city with its place, country and region."""
    return joinedload(path).options(joinedload(City.place), joinedload(City.country).joinedload(Country.region))


def _country(city: City) -> str:
    region = city.country.region
    return joined(city.country.name, region.label if region else None)


def _link_words(link: InitiativeGoal | VisionGoal | InitiativeTarget) -> str:
    """A goal or target as people type it."""
    if isinstance(link, InitiativeTarget):
        return f"{link.target_code} {link.target.label}"
    return f"SDG {link.goal_number} goal {link.goal_number} {link.goal.label}"


def _term_words(term: Challenge | Technology) -> str:
    """A term's label, and the words of its code that the label lacks: wifi, cctv, iot and gis are typed as well."""
    label = fold(term.label)
    return " ".join([term.label, *(word for word in term.code.split("-") if word not in label)])


def _passage(kind: EntryKind, entry: Any) -> str:
    return joined(*(words for field in _weighing(kind, Weight.PASSAGE) for words in _words(field, entry)))


def _text(kind: EntryKind, entry: Any) -> str:
    around = (words for field in _weighing(kind, Weight.PASSAGE) for words in _around(field, entry))
    others = (words for field in _weighing(kind, Weight.TEXT) for words in _words(field, entry))
    return joined(_passage(kind, entry), *around, *others)


@cache
def _weighing(kind: EntryKind, weight: Weight) -> tuple[Declared, ...]:
    return tuple(field for field in schema_of(kind).declared.values() if field.search is weight)


def _words(field: Declared, row: Any) -> Iterator[str | None]:
    """What a field says, in words: labels, titles and names instead of codes and slugs."""
    value = getattr(row, field.stored)
    match field:
        case PlaceId():
            yield _country(row)
        case CityReference():
            yield where(value)
        case Link():
            yield value.title if value and hasattr(value, "title") else value.name if value else None
        case Cities():
            yield from (where(link.city) for link in value)
        case Terms():
            yield from map(_term_words, value)
        case Links():
            yield from map(_link_words, value)
        case Rows():
            yield from _rows(field, value)
        case _:
            yield value


def _rows(field: Rows, rows: Sequence[Any]) -> Iterator[str]:
    """What rows say, each on a line; those of a passage in one, names before the cities that they belong to."""
    inner = [declared for declared in field.fields.values() if declared.search is not None]
    inner.sort(key=lambda declared: declared.refers is not None)
    lines = [", ".join(_name(declared, row) for declared in inner) for row in rows]
    if field.search is Weight.PASSAGE:
        yield (", " if len(inner) == 1 else "; ").join(lines)
    else:
        yield from lines


def _name(field: Declared, row: Any) -> str:
    """A field of a row in a word or two; a reference by what it leads to, which is called as the field is."""
    if not field.refers:
        return str(getattr(row, field.stored))
    linked = getattr(row, str(field.name))
    return str(linked.name if isinstance(linked, City) else linked.label)


def _around(field: Declared, row: Any) -> Iterator[str]:
    """Where the cities lie that a passage names."""
    if isinstance(field, Rows):
        for name, inner in field.fields.items():
            if isinstance(inner, CityReference):
                yield from (_country(getattr(link, name)) for link in getattr(row, field.stored))


def _definition(kind: EntryKind, *, documents: Sequence[Any], results: LoadRows, **of_kind: Any) -> KindDefinition:
    """A kind of entry by its declaration; `documents` is what is loaded along with its rows."""
    entry = ENTRIES[kind]
    title = getattr(entry.model, entry.title)
    prose = [getattr(entry.model, field.stored) for field in _weighing(kind, Weight.PASSAGE) if isinstance(field, Text)]
    return KindDefinition(
        model=entry.model,
        label=entry.label,
        documents=select(entry.model).options(*documents),
        results=results,
        title=attrgetter(entry.title),
        passage=partial(_passage, kind),
        text=partial(_text, kind),
        title_column=title,
        language=entry.model.language,
        columns=(title, *prose),
        **of_kind,
    )


def _rows_with(model: type[Any], *parts: Any) -> LoadRows:
    return rows_with(model, select(model).options(*parts))


def _first_year(leader: Leader) -> int | None:
    return max((term.start_year for term in leader.terms if term.start_year is not None), default=None)


def _initiatives_in(cities: Select[int]) -> Any:
    return Initiative.id.in_(select(InitiativeCity.initiative_id).where(InitiativeCity.city_id.in_(cities)))


def _leaders_in(cities: Select[int]) -> Any:
    return Leader.id.in_(select(LeaderTerm.leader_id).where(LeaderTerm.city_id.in_(cities)))


DEFINITIONS: dict[SearchedKind, KindDefinition] = {
    EntryKind.INITIATIVE: _definition(
        EntryKind.INITIATIVE,
        documents=(
            joinedload(Initiative.leader),
            joinedload(Initiative.vision),
            selectinload(Initiative.places).options(city_of(InitiativeCity.city)),
            selectinload(Initiative.goals).joinedload(InitiativeGoal.goal),
            selectinload(Initiative.targets).joinedload(InitiativeTarget.target),
            selectinload(Initiative.challenges).selectinload(Challenge.aims),
            selectinload(Initiative.technologies),
            selectinload(Initiative.partners),
            selectinload(Initiative.outcomes),
        ),
        results=initiative_cards_by_ids,
        cities=attrgetter("cities"),
        in_cities=_initiatives_in,
        city_links=select(InitiativeCity.initiative_id, InitiativeCity.city_id),
        newest=attrgetter("start_year"),
        year_column=Initiative.start_year,
        goals=Initiative.goals,
        targets=Initiative.targets,
        challenges=Initiative.challenges,
        technologies=Initiative.technologies,
        stage=Initiative.shown_stage,
        evidence=Initiative.evidence_level,
        outcomes=Initiative.outcomes,
        cost=Initiative.cost_amount,
        contact=Initiative.contact,
    ),
    EntryKind.CITY: _definition(
        EntryKind.CITY,
        documents=(
            joinedload(City.place),
            joinedload(City.country).joinedload(Country.region),
            selectinload(City.challenges).joinedload(CityChallenge.challenge).selectinload(Challenge.aims),
        ),
        results=_rows_with(
            City,
            joinedload(City.country),
            joinedload(City.place),
            selectinload(City.challenges).joinedload(CityChallenge.challenge),
        ),
        cities=lambda city: (city,),
        in_cities=City.id.in_,
        city_links=select(City.id, City.id),
        challenges=City.challenges,
    ),
    EntryKind.LEADER: _definition(
        EntryKind.LEADER,
        documents=(selectinload(Leader.terms).options(city_of(LeaderTerm.city)),),
        results=_rows_with(Leader, selectinload(Leader.terms).joinedload(LeaderTerm.city).joinedload(City.country)),
        cities=lambda leader: [term.city for term in leader.terms],
        in_cities=_leaders_in,
        city_links=select(LeaderTerm.leader_id, LeaderTerm.city_id),
        newest=_first_year,
    ),
    EntryKind.VISION: _definition(
        EntryKind.VISION,
        documents=(city_of(Vision.city), selectinload(Vision.goals).joinedload(VisionGoal.goal)),
        results=_rows_with(
            Vision,
            joinedload(Vision.city).joinedload(City.country),
            selectinload(Vision.goals).joinedload(VisionGoal.goal),
        ),
        cities=lambda vision: (vision.city,),
        in_cities=Vision.city_id.in_,
        city_links=select(Vision.id, Vision.city_id),
        newest=attrgetter("adopted_year"),
        year_column=Vision.adopted_year,
        goals=Vision.goals,
    ),
}
