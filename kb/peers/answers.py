"""Types of the question and the answer about peers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, SupportsFloat

from kb.catalogue.queries import CityName, InitiativeCard
from kb.core.i18n import Message

from .context import Part
from .ranking import Strength
from .weights import Weights

Pool = Literal["cities", "places"]
"""Whom to look among: cities with a page, or all places of the gazetteer."""

PEERS_SHOWN = 20
MOST_PEERS = 200
NEAREST_SHOWN = 3
"""Places that are named instead where nobody is close enough to be a peer."""


@dataclass(frozen=True, slots=True)
class PeerQuestion:
    """A starting place, its challenges by code with severity or None, and what people moved or excluded.

    `challenges` None fills in what the city faces; an empty mapping means that none is ticked. `weights` may be
    as typed (see `weights.understood`). What is excluded are codes; `is_abroad` leaves out the country of the place,
    `has_same_language` every place that shares no language with it. `limit` is kept within 1 and MOST_PEERS; so many
    peers come at most, and `beside` with results, with the same challenge, and initiatives of each kind (as many, where
    it is None).
    """

    place_id: int
    challenges: Mapping[str, str | None] | None = None
    weights: Mapping[str, SupportsFloat | str | None] = field(default_factory=dict)
    excluded_regions: frozenset[str] = frozenset()
    excluded_income_groups: frozenset[str] = frozenset()
    excluded_languages: frozenset[str] = frozenset()
    is_abroad: bool = False
    has_same_language: bool = False
    pool: Pool = "cities"
    limit: int = PEERS_SHOWN
    beside: int | None = None


@dataclass(frozen=True, slots=True)
class PlaceSummary:
    """What a list shows of a place. Coordinates in degrees; `slug` is that of the city's page, None without one."""

    id: int
    name: str
    country_code: str
    country: str
    region_code: str | None
    region: str | None
    admin1: str | None
    latitude: float
    longitude: float
    population: int | None
    slug: str | None


@dataclass(frozen=True, slots=True)
class LabelNames:
    """What to call places, by id, and their country and region; labels by code, as read from the catalogue."""

    places: Mapping[int, str]
    countries: Mapping[str, str]
    regions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NamedChallenge:
    """A challenge by code and label, with the share of cities that face it, from 0 to 1.

    `is_derived` where the city in question does not name it, and its initiatives address it.
    """

    code: str
    label: str
    share: float
    is_derived: bool = False


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer with both scores and why, at least one reason. `challenge` is None where either city has named none.

    `known` is the share of the context weight that rests on data of both; `combined` orders and is never shown alone.
    `strength` says it in a word, None where the place is not similar enough to be a peer (see `ranking.py`).
    `reasons_in_context` are those of `reasons` that are no challenges or goals. `results_for` and `same_challenge_for`
    hold challenges of the question.
    """

    place: PlaceSummary
    context: float
    known: float
    challenge: float | None
    combined: float
    strength: Strength | None
    parts: tuple[Part, ...]
    reasons: tuple[Message, ...]
    reasons_in_context: tuple[Message, ...]
    differences: tuple[Message, ...]
    results_for: tuple[NamedChallenge, ...]
    same_challenge_for: tuple[NamedChallenge, ...]


@dataclass(frozen=True, slots=True)
class PeerInitiative:
    """An initiative of a peer on challenges of the question; `city` is its closest one."""

    initiative: InitiativeCard
    city: CityName
    shared: tuple[NamedChallenge, ...]
    closeness: float
    has_results: bool
    score: float


@dataclass(frozen=True, slots=True)
class PeerAnswer:
    """Peers in order; apart, from the whole pool, those with results or the same challenge; and what peers did.

    Only places that are close enough are peers, `close` of all `candidates`. Where none is, `nearest` has those that
    come nearest, and what they did is in `did`; likewise those beside, which have no strength then. `did` leaves out
    what was stopped, which is in `stopped`, those with lessons first. `challenges` are those used, filled in from the
    page where the question gave none; of these the `derived` are from the city's initiatives alone. For them the
    variables in `emphasis` count so many times as much. `is_understood` tells whether nothing of the question was left
    out.
    """

    question: PeerQuestion
    place: PlaceSummary
    challenges: Mapping[str, str | None]
    derived: frozenset[str]
    named: tuple[NamedChallenge, ...]
    weights: Weights
    emphasis: Mapping[str, float]
    peers: tuple[Peer, ...]
    nearest: tuple[Peer, ...]
    peers_with_results: tuple[Peer, ...]
    peers_with_same_challenge: tuple[Peer, ...]
    did: tuple[PeerInitiative, ...]
    stopped: tuple[PeerInitiative, ...]
    notes: tuple[Message, ...]
    is_understood: bool
    candidates: int
    close: int
