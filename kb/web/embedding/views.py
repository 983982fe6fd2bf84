"""Frames for other sites: an initiative, a search, and the peers of a city."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kb.catalogue import queries
from kb.catalogue.entries import EntryKind
from kb.catalogue.models import Initiative
from kb.core.errors import NotFound
from kb.core.i18n import Message
from kb.editorial.queries import merged_into
from kb.peers.answers import Peer, PlaceSummary
from kb.search.results import Hit

from ..core import context
from ..core.context import session
from ..core.headers import keep_out_of_search_engines, may_be_framed
from ..core.links import search_link
from ..core.pages import Page
from ..core.search_schema import search_schema
from ..core.search_words import search_words
from ..peers.pages import peers_link
from ..peers.schemas import PeersQuery, peers_schema
from ..search.results import named
from . import oembed


@dataclass(frozen=True, kw_only=True)
class InitiativeFrame(Page):
    """An initiative in short."""

    template = "embedding/initiative.html"
    entry: Initiative


@dataclass(frozen=True, kw_only=True)
class SearchFrame(Page):
    """The first entries that a search finds; `words` is what it is called, `unknown` was left out of it."""

    template = "embedding/search.html"
    hits: Sequence[Hit]
    total: int
    words: str
    search_url: str
    unknown: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, kw_only=True)
class PeersFrame(Page):
    """The cities most like a city, or where none is its peer the `nearest`; `notes` say what was left out."""

    template = "embedding/peers.html"
    place: PlaceSummary
    peers: Sequence[Peer]
    nearest: Sequence[Peer]
    notes: Sequence[Message]
    peers_url: str


@dataclass(frozen=True, kw_only=True)
class MissingFrame(Page):
    """Says that there is nothing to show."""

    template = "embedding/missing.html"


SHOWN = 5
"""Entries or cities that a frame lists."""

blueprint = Blueprint("embedding", __name__)
blueprint.after_request(keep_out_of_search_engines)


@blueprint.get("/embed/initiatives/<slug>")
@may_be_framed
def initiative(slug: str) -> ResponseReturnValue:
    """What was done, where and when, in short."""
    entry = queries.initiative_by_slug(session(), slug)
    queries.load_lists(session(), entry, ["places"])
    return InitiativeFrame(entry=entry).render()


@blueprint.get("/embed/search")
@may_be_framed
def search() -> ResponseReturnValue:
    """The first entries that a search finds; its parameters are those of the search page."""
    question, refused = search_schema().read(request.args)
    answer = context.search().answer(session(), replace(question, page=1))
    page = SearchFrame(
        hits=answer.hits[:SHOWN],
        total=answer.total,
        words=search_words(answer),
        unknown=named((*answer.unknown, *refused)),
        search_url=search_link(answer.question),
    )
    return page.render()


@blueprint.get("/embed/cities/<slug>/peers")
@may_be_framed
def city_peers(slug: str) -> ResponseReturnValue:
    """The cities most like a city with a page; its parameters are those of the page of peers."""
    asked: PeersQuery = peers_schema().load(request.args)
    place_id = queries.place_of_city(session(), slug)
    answer = context.peers().find(session(), replace(asked.question(place_id), limit=SHOWN, beside=0))
    page = PeersFrame(
        place=answer.place,
        peers=answer.peers,
        nearest=answer.nearest,
        notes=(*(note.message for note in asked.notes), *answer.notes),
        peers_url=peers_link(asked, place_id, slug),
    )
    return page.render()


_KINDS = {"embedding.initiative": EntryKind.INITIATIVE, "embedding.city_peers": EntryKind.CITY}


@blueprint.errorhandler(NotFound)
def missing(_problem: NotFound) -> ResponseReturnValue:
    """The frame of the entry that one was merged into, or a frame that says that there is nothing."""
    kind, slug = _KINDS[request.endpoint or ""], (request.view_args or {})["slug"]
    kept = merged_into(session(), kind, slug)
    if kept is not None:
        return redirect(url_for(request.endpoint or "", slug=kept), 301)
    return MissingFrame().render(), 404


BLUEPRINTS = [blueprint, oembed.blueprint]
