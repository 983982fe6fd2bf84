"""What the page of a saved list shows: its entries in order, whose brief it is, and the addresses of every change."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from flask import url_for
from markupsafe import Markup
from sqlalchemy import Row
from sqlalchemy.orm import Session

from kb.briefs import Brief, EntryPart, Question, Wording, brief_of, entry_parts
from kb.catalogue import queries
from kb.catalogue.entries import TermKind
from kb.catalogue.models import City, Initiative
from kb.core.column_types import LARGEST_ID
from kb.core.errors import NotFound
from kb.core.i18n import Message, gettext_noop
from kb.peers.loaders import place_summaries
from kb.peers.place_resolution import resolve
from kb.peers.places import PlaceMatch
from kb.search.suggestions import Suggestion

from ..core import context, pdf
from ..core.formatting import day, initiative_years, measured, message_text, money, number, today
from ..core.language import direction, language
from ..core.links import absolute, ask_address, link_to
from ..core.pages import Page
from .pages import OFFERED, by_dimension, told_apart
from .schemas import MAX_SHORTLIST, SHORTLIST_KINDS, ShortlistItem, ShortlistQuery

_TOO_MANY = gettext_noop("A saved list has at most %(most)s entries. The others were left out.")
_UNKNOWN = {
    "initiative": gettext_noop("There is no initiative “%(slug)s”. It was left out."),
    "city": gettext_noop("There is no city “%(slug)s”. It was left out."),
}
_NO_CHALLENGE = gettext_noop("There is no challenge “%(code)s”. It was left out.")
_NO_PLACE = gettext_noop(
    "No place called “%(typed)s” is known. The brief shows the name, but not why these cities are peers."
)
_SEVERAL_PLACES = gettext_noop("Several places are called “%(typed)s”. Choose your city on the page of the saved list.")
_SLUG = re.compile(r"[a-z0-9-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shortlist:
    """Entries of a saved list that are there, in its order, and notes on those that are not."""

    entries: tuple[Initiative | City, ...]
    kept: tuple[ShortlistItem, ...]
    notes: tuple[Message, ...]


def shortlist_of(session: Session, shortlist_query: ShortlistQuery) -> Shortlist:
    """Load the entries of a saved list, in a number of queries that does not grow with it."""
    by_slug: dict[str, Mapping[str, Initiative | City]] = {
        "initiative": queries.initiatives_by_slugs(session, shortlist_query.slugs("initiative")),
        "city": queries.cities_by_slugs(session, shortlist_query.slugs("city")),
    }
    there = tuple((kind, slug) for kind, slug in shortlist_query.kept if slug in by_slug[kind])
    kept = there[:MAX_SHORTLIST]
    missing = [(kind, slug) for kind, slug in shortlist_query.kept if slug not in by_slug[kind]]
    notes = [Message(_UNKNOWN[kind], {"slug": slug}) for kind, slug in missing]
    if len(there) > MAX_SHORTLIST:
        notes.insert(0, Message(_TOO_MANY, {"most": MAX_SHORTLIST}))
    return Shortlist(tuple(by_slug[kind][slug] for kind, slug in kept), kept, tuple(notes))


@dataclass(frozen=True, slots=True)
class ReadQuestion:
    """The question of a brief as the address has it, notes on what was not understood, and places that may be meant."""

    question: Question
    notes: tuple[Message, ...] = ()
    places: tuple[PlaceMatch, ...] = ()


def question_of(session: Session, shortlist_query: ShortlistQuery) -> ReadQuestion:
    """Whose brief it is, and for what question; what is not understood becomes a note."""
    place_id, places = _place_meant(session, shortlist_query.place)
    notes = list(shortlist_query.notes)
    place = place_summaries(session, {place_id}).get(place_id) if place_id is not None else None
    if shortlist_query.place and place is None:
        note = _SEVERAL_PLACES if places else _NO_PLACE
        notes.append(Message(note, {"typed": shortlist_query.place}))
    codes = shortlist_query.challenges
    if codes is None:
        codes = sorted(queries.challenges_at_place(session, place.id)) if place else []
    labels = queries.labels(session, TermKind.CHALLENGE) if codes else {}
    notes += [Message(_NO_CHALLENGE, {"code": code}) for code in codes if code not in labels]
    return ReadQuestion(
        Question(
            place=place,
            place_name="" if place else shortlist_query.place,
            challenges={code: labels[code] for code in codes if code in labels},
            text=shortlist_query.question,
        ),
        tuple(notes),
        places,
    )


def _place_meant(session: Session, given: str) -> tuple[int | None, tuple[PlaceMatch, ...]]:
    """The id of the place that a number, a slug or a name means; else the places that it may mean."""
    if not given:
        return None, ()
    if given.isascii() and given.isdigit():
        return (int(given) if len(given) < len(str(LARGEST_ID)) else None), ()
    if _SLUG.fullmatch(given):
        try:
            return queries.place_of_city(session, given), ()
        except NotFound:
            pass
    resolution = resolve(context.peers().gazetteer, given)
    if resolution.place is not None:
        return resolution.place.id, ()
    return None, resolution.several[:OFFERED]


def shortlist_link(pairs: Sequence[tuple[str, str]], endpoint: str = "shortlist.shortlist") -> str:
    """The address of a list, or of its brief."""
    path = url_for(endpoint)
    return f"{path}?{urlencode(pairs)}" if pairs else path


@dataclass(frozen=True, kw_only=True)
class ShortlistPage(Page):
    """The entries of a saved list, each with the URL of the list without it, and the form of its brief's question.

    `problem` says why there is no PDF; `files` are the brief's by label.
    """

    template = "peers/shortlist.html"
    query: ShortlistQuery
    question: Question
    places: Sequence[tuple[str, str, str]]
    challenges: Sequence[tuple[str, Sequence[Row[str, str, str]]]]
    entries: Sequence[tuple[str, str, EntryPart, str]]
    kept: Sequence[ShortlistItem]
    notes: Sequence[Message]
    most: int
    full: bool
    offered: Sequence[tuple[Suggestion, str]]
    address: str
    html: str
    docx: str
    pdf: str | None
    without_place: str
    made_on: date
    problem: str | None


@dataclass(frozen=True, kw_only=True)
class BriefPage(Page):
    """A brief as one HTML file."""

    template = "peers/brief.html"
    brief: Brief
    style_element: Markup


def page_of_shortlist(session: Session, shortlist_query: ShortlistQuery, problem: str | None = None) -> ShortlistPage:
    """Everything that the template needs, by name."""
    shortlist = shortlist_of(session, shortlist_query)
    read = question_of(session, shortlist_query)
    there = replace(shortlist_query, kept=shortlist.kept)
    offered = context.search().suggest(session, shortlist_query.typed, 4 * OFFERED) if shortlist_query.typed else []
    parts = entry_parts(shortlist.entries, _wording())
    pairs = there.pairs()
    return ShortlistPage(
        query=there,
        question=read.question,
        places=[
            (place.name, told_apart(place, read.places), shortlist_link(replace(there, place=str(place.id)).pairs()))
            for place in read.places
        ],
        challenges=by_dimension(queries.challenge_names(session)),
        entries=[
            (kind, slug, part, shortlist_link(there.pairs(without=(kind, slug))))
            for (kind, slug), part in zip(shortlist.kept, parts, strict=True)
        ],
        kept=shortlist.kept,
        # Which of several places is meant, the page asks with links.
        notes=[*shortlist.notes, *(note for note in read.notes if note.template != _SEVERAL_PLACES)],
        most=MAX_SHORTLIST,
        full=len(shortlist.kept) >= MAX_SHORTLIST,
        offered=[
            (suggestion, shortlist_link(there.pairs(also=(suggestion.kind, suggestion.key))))
            for suggestion in offered
            if suggestion.kind in SHORTLIST_KINDS and (suggestion.kind, suggestion.key) not in shortlist.kept
        ][:OFFERED],
        address=absolute(shortlist_link(pairs)),
        html=shortlist_link(pairs, "shortlist.brief_html"),
        docx=shortlist_link(pairs, "shortlist.brief_docx"),
        pdf=shortlist_link(pairs, "shortlist.brief_pdf") if there.kept and pdf.is_offered() else None,
        without_place=shortlist_link(replace(there, place="").pairs()),
        made_on=today(),
        problem=problem,
    )


def brief(session: Session, shortlist_query: ShortlistQuery) -> Brief:
    """The brief of a saved list, in the reader's language."""
    shortlist = shortlist_of(session, shortlist_query)
    read = question_of(session, shortlist_query)
    notes = [message_text(note) for note in (*shortlist.notes, *read.notes)]
    return brief_of(
        session, context.peers(), shortlist.entries, read.question, wording=_wording(), made_on=today(), notes=notes
    )


def as_html(brief: Brief) -> str:
    """A brief as one HTML file: style and fonts within it, links written out, nothing fetched from anywhere."""
    return BriefPage(brief=brief, style_element=pdf.style_element()).render()


def _wording() -> Wording:
    """How a brief is worded for whoever asks."""
    return Wording(
        language=language(),
        is_right_to_left=direction() == "rtl",
        say=message_text,
        number=lambda value: str(number(value)),
        day=lambda value: str(day(value)),
        money=lambda amount, currency: str(money(amount, currency)),
        measured=lambda value, outcome, is_qualified: str(measured(value, outcome, is_qualified)),
        years=lambda initiative: str(initiative_years(initiative)),
        address=lambda entry: absolute(link_to(entry)),
        ask=lambda entry: absolute(ask_address(entry)),
    )
