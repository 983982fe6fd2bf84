"""Reads what the catalogue holds of the cities that speak in a session, in a number of queries that does not grow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from kb.catalogue.models import (
    City,
    CityChallenge,
    Country,
    Goal,
    Initiative,
    InitiativeCity,
    InitiativeGoal,
    InitiativeSource,
    Vision,
)
from kb.core.i18n import Message
from kb.peers.context import parts
from kb.peers.loaders import names_of, place_summaries
from kb.peers.reasons import reasons
from kb.peers.service import Peers
from kb.peers.weights import DEFAULT_WEIGHTS

from ..choices import LEADING_ROLES
from ..models import ForumSession, Slot, Speaker
from ..rules import consecutive_speakers


@dataclass(frozen=True, slots=True)
class Material:
    """The speakers of a session in the order of their talks, and what the record holds of their cities, by their ids.

    `visions` have the newest first, `initiatives` those with the strongest evidence. `alike` are reasons why two
    cities are peers, by their ids. `goals` are all goals.
    """

    speakers: Sequence[Speaker]
    talks: Mapping[int, Slot]
    cities: Mapping[int, City]
    initiatives: Mapping[int, Sequence[Initiative]]
    visions: Mapping[int, Sequence[Vision]]
    alike: Mapping[tuple[int, int], tuple[Message, ...]]
    goals: Sequence[Goal]

    def city(self, speaker: Speaker) -> City | None:
        """The city with a page for which somebody speaks."""
        return self.cities.get(speaker.city_id) if speaker.city_id else None

    def presented(self, speaker: Speaker) -> list[Initiative]:
        """What a speaker's talk presents, else the initiatives of the city, as rows that have all their parts."""
        of_city = self.initiatives.get(speaker.city_id or 0, ())
        talk = self.talks.get(speaker.id)
        ids = [initiative.id for initiative in talk.initiatives] if talk else []
        by_id = {initiative.id: initiative for rows in self.initiatives.values() for initiative in rows}
        return [by_id[key] for key in ids if key in by_id] or list(of_city)

    def vision(self, speaker: Speaker) -> Vision | None:
        """The vision that a speaker's talk presents, else the newest of the city."""
        talk = self.talks.get(speaker.id)
        if talk is not None and talk.vision is not None:
            return talk.vision
        return next(iter(self.visions.get(speaker.city_id or 0, ())), None)


def material(session: Session, forum_session: ForumSession, peers: Peers | None) -> Material:
    """Read it all; without `peers` no reasons why two cities are alike are given."""
    talks = {slot.speaker_id: slot for slot in reversed(forum_session.slots) if slot.kind == "talk" and slot.speaker_id}
    order = list(
        dict.fromkeys(slot.speaker_id for slot in forum_session.slots if slot.kind == "talk" and slot.speaker_id)
    )
    by_id = {speaker.id: speaker for speaker in forum_session.speakers if speaker.status != "did-not-come"}
    waiting = [
        speaker.id for speaker in by_id.values() if speaker.role not in LEADING_ROLES and speaker.id not in order
    ]
    speakers = [by_id[key] for key in (*order, *waiting) if key in by_id]
    cities = _cities(session, list(dict.fromkeys(speaker.city_id for speaker in speakers if speaker.city_id)))
    presented = {initiative.id for slot in talks.values() for initiative in slot.initiatives}
    initiatives, others = _initiatives(session, set(cities), presented)
    return Material(
        speakers=speakers,
        talks=talks,
        cities=cities,
        initiatives={**initiatives, 0: others},
        visions=_visions(session, set(cities)),
        alike=_alike(session, [cities[speaker.city_id] for speaker in speakers if speaker.city_id in cities], peers),
        goals=session.scalars(select(Goal).order_by(Goal.number)).all(),
    )


def _cities(session: Session, ids: list[int]) -> dict[int, City]:
    query = select(City).where(City.id.in_(ids))
    loaded = query.options(
        joinedload(City.place),
        joinedload(City.country).joinedload(Country.region),
        selectinload(City.challenges).joinedload(CityChallenge.challenge),
        selectinload(City.sources),
    )
    by_id = {city.id: city for city in session.scalars(loaded)}
    return {key: by_id[key] for key in ids if key in by_id}


def _initiatives(
    session: Session, cities: set[int], presented: set[int]
) -> tuple[dict[int, list[Initiative]], list[Initiative]]:
    """The initiatives of those cities by city, and those that are presented though they are of none of them."""
    # Not `any` beside an or, for which a database looks at every initiative.
    of_cities = select(InitiativeCity.initiative_id).where(InitiativeCity.city_id.in_(cities))
    wanted = of_cities.union(select(Initiative.id).where(Initiative.id.in_(presented)))
    query = select(Initiative).where(Initiative.id.in_(wanted))
    loaded = query.options(
        selectinload(Initiative.places).joinedload(InitiativeCity.city),
        selectinload(Initiative.goals).joinedload(InitiativeGoal.goal),
        selectinload(Initiative.challenges),
        selectinload(Initiative.outcomes),
        selectinload(Initiative.citations).joinedload(InitiativeSource.source),
    ).order_by(func.coalesce(Initiative.evidence_level, -1).desc(), Initiative.sort_key, Initiative.id)
    by_city: dict[int, list[Initiative]] = {city: [] for city in cities}
    others = []
    for initiative in session.scalars(loaded):
        ours = [place.city_id for place in initiative.places if place.city_id in by_city]
        for city in ours:
            by_city[city].append(initiative)
        if not ours:
            others.append(initiative)
    return by_city, others


def _visions(session: Session, cities: set[int]) -> dict[int, list[Vision]]:
    query = select(Vision).where(Vision.city_id.in_(cities)).options(selectinload(Vision.sources))
    newest = func.coalesce(Vision.adopted_year, 0).desc()
    by_city: dict[int, list[Vision]] = {city: [] for city in cities}
    for vision in session.scalars(query.order_by(newest, Vision.sort_key, Vision.id)):
        by_city[vision.city_id].append(vision)
    return by_city


def _alike(session: Session, cities: Sequence[City], peers: Peers | None) -> dict[tuple[int, int], tuple[Message, ...]]:
    """Why each city and the next one are peers; nothing for those that the matrix of places lacks."""
    if peers is None or len(cities) < 2:
        return {}
    # Asked for first: it puts a matrix away that is older than the places.
    peers.profiles(session)
    matrix = peers.feature_matrix
    names = names_of(place_summaries(session, {city.place_id for city in cities}))
    by_id = {city.id: city for city in cities}
    reasons_by_pair: dict[tuple[int, int], tuple[Message, ...]] = {}
    for city_id, next_id in consecutive_speakers([city.id for city in cities]):
        rows = matrix.rows([by_id[city_id].place_id, by_id[next_id].place_id])
        if rows.min() >= 0:
            mine, theirs = int(rows[0]), int(rows[1])
            shared = parts(matrix, mine, rows[1:], DEFAULT_WEIGHTS.variables)[0]
            reasons_by_pair[city_id, next_id] = reasons(matrix, mine, theirs, shared, names)
    return reasons_by_pair
