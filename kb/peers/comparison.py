"""Compares up to five cities: context, challenges, goals, visions, initiatives, and what they cost per head."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from kb.catalogue.entries import TermKind
from kb.catalogue.models import City, CityChallenge, Country, Goal, Initiative, InitiativeCity, Vision
from kb.catalogue.queries import initiatives_by_ids, vision_cards
from kb.catalogue.queries import labels as term_labels
from kb.core.errors import NotFound
from kb.core.i18n import Message, gettext_noop
from kb.core.text import sort_key

from .answers import PlaceSummary
from .challenges import challenge_score
from .context import Part, context_scores, parts
from .feature_matrix import FeatureMatrix
from .loaders import place_summaries
from .place_context import CONTEXT_VARIABLES, ContextVariable, PlaceContext, place_contexts
from .profile_reading import read_profiles
from .profiles import Profiles
from .weights import DEFAULT_WEIGHTS

MOST_COMPARED = 5

_TOO_MANY = gettext_noop("You can compare up to five cities. The others were left out.")
_UNKNOWN = gettext_noop("There is no city “%(slug)s”. It was left out.")


@dataclass(frozen=True, slots=True)
class CostPerHead:
    """What one initiative cost for each of the city's people, in whole units of the currency of that year.

    Only initiatives of one city alone, whose cost is not said to be someone else's. `stated_own` False: the sources do
    not say whose it is. The people are those of `place.population`, of the year the gazetteer has, not of the cost's.
    """

    initiative: Initiative
    amount: int
    currency: str
    year: int | None
    stated_own: bool
    people: int
    per_head: float


@dataclass(frozen=True, slots=True)
class ComparedCity:
    """One column of a comparison.

    `context` is empty without a matrix. `challenges` are those that its page names, by code; `from_initiatives` codes
    of others, which its initiatives address; `goals` what it works for, with how many initiatives each.
    """

    city: City
    place: PlaceSummary
    context: PlaceContext
    challenges: Mapping[str, CityChallenge]
    from_initiatives: frozenset[str]
    goals: Mapping[int, int]
    visions: Sequence[Vision]
    initiatives: Sequence[Initiative]
    costs: tuple[CostPerHead, ...]


@dataclass(frozen=True, slots=True)
class ComparedPair:
    """Both scores of two of the cities, by slug."""

    one: str
    other: str
    context: float
    known: float
    challenge: float | None
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Cities in the order asked; the challenges and goals that any of them has, the most common first, with labels."""

    cities: tuple[ComparedCity, ...]
    pairs: tuple[ComparedPair, ...]
    challenges: Mapping[str, str]
    goals: Mapping[int, str]
    notes: tuple[Message, ...]
    context_variables: tuple[ContextVariable, ...] = CONTEXT_VARIABLES


def compare(
    session: Session, slugs: Sequence[str], matrix: FeatureMatrix | None = None, profiles: Profiles | None = None
) -> Comparison:
    """Compare cities by the slugs of their pages; unknown ones, and those beyond five, become notes.

    Raises NotFound where none of them is known. Without a matrix there are no pairs and no context. The
    number of queries does not depend on how many cities or initiatives there are.
    """
    profiles = read_profiles(session) if profiles is None else profiles
    cities, notes = _cities(session, slugs)
    columns = _columns(session, cities, profiles, matrix)
    faced = [code for column in columns for code in (*column.challenges, *column.from_initiatives)]
    worked_for = sorted({goal for column in columns for goal in column.goals})
    labels = term_labels(session, TermKind.CHALLENGE)
    goals = session.execute(select(Goal.number, Goal.label).where(Goal.number.in_(worked_for)).order_by(Goal.number))
    return Comparison(
        cities=columns,
        pairs=_pairs(columns, profiles, matrix),
        challenges={
            code: labels[code]
            for code in sorted({*faced} & labels.keys(), key=lambda code: (-faced.count(code), sort_key(labels[code])))
        },
        goals={row.number: row.label for row in goals},
        notes=notes,
    )


def cost_per_head(initiative: Initiative, population: int | None) -> CostPerHead | None:
    """The cost of an initiative for each of its city's people; None where that cannot be said honestly."""
    if initiative.cost_amount is None or initiative.cost_currency is None or not population:
        return None
    if initiative.cost_is_citys_own is False or len(initiative.places) != 1:
        return None
    return CostPerHead(
        initiative=initiative,
        amount=initiative.cost_amount,
        currency=initiative.cost_currency,
        year=initiative.cost_year,
        stated_own=initiative.cost_is_citys_own is True,
        people=population,
        per_head=initiative.cost_amount / population,
    )


def _cities(session: Session, slugs: Sequence[str]) -> tuple[list[City], tuple[Message, ...]]:
    wanted = list(dict.fromkeys(slugs))
    rows = session.scalars(
        select(City)
        .where(City.slug.in_(wanted))
        .options(
            joinedload(City.country).joinedload(Country.region),
            selectinload(City.challenges).joinedload(CityChallenge.source),
        )
    )
    by_slug = {city.slug: city for city in rows}
    notes = [Message(_UNKNOWN, {"slug": slug[:80]}) for slug in wanted if slug not in by_slug]
    known = [by_slug[slug] for slug in wanted if slug in by_slug]
    if not known:
        raise NotFound(gettext_noop("None of these cities has a page."))
    if len(known) > MOST_COMPARED:
        notes.append(Message(_TOO_MANY))
    return known[:MOST_COMPARED], tuple(notes)


def _columns(
    session: Session, cities: list[City], profiles: Profiles, matrix: FeatureMatrix | None
) -> tuple[ComparedCity, ...]:
    summaries = place_summaries(session, {city.place_id for city in cities})
    contexts = {} if matrix is None else place_contexts(session, matrix, list(summaries))
    numbers = [city.id for city in cities]
    visions = vision_cards(
        session,
        select(Vision)
        .where(Vision.city_id.in_(numbers))
        .order_by(func.coalesce(Vision.adopted_year, 0).desc(), Vision.sort_key, Vision.id),
    )
    owned = session.execute(
        select(InitiativeCity.city_id, InitiativeCity.initiative_id).where(InitiativeCity.city_id.in_(numbers))
    ).all()
    owned_ids = sorted({number for _, number in owned})
    rows = session.scalars(initiatives_by_ids(owned_ids).options(selectinload(Initiative.places))).all()
    pairs = {(city, number) for city, number in owned}
    of_city = {city.id: [row for row in rows if (city.id, row.id) in pairs] for city in cities}
    columns: list[ComparedCity] = []
    for city in cities:
        place_summary = summaries[city.place_id]
        costs = (cost_per_head(initiative, place_summary.population) for initiative in of_city[city.id])
        columns.append(
            ComparedCity(
                city=city,
                place=place_summary,
                context=contexts.get(city.place_id, ()),
                challenges={city_challenge.challenge_code: city_challenge for city_challenge in city.challenges},
                from_initiatives=profile.derived if (profile := profiles.city(city.id)) else frozenset(),
                goals=_goals(city, profiles),
                visions=[vision for vision in visions if vision.city_id == city.id],
                initiatives=of_city[city.id],
                costs=tuple(cost for cost in costs if cost is not None),
            )
        )
    return tuple(columns)


def _goals(city: City, profiles: Profiles) -> dict[int, int]:
    """The goals a city works for, with how many of its initiatives do; 0 for those of its visions alone."""
    profile = profiles.city(city.id)
    if profile is None:
        return {}
    own = Counter(chain.from_iterable(initiative.goals for initiative in profiles.initiatives_of(city.id)))
    return {goal: own[goal] for goal in sorted(profile.goals)}


def _pairs(
    columns: tuple[ComparedCity, ...], profiles: Profiles, matrix: FeatureMatrix | None
) -> tuple[ComparedPair, ...]:
    if matrix is None:
        return ()
    weights = DEFAULT_WEIGHTS.variables
    pairs: list[ComparedPair] = []
    for place, compared_city in enumerate(columns):
        for other in columns[place + 1 :]:
            rows = matrix.rows([compared_city.place.id, other.place.id])
            mine, theirs = profiles.city(compared_city.city.id), profiles.city(other.city.id)
            if rows.min() < 0 or mine is None or theirs is None:
                continue
            scores, known = context_scores(matrix, int(rows[0]), weights, rows[1:])
            challenge = challenge_score(
                mine.challenges,
                theirs.challenges,
                profiles.challenge_rarity,
                my_goals=mine.goals,
                their_goals=theirs.goals,
                goal_rarity=profiles.goal_rarity,
            )
            its_parts = parts(matrix, int(rows[0]), rows[1:], weights)[0]
            pairs.append(
                ComparedPair(
                    compared_city.city.slug, other.city.slug, float(scores[0]), float(known[0]), challenge, its_parts
                )
            )
    return tuple(pairs)
