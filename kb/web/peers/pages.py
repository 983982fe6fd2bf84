"""What the pages of peers show around an answer: the form as it stands, the map, and the address of every change."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from urllib.parse import urlencode

from flask import url_for
from flask_babel import get_locale
from sqlalchemy import Row
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from kb.catalogue import queries
from kb.catalogue.choices import DIMENSIONS, INCOME_GROUPS, SEVERITIES
from kb.catalogue.entries import TermKind
from kb.catalogue.queries import CityOnMap
from kb.core.errors import NotFound
from kb.core.i18n import Message, gettext_noop
from kb.core.languages import language_name
from kb.core.text import sort_key
from kb.peers.answers import Peer, PeerAnswer, PlaceSummary
from kb.peers.comparison import MOST_COMPARED
from kb.peers.loaders import place_summaries
from kb.peers.method import METHOD, Example, Method, worked_example
from kb.peers.name_index import loose
from kb.peers.place_resolution import suggested
from kb.peers.places import Gazetteer, PlaceMatch
from kb.peers.provinces import common_code, province_name
from kb.peers.variables import VARIABLES
from kb.peers.weights import CHALLENGES, CONTEXT, DEFAULTS, LABELS, MOST

from ..core import context, jsonld, world_map
from ..core.formatting import country_of, how_many_people
from ..core.jsonld import JSONLD
from ..core.language import by_label
from ..core.pages import Page, offer_no_files
from .schemas import MORE_PEERS, PEERS_ON_A_PAGE, PeersQuery

POOLS = {
    "cities": gettext_noop("Cities with a page"),
    "places": gettext_noop("All 69,000 places"),
}
OFFERED = 8
MOST_IN_BRIEF, MOST_DONE_IN_BRIEF = 8, 5
"""Peers of a page that its brief compares: as many as fit one page of paper; and initiatives on the challenges."""

NAMESAKES = 60
"""Places of one name that a page lists; no name in the gazetteer has more."""


@dataclass(frozen=True, slots=True)
class WeightField:
    """A weight in the form: what it is called, its value as typed or the default, and that default."""

    name: str
    label: str
    value: str
    default: str


def peers_link(peers_query: PeersQuery, place_id: int, slug: str | None = None) -> str:
    """The shortest address that asks this of a place; the city's own page where it has one and nothing is changed."""
    pairs = peers_query.pairs()
    if slug and not pairs:
        return url_for("peers.city_peers", slug=slug)
    return f"{url_for('peers.peers')}?{urlencode([('place', str(place_id)), *pairs], safe=':')}"


@dataclass(frozen=True, kw_only=True)
class PeersPage(Page):
    """The peers of a place with a map, the form as it stands, and the URL of every change to it."""

    template = "peers/peers.html"
    query: PeersQuery
    answer: PeerAnswer
    place: PlaceSummary
    notes: Sequence[Message]
    challenges: Sequence[tuple[str, Sequence[Row[str, str, str]]]]
    severities: Mapping[str, str]
    between: Sequence[WeightField]
    variables: Sequence[WeightField]
    most: float
    moved: bool
    regions: Sequence[tuple[str, Sequence[Row[str, str, str]]]]
    incomes: Mapping[str, str]
    languages: Sequence[tuple[str, str]]
    left_out_count: int
    emphasis: Sequence[str]
    pools: Mapping[str, str]
    frame: world_map.Frame
    marks: Sequence[world_map.Mark]
    here: tuple[float, float]
    reset: str
    own: str | None
    more: str | None
    side_by_side: str | None
    brief: str | None
    jsonld: JSONLD
    for_robots: bool


def page_of_peers(session: Session, peers_query: PeersQuery, answer: PeerAnswer) -> PeersPage:
    """Everything that the template of an answer needs, by name."""
    place = answer.place
    shown = answer.peers or answer.nearest
    frame, marks = _map(place, shown)
    with_page = [peer.place.slug for peer in shown if peer.place.slug]
    columns = [place.slug, *with_page] if place.slug else with_page
    if peers_query.notes or not answer.is_understood:
        offer_no_files()
    return PeersPage(
        query=peers_query,
        answer=answer,
        place=place,
        notes=[*(note.message for note in peers_query.notes), *answer.notes],
        challenges=by_dimension(queries.challenge_names(session)),
        severities=SEVERITIES,
        between=_weights(peers_query, (CONTEXT, CHALLENGES)),
        variables=_weights(peers_query, [variable.code for variable in VARIABLES]),
        most=MOST,
        moved=bool(peers_query.weights),
        regions=_by_continent(queries.regions(session)),
        incomes=INCOME_GROUPS,
        languages=_languages(context.peers().feature_matrix.language_codes, str(get_locale() or "en")),
        left_out_count=peers_query.left_out,
        emphasis=[variable.label for variable in VARIABLES if variable.code in answer.emphasis],
        pools=POOLS,
        frame=frame,
        marks=marks,
        here=world_map.project(place.latitude, place.longitude),
        reset=peers_link(replace(peers_query, weights={}), place.id, place.slug),
        own=url_for("peers.city_peers", slug=place.slug) if place.slug else None,
        more=peers_link(replace(peers_query, show=MORE_PEERS), place.id)
        if len(answer.peers) == PEERS_ON_A_PAGE < answer.close
        else None,
        side_by_side=compare_link(columns[: MOST_COMPARED - 1]) if len(columns) > 1 else None,
        brief=brief_link(peers_query, answer),
        jsonld=jsonld.peers(answer),
        for_robots=bool(place.slug) and not peers_query.pairs(),
    )


def brief_link(peers_query: PeersQuery, answer: PeerAnswer) -> str | None:
    """The saved list of the first peers with a page, with place and challenges for their brief; None where none has.

    Of a question with challenges, those that did something about them come first, with what they did.
    """
    did = {peer_initiative.city.slug: peer_initiative.initiative.slug for peer_initiative in reversed(answer.did)}
    done = list(reversed(did.items()))[:MOST_DONE_IN_BRIEF] if answer.challenges else []
    covered = {slug for slug, _ in done}
    cities = [peer.place.slug for peer in answer.peers if peer.place.slug and peer.place.slug not in covered]
    listed = [("initiative", slug) for _, slug in done]
    listed += [("city", slug) for slug in cities[: MOST_IN_BRIEF - len(listed)]]
    if not listed:
        return None
    challenges = [(name, value.partition(":")[0]) for name, value in peers_query.pairs() if name == "challenge"]
    address = [*listed, ("for", str(answer.place.id)), *challenges]
    return f"{url_for('shortlist.shortlist')}?{urlencode(address)}"


@dataclass(frozen=True, kw_only=True)
class PeerChallengesPage(Page):
    """What worries a city: its challenges to choose from, those that its page names chosen already."""

    template = "peers/challenges.html"
    place: PlaceSummary
    challenges: Sequence[tuple[str, Sequence[Row[str, str, str]]]]
    named: Collection[str]
    without: str


def page_of_challenges(session: Session, place_id: int) -> PeerChallengesPage:
    """The question for a place. Raises NotFound for one that is not there."""
    place = place_summaries(session, {place_id}).get(place_id)
    if place is None:
        raise NotFound
    return PeerChallengesPage(
        place=place,
        challenges=by_dimension(queries.challenge_names(session)),
        named=queries.challenges_at_place(session, place_id),
        without=peers_link(PeersQuery(), place_id, place.slug),
    )


@dataclass(frozen=True, slots=True)
class PlaceLink:
    """A place that may be meant: its name, what tells it from its namesakes, and the URL of its next step."""

    name: str
    told_apart: str
    url: str


@dataclass(frozen=True, kw_only=True)
class ChoosePlacePage(Page):
    """Where somebody says for which place to look: places called what was typed, or nearly so."""

    template = "peers/start.html"
    typed: str
    problem: str | None
    fitting: Sequence[PlaceLink]
    near: Sequence[PlaceLink]
    challenges: Sequence[tuple[str, Sequence[Row[str, str, str]]]]
    chosen: Collection[str]


def page_of_place_choice(
    session: Session, gazetteer: Gazetteer, peers_query: PeersQuery, problem: str | None = None
) -> ChoosePlacePage:
    """The places that fit what was typed, best first; else places with nearly that name."""
    typed = peers_query.typed
    fitting = suggested(gazetteer, typed, NAMESAKES) if typed else []
    # Namesakes are all told apart; of names that only begin so, a few do.
    exact = [place for place in fitting if loose(place.name) == loose(typed)]
    fitting = exact if len(exact) > OFFERED else fitting[:OFFERED]
    near = gazetteer.near(typed, OFFERED) if typed and not fitting else []

    def links(places: Sequence[PlaceMatch]) -> list[PlaceLink]:
        # Whoever has said what counts need not be asked.
        is_asked = bool(peers_query.pairs())
        return [
            PlaceLink(
                place.name,
                told_apart(place, places),
                peers_link(peers_query, place.id) if is_asked else url_for("peers.challenges", place=place.id),
            )
            for place in places
        ]

    return ChoosePlacePage(
        typed=typed,
        problem=problem,
        fitting=links(fitting),
        near=links(near),
        challenges=by_dimension(queries.challenge_names(session)),
        chosen=list(peers_query.challenges or ()),
    )


def compare_link(slugs: Iterable[str]) -> str:
    """The address of cities side by side."""
    return f"{url_for('compare.compare')}?{urlencode([('city', slug) for slug in slugs])}"


def told_apart(place: PlaceMatch, offered: Iterable[PlaceMatch]) -> str:
    """What tells a place from its namesakes: the country, its people, and its province where people write that.

    The province too where another place of the country that is `offered` beside it has the same name.
    """
    where = country_of(place)
    namesakes = [other for other in offered if (other.name, other.country_code) == (place.name, place.country_code)]
    province = province_name(place.country_code, place.admin1) if len(namesakes) > 1 else None
    if province and common_code(place.country_code, place.admin1) is None:
        where = f"{province}, {where}"
    return f"{where}, {how_many_people(place.population)}"


def by_dimension(challenges: Sequence[Row[str, str, str]]) -> list[tuple[str, list[Row[str, str, str]]]]:
    """Challenges under the label of each dimension, in the order of their labels."""
    listed = by_label(challenges)
    return [
        (label, [challenge for challenge in listed if challenge.dimension == code])
        for code, label in DIMENSIONS.items()
    ]


def _by_continent(regions: Sequence[Row[str, str, str]]) -> list[tuple[str, list[Row[str, str, str]]]]:
    """Regions by continent; nobody runs a city in Antarctica."""
    groups = groupby(regions, key=lambda region: region.continent)
    return [(continent, list(members)) for continent, members in groups if continent != "Antarctica"]


@lru_cache
def _languages(codes: tuple[str, ...], reader: str) -> list[tuple[str, str]]:
    """Codes and names of languages, by name; as each page has them, they are sorted once."""
    names = [(code, language_name(code, reader) or code) for code in codes]
    return sorted(names, key=lambda code_and_name: sort_key(code_and_name[1]))


def _weights(peers_query: PeersQuery, names: Iterable[str]) -> list[WeightField]:
    return [
        WeightField(name, LABELS[name], peers_query.weights.get(name, f"{DEFAULTS[name]:g}"), f"{DEFAULTS[name]:g}")
        for name in names
    ]


def _map(place: PlaceSummary, peers: Sequence[Peer]) -> tuple[world_map.Frame, list[world_map.Mark]]:
    """A frame that holds the place and its peers, and the peers on it; a mark's slug is the anchor of its peer."""
    place_summaries = [peer.place for peer in peers]
    frame = world_map.frame_around(
        (place_summary.latitude, place_summary.longitude) for place_summary in (place, *place_summaries)
    )
    spots = [
        CityOnMap(
            f"peer-{place_summary.id}",
            place_summary.name,
            place_summary.country,
            place_summary.latitude,
            place_summary.longitude,
            0,
        )
        for place_summary in place_summaries
    ]
    return frame, world_map.named(world_map.marks(spots, frame), frame)


EXAMPLE_CITIES = ("surat", "dar-es-salaam")
"""Slugs of the cities of the example, unless others are asked for."""

_NO_SUCH_PAIR = gettext_noop("There are no two such places. The default example is shown.")


@dataclass(frozen=True, kw_only=True)
class MethodPage(Page):
    """How peers are computed, with an example worked out; `own` says whether the example is the usual one.

    `emphasis` has the factors of variables by the label of a challenge; `counts_more` the labels of those that the
    example counts.
    """

    template = "peers/method.html"
    example: Example | None
    counts_more: Sequence[str]
    emphasis: Sequence[tuple[str, Mapping[str, float]]]
    variables: Mapping[str, str]
    notes: Sequence[Message]
    own: bool
    method: Method = METHOD


def page_of_method(session: Session, address: MultiDict[str, str]) -> MethodPage:
    """The method with the example of two places that the query names, or the usual one."""
    example, notes = _example_for(session, address)
    labels = queries.labels(session, TermKind.CHALLENGE)
    emphasis = {code: factors for code, factors in METHOD.emphasis.items() if code in labels}
    return MethodPage(
        example=example,
        counts_more=[labels[code] for code in dict.fromkeys(address.getlist("challenge")) if code in emphasis],
        emphasis=[(labels[code], factors) for code, factors in emphasis.items()],
        variables={variable.code: variable.label for variable in VARIABLES},
        notes=notes,
        own=not address,
    )


def _example_for(session: Session, address: MultiDict[str, str]) -> tuple[Example | None, tuple[Message, ...]]:
    """Work out the example for `place` and `other`, numbers of places, or the usual one; None in an empty catalogue."""
    matrix = context.peers().feature_matrix
    notes: tuple[Message, ...] = ()
    challenges = address.getlist("challenge")
    if address.get("place") or address.get("other"):
        try:
            place, other = (int(address.get(name, "")) for name in ("place", "other"))
            return worked_example(session, matrix, place, other, challenges), notes
        except (ValueError, OverflowError, NotFound):
            notes = (Message(_NO_SUCH_PAIR),)
    try:
        place, other = (queries.place_of_city(session, slug) for slug in EXAMPLE_CITIES)
        return worked_example(session, matrix, place, other, challenges), notes
    except NotFound:
        return None, notes
