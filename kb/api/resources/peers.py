"""Peers: cities or places like a city or any place, and what they did about its challenges."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, get_args

from flask import Response, url_for
from flask_babel import gettext
from marshmallow import fields
from marshmallow.validate import OneOf

from kb.catalogue import queries
from kb.catalogue.choices import INCOME_GROUPS, SEVERITIES
from kb.catalogue.entries import TermKind
from kb.core.column_types import LARGEST_ID
from kb.core.errors import NotFound
from kb.core.i18n import gettext_noop
from kb.peers.answers import MOST_PEERS, Peer, PeerInitiative, PeerQuestion, PlaceSummary, Pool
from kb.peers.loaders import place_summaries
from kb.peers.place_resolution import resolve
from kb.peers.weights import DEFAULTS, LABELS, MOST
from kb.web.core import context
from kb.web.core.formatting import message_text
from kb.web.core.links import absolute, link_to, link_to_entry
from kb.web.core.query_schemas import Several, Text

from ..answers import answer
from ..blueprint import gives
from ..json_schemas import named
from ..query_schemas import StrictSchema, Weight, Whole, invalid_parameter
from ..reading import Data

_WEIGHT = "weight."
_PEERS = 12
_BESIDE = 6
_NAMESAKES = 20


def _weight(name: str) -> Weight:
    words = f"How much this counts: {LABELS[name]}. Without it, {DEFAULTS[name]:g}."
    return Weight(MOST, data_key=_WEIGHT + name, load_default=None, metadata={"description": words})


_Weights: Any = StrictSchema.from_dict({f"weight_{name}": _weight(name) for name in DEFAULTS}, name="Weights")


class CityPeersSchema(_Weights):  # type: ignore[misc] # made above, with one field for each of DEFAULTS
    """What counts, whom to look among, and how many."""

    challenge = Several(
        load_default=None,
        metadata={
            "description": "The code of a challenge, or CODE:SEVERITY. Repeat it for several challenges. Without it, "
            "the challenges on the page of the city are used.",
            "x-values-of": "challenge",
            "x-followed-by": list(SEVERITIES),
        },
    )
    without = Several(
        load_default=list, metadata={"description": "A region to leave out, by code.", "x-values-of": "region"}
    )
    without_income = Several(
        load_default=list,
        metadata={"description": f"An income group of countries to leave out: {', '.join(INCOME_GROUPS)}."},
    )
    without_language = Several(
        load_default=list,
        metadata={
            "description": "A language to leave out, by code (ISO 639), such as 'en': places in countries where it is "
            "official or used by at least half of the people."
        },
    )
    same_language = fields.String(
        load_default="",
        validate=OneOf(("yes",)),
        metadata={"description": "“yes” leaves out places in countries without a common language."},
    )
    without_own_country = fields.String(
        load_default="",
        validate=OneOf(("yes",)),
        metadata={"description": "“yes” leaves out the country of the place."},
    )
    pool = fields.String(
        load_default="cities",
        validate=OneOf(get_args(Pool)),
        metadata={"description": "Which places to compare: cities with a page, or all places."},
    )
    limit = Whole(1, MOST_PEERS, load_default=_PEERS, metadata={"description": "The largest number of peers."})


class PeersSchema(CityPeersSchema):
    """A question about the peers of any place, with or without a page."""

    place = Text(
        required=True,
        metadata={
            "pattern": r"\S",
            "description": "The place: its number in GeoNames or its name, such as 'Beira' or 'Beira, Mozambique'.",
        },
    )


@gives("/peers", named("Peers"), query=PeersSchema, tag="Peers", summary="Cities or places like any place")
def peers(query: Data) -> Response:
    """Give the peers of a place."""
    place, others = _place(query["place"])
    return _answer(query, place, others)


@gives(
    "/cities/<slug>/peers",
    named("Peers"),
    endpoint="city_peers",
    query=CityPeersSchema,
    tag="Peers",
    summary="Cities or places like a city that has a page",
)
def city_peers(query: Data, slug: str) -> Response:
    """Give the peers of a city."""
    return _answer(query, queries.place_of_city(context.session(), slug), [])


def _place(typed: str) -> tuple[int, Sequence[int]]:
    """The place that a number or a name means, and others of that name. Raises NotFound where there is none."""
    if typed.isascii() and typed.isdecimal():
        if len(typed) > len(str(LARGEST_ID)) or int(typed) > LARGEST_ID:
            raise NotFound(gettext_noop("There is no place with the number %(number)s."), number=typed[:20])
        return int(typed), []
    gazetteer = context.peers().gazetteer
    found = gazetteer.named(typed, _NAMESAKES) or resolve(gazetteer, typed).several
    if found:
        return found[0].id, [place.id for place in found[1:]]
    near = ", ".join(f"{place.name} ({place.country_code})" for place in gazetteer.near(typed, 3))
    if near:
        raise NotFound(gettext_noop("No place is called “%(typed)s”. Similar names: %(near)s."), typed=typed, near=near)
    raise NotFound(gettext_noop("No place is called “%(typed)s”. Search for it at /api/v1/places?q=."), typed=typed)


def _answer(query: Data, place_id: int, others: Sequence[int]) -> Response:
    session = context.session()
    question = PeerQuestion(
        place_id=place_id,
        challenges=_challenges(query["challenge"]),
        weights={name: query[f"weight_{name}"] for name in DEFAULTS if query[f"weight_{name}"] is not None},
        excluded_regions=_known(
            "without", query["without"], lambda: [region.code for region in queries.regions(session)]
        ),
        excluded_income_groups=_known("without_income", query["without_income"], lambda: INCOME_GROUPS),
        excluded_languages=_known(
            "without_language",
            query["without_language"],
            lambda: context.peers().feature_matrix.language_codes,
        ),
        has_same_language=bool(query["same_language"]),
        is_abroad=bool(query["without_own_country"]),
        pool=query["pool"],
        limit=query["limit"],
        beside=_BESIDE,
    )
    found = context.peers().find(session, question)
    namesakes = place_summaries(session, others)
    return answer(
        {
            "place": _summary(found.place),
            "other_places": [_summary(namesakes[other]) for other in others if other in namesakes],
            "challenges": dict(found.challenges),
            "challenges_from_initiatives": sorted(found.derived),
            "weights": dict(found.weights.of),
            "candidates": found.candidates,
            "close": found.close,
            "peers": list(map(_peer, found.peers)),
            "nearest": list(map(_peer, found.nearest)),
            "peers_with_results": list(map(_peer, found.peers_with_results)),
            "peers_with_same_challenge": list(map(_peer, found.peers_with_same_challenge)),
            "initiatives": list(map(_initiative, found.did)),
            "stopped": list(map(_initiative, found.stopped)),
            "notes": [message_text(note) for note in found.notes],
        }
    )


def _challenges(values: Sequence[str] | None) -> Mapping[str, str | None] | None:
    if values is None:
        return None
    known = queries.labels(context.session(), TermKind.CHALLENGE)
    challenges: dict[str, str | None] = {}
    for value in values:
        code, _, severity = value.partition(":")
        if code not in known:
            raise invalid_parameter(
                "challenge", gettext("There is no challenge “%(code)s”. /api/v1/challenges lists them.", code=code)
            )
        if severity and severity not in SEVERITIES:
            listed = ", ".join(SEVERITIES)
            raise invalid_parameter(
                "challenge", gettext("“%(given)s” is not known. Use one of: %(listed)s.", given=severity, listed=listed)
            )
        challenges[code] = severity or None
    return challenges


def _known(name: str, codes: Sequence[str], choices: Callable[[], Collection[str]]) -> frozenset[str]:
    known = choices() if codes else ()
    if unknown := [code for code in codes if code not in known]:
        listed = ", ".join(known)
        sentence = gettext("“%(given)s” is not known. Use one of: %(listed)s.", given=unknown[0], listed=listed)
        raise invalid_parameter(name, sentence)
    return frozenset(codes)


def _summary(place: PlaceSummary) -> Data:
    page = link_to_entry("city", place.slug) if place.slug else url_for("peers.peers", place=place.id)
    return {
        "id": place.id,
        "name": place.name,
        "country": place.country_code,
        "country_name": place.country,
        "region": place.region_code,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "population": place.population,
        "city": place.slug,
        "url": absolute(page),
    }


def _peer(peer: Peer) -> Data:
    return {
        "place": _summary(peer.place),
        "strength": peer.strength,
        "context": round(peer.context, 4),
        "known": round(peer.known, 4),
        "challenge": None if peer.challenge is None else round(peer.challenge, 4),
        "combined": round(peer.combined, 4),
        "reasons": [message_text(reason) for reason in peer.reasons],
        "differences": [message_text(difference) for difference in peer.differences],
        "results_for": [challenge.code for challenge in peer.results_for],
        "same_challenge_for": [challenge.code for challenge in peer.same_challenge_for],
    }


def _initiative(done: PeerInitiative) -> Data:
    return {
        "url": absolute(link_to(done.initiative)),
        "slug": done.initiative.slug,
        "title": done.initiative.title,
        "city": done.city.slug,
        "challenges": [challenge.code for challenge in done.shared],
        "closeness": round(done.closeness, 4),
        "has_results": done.has_results,
    }
