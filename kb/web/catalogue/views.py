"""The public pages of entries and terms, their pictures, the list of cities, and the map."""

from collections.abc import Sequence

import numpy as np
from flask import Blueprint, make_response, redirect, request
from werkzeug.wrappers import Response

from kb.catalogue import queries
from kb.catalogue.arrays import CatalogueSnapshot, Rows
from kb.catalogue.entries import EntryKind
from kb.catalogue.queries import CityName, InitiativeCard
from kb.core.errors import NotFound
from kb.forum import queries as forum
from kb.peers.answers import PeerQuestion
from kb.questions import queries as questions

from ..core import access, context, jsonld
from ..core.context import session
from ..core.language import by_label
from ..core.links import search_link
from ..core.pages import Page
from ..search.results import named
from . import history, map_page, pages, reports
from .schemas import CitiesSchema, MapSchema

initiatives_blueprint = Blueprint("initiatives", __name__)

_ALIKE_SHOWN = 4


@initiatives_blueprint.get("/initiatives")
def initiatives() -> Response:
    """All initiatives, by way of the search, where they can be narrowed."""
    return redirect(search_link(kind="initiative"))


@initiatives_blueprint.get("/initiatives/<slug>")
def initiative(slug: str) -> str:
    """What was done, told in the order in which a mayor's adviser asks."""
    entry = queries.initiative_by_slug(session(), slug)
    talks, answers, city_answers = queries.load_lists(
        session(),
        entry,
        besides=(
            forum.talks_presenting(),
            forum.answers_about_initiative(),
            questions.public_answers_about_initiative(),
        ),
    )
    page = pages.InitiativePage(
        entry=entry,
        similar=context.peers().similar(session(), entry, _ALIKE_SHOWN),
        suits=context.peers().suits(session(), entry, _ALIKE_SHOWN),
        talks=talks,
        answers=answers,
        city_answers=city_answers,
        jsonld=jsonld.initiative(entry),
    )
    return page.render()


cities_blueprint = Blueprint("cities", __name__)

_PEERS_SHOWN = 4


@cities_blueprint.get("/cities")
def cities() -> str:
    """All cities by country, in pages."""
    query, refused = CitiesSchema().read(request.args)
    return pages.page_of_cities(session(), context.catalogue(), query["page"], named(refused)).render()


@cities_blueprint.get("/cities/<slug>")
def city(slug: str) -> str:
    """A city's context, its challenges, its leaders and visions, and what it did."""
    entry = queries.city_by_slug(session(), slug)
    catalogue = context.catalogue()
    rows = catalogue.initiative_rows(city=entry.id)
    terms, visions, talks, answers, city_answers = queries.load_lists(
        session(),
        entry,
        besides=(
            queries.terms_in_city(),
            queries.vision_cards_of_city(),
            forum.talks_of_city(),
            forum.answers_about_city(),
            questions.public_answers_of_city(),
        ),
    )
    named_codes = {link.challenge_code for link in entry.challenges}
    page = pages.CityPage(
        entry=entry,
        leaders=[term for term in terms if not term.leads_no_city],
        others=[term for term in terms if term.leads_no_city],
        visions=visions,
        initiatives=_first_initiatives(catalogue, rows),
        total=len(rows),
        from_initiatives=[
            (challenge, count)
            for challenge, count in queries.most_frequent_challenges(
                session(), catalogue.term_counts("challenges", rows)
            )
            if challenge.code not in named_codes
        ],
        goals=queries.goals_by_numbers(session(), catalogue.goals_of(rows)),
        talks=talks,
        answers=answers,
        city_answers=city_answers,
        times=questions.open_and_answer_time(session(), entry.id),
        peers=context.peers().find(session(), PeerQuestion(entry.place_id, limit=_PEERS_SHOWN, beside=0)),
        jsonld=jsonld.city(entry),
    )
    return page.render()


leaders_blueprint = Blueprint("leaders", __name__)


@leaders_blueprint.get("/leaders")
def leaders() -> Response:
    """All leaders, by way of the search."""
    return redirect(search_link(kind="leader"))


@leaders_blueprint.get("/leaders/<slug>")
def leader(slug: str) -> str:
    """A leader's terms of office, and the initiatives championed."""
    entry = queries.leader_by_slug(session(), slug)
    queries.load_lists(session(), entry)
    catalogue = context.catalogue()
    rows = catalogue.initiative_rows(leader=entry.id)
    page = pages.LeaderPage(
        entry=entry,
        initiatives=_first_initiatives(catalogue, rows),
        sessions=forum.sessions_with_leader(session(), entry),
        total=len(rows),
        jsonld=jsonld.leader(entry),
    )
    return page.render()


visions_blueprint = Blueprint("visions", __name__)


@visions_blueprint.get("/visions")
def visions() -> Response:
    """All visions, by way of the search."""
    return redirect(search_link(kind="vision"))


@visions_blueprint.get("/visions/<slug>")
def vision(slug: str) -> str:
    """A city's strategy, and the initiatives that carry it out."""
    entry = queries.vision_by_slug(session(), slug)
    queries.load_lists(session(), entry)
    catalogue = context.catalogue()
    rows = catalogue.initiative_rows(vision=entry.id)
    page = pages.VisionPage(
        entry=entry,
        initiatives=_first_initiatives(catalogue, rows),
        total=len(rows),
        jsonld=jsonld.vision(entry),
    )
    return page.render()


challenges_blueprint = Blueprint("challenges", __name__)


@challenges_blueprint.get("/challenges")
def challenges() -> str:
    """The challenges by dimension, with how many initiatives take each on."""
    listed = by_label(queries.challenges(session()))
    page = pages.ChallengesPage(
        challenges=listed,
        aims=queries.aims(session()),
        per_challenge=context.counts().by(EntryKind.INITIATIVE, "challenge"),
        jsonld=jsonld.term_set("Challenges of cities", listed),
    )
    return page.render()


@challenges_blueprint.get("/challenges/<code>")
def challenge(code: str) -> str:
    """A challenge, the initiatives that take it on, and the cities that have named it or work on it."""
    entry = queries.challenge_by_code(session(), code)
    catalogue = context.catalogue()
    rows = catalogue.initiative_rows(challenge=code)
    naming = catalogue.city_rows_naming(code)
    at_work = np.setdiff1d(catalogue.city_rows_of(rows), naming, assume_unique=True)
    page = pages.ChallengePage(
        challenge=entry,
        initiatives=_first_initiatives(catalogue, rows),
        total=len(rows),
        cities=_first_cities(catalogue, naming),
        total_cities=len(naming),
        cities_at_work=_first_cities(catalogue, at_work),
        total_at_work=len(at_work),
        jsonld=jsonld.term(entry),
    )
    return page.render()


technologies_blueprint = Blueprint("technologies", __name__)


@technologies_blueprint.get("/technologies")
def technologies() -> str:
    """The technologies by group, with how many initiatives use each."""
    listed = by_label(queries.technologies(session()))
    page = pages.TechnologiesPage(
        technologies=listed,
        per_technology=context.counts().by(EntryKind.INITIATIVE, "technology"),
        jsonld=jsonld.term_set("Technologies of cities", listed),
    )
    return page.render()


@technologies_blueprint.get("/technologies/<code>")
def technology(code: str) -> str:
    """A technology, and the initiatives that use it."""
    entry = queries.technology_by_code(session(), code)
    catalogue = context.catalogue()
    rows = catalogue.initiative_rows(technology=code)
    page = pages.TechnologyPage(
        technology=entry,
        initiatives=_first_initiatives(catalogue, rows),
        total=len(rows),
        jsonld=jsonld.term(entry),
    )
    return page.render()


def _first_initiatives(catalogue: CatalogueSnapshot, rows: Rows) -> Sequence[InitiativeCard]:
    return queries.initiative_cards_by_ids(session(), catalogue.initiative_ids(rows[: queries.SHOWN]))


def _first_cities(catalogue: CatalogueSnapshot, rows: Rows) -> Sequence[CityName]:
    return queries.city_lines_by_ids(session(), catalogue.city_ids(rows[: queries.SHOWN]))


maps_blueprint = Blueprint("maps", __name__)


@maps_blueprint.get("/map")
def map() -> str:  # noqa: A001 - a template bears its view's name, and the page is the map
    """Initiatives on the world, narrowed by the search's parameters or to one continent, from near or from afar."""
    query, refused = MapSchema().read(request.args)
    return map_page.page_of_map(session(), context.catalogue(), query, refused).render()


@maps_blueprint.get("/map/circles")
def map_circles() -> Response:
    """The circles in a frame, for a map that is open: a piece of a page."""
    query, _refused = MapSchema().read(request.args)
    return _piece(map_page.circles(session(), context.catalogue(), query))


@maps_blueprint.get("/map/card")
def map_card() -> Response:
    """What a card of the map says of a few cities: a piece of a page."""
    query, _refused = MapSchema().read(request.args)
    return _piece(map_page.card(session(), context.catalogue(), query))


def _piece(page: Page) -> Response:
    """A piece of a page, which is not sent again where the browser has it, and which no search engine lists."""
    response = make_response(page.render())
    response.headers["X-Robots-Tag"] = "noindex"
    response.add_etag()
    return response.make_conditional(request)


images_blueprint = Blueprint("images", __name__)

_FOR_EVER = "public, max-age=31536000, immutable"
"""Addresses of pictures name their content, so that caches keep them."""


@images_blueprint.get("/images/<key>/<any(large, small):size>.webp")
def image(key: str, size: str) -> Response:
    """A picture that a published entry shows; those who work at the desk also see what is not published."""
    is_public = queries.is_image_shown(session(), key)
    if not is_public and not access.allows("propose"):
        raise NotFound
    response = make_response()
    response.mimetype = "image/webp"
    response.headers["Cache-Control"] = _FOR_EVER if is_public else "private, no-store"
    response.set_etag(f"{key}-{size}")
    response.make_conditional(request)
    if response.status_code == 200:
        content = queries.image_bytes(session(), key, size)
        if content is None:
            raise NotFound
        response.set_data(content)
    return response


BLUEPRINTS = [
    initiatives_blueprint,
    cities_blueprint,
    leaders_blueprint,
    visions_blueprint,
    challenges_blueprint,
    technologies_blueprint,
    maps_blueprint,
    history.blueprint,
    images_blueprint,
    reports.blueprint,
]
