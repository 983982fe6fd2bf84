"""What the page of a saved list shows: its entries in order, and the addresses of every change and of the brief."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from flask import url_for
from markupsafe import Markup
from sqlalchemy.orm import Session

from kb.catalogue import queries
from kb.catalogue.models import City, Initiative
from kb.core.i18n import Message, gettext_noop
from kb.search.suggestions import Suggestion

from ..core import context, pdf
from ..core.formatting import today
from ..core.links import absolute
from ..core.pages import Page
from .schemas import MAX_SHORTLIST, SHORTLIST_KINDS, ShortlistItem, ShortlistQuery

_OFFERED = 8
_TOO_MANY = gettext_noop("A saved list has at most %(most)s entries. The others were left out.")
_UNKNOWN = {
    "initiative": gettext_noop("There is no initiative “%(slug)s”. It was left out."),
    "city": gettext_noop("There is no city “%(slug)s”. It was left out."),
}


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


def shortlist_link(shortlist_items: list[ShortlistItem], endpoint: str = "shortlist.shortlist") -> str:
    """The address of a list, or of its brief."""
    path = url_for(endpoint)
    return f"{path}?{urlencode(shortlist_items)}" if shortlist_items else path


@dataclass(frozen=True, kw_only=True)
class ShortlistPage(Page):
    """The entries of a saved list, each with the URL of the list without it; `problem` says why there is no PDF."""

    template = "peers/shortlist.html"
    query: ShortlistQuery
    entries: Sequence[tuple[str, str, Initiative | City, str]]
    kept: Sequence[ShortlistItem]
    notes: Sequence[Message]
    most: int
    full: bool
    offered: Sequence[tuple[Suggestion, str]]
    address: str
    html: str
    pdf: str | None
    made_on: date
    problem: str | None


@dataclass(frozen=True, kw_only=True)
class BriefPage(Page):
    """The brief of a saved list, as one HTML file."""

    template = "peers/brief.html"
    entries: Sequence[tuple[str, Initiative | City]]
    notes: Sequence[Message]
    made_on: date
    style_element: Markup


def page_of_shortlist(session: Session, shortlist_query: ShortlistQuery, problem: str | None = None) -> ShortlistPage:
    """Everything that the template needs, by name."""
    shortlist = shortlist_of(session, shortlist_query)
    there = ShortlistQuery(shortlist.kept)
    offered = context.search().suggest(session, shortlist_query.typed, 4 * _OFFERED) if shortlist_query.typed else []
    return ShortlistPage(
        query=shortlist_query,
        entries=[
            (kind, slug, entry, shortlist_link(there.pairs(without=(kind, slug))))
            for (kind, slug), entry in zip(shortlist.kept, shortlist.entries, strict=True)
        ],
        kept=shortlist.kept,
        notes=shortlist.notes,
        most=MAX_SHORTLIST,
        full=len(shortlist.kept) >= MAX_SHORTLIST,
        offered=[
            (suggestion, shortlist_link(there.pairs(also=(suggestion.kind, suggestion.key))))
            for suggestion in offered
            if suggestion.kind in SHORTLIST_KINDS and (suggestion.kind, suggestion.key) not in shortlist.kept
        ][:_OFFERED],
        address=absolute(shortlist_link(there.pairs())),
        html=shortlist_link(there.pairs(), "shortlist.brief_html"),
        pdf=shortlist_link(there.pairs(), "shortlist.brief_pdf") if there.kept and pdf.is_offered() else None,
        made_on=today(),
        problem=problem,
    )


def document(collected: Shortlist) -> str:
    """The brief as one HTML file: style and fonts within it, links written out, nothing fetched from anywhere."""
    return BriefPage(
        entries=[(kind, entry) for (kind, _), entry in zip(collected.kept, collected.entries, strict=True)],
        notes=collected.notes,
        made_on=today(),
        style_element=pdf.style_element(),
    ).render()
