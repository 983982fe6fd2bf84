"""E-mails about decisions on proposals, sent after the commit, and the links in e-mails that confirm an entry."""

from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.accounts.queries import people_of_cities
from kb.catalogue.entries import ENTRIES, EntryKind
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop
from kb.editorial import queries
from kb.editorial.entries import title_of
from kb.editorial.models import Proposal

from ..core import context
from ..core.links import absolute, link_to_entry
from ..core.mails import send_mail
from .entry_status import cities_of

_SECONDS = 60 * 86_400
_INVALID_LINK = gettext_noop("This link was used, has expired, or its entry was removed. Nothing was changed.")


@dataclass(frozen=True, slots=True)
class ConfirmationRequest:
    """What a link is about: an entry of a kind, and the person who was asked."""

    kind: EntryKind
    entry: Any
    person: User


def confirmation_token(kind: EntryKind, entry: Any, person: User) -> str:
    """The part of a link's address that says who may confirm what."""
    return _signer().dumps([kind, entry.id, str(entry.confirmed_on), person.id])


def read_confirmation_link(session: Session, text: str) -> ConfirmationRequest:
    """What a link is about. Raises Refused for one that is forged, old or used."""
    try:
        kind, entry_id, confirmed_on, person_id = _signer().loads(text, max_age=_SECONDS)
    except BadData:
        raise Refused(_INVALID_LINK) from None
    entry: Any = session.get(ENTRIES[kind].model, entry_id)
    person = session.get(User, person_id)
    if entry is None or person is None or person.disabled_at is not None or str(entry.confirmed_on) != confirmed_on:
        raise Refused(_INVALID_LINK)
    return ConfirmationRequest(kind, entry, person)


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="citypeers-still-true")


MOST_ASKED = 20


def notify_authors(*keys: int) -> None:
    """Tell the author of each proposal what was decided, why, and where it goes on; in as many queries for all."""
    with context.database().reading() as session:
        proposals = queries.decided_with_authors(session, keys)
        slugs = queries.slugs_of_entries(session, proposals)
        for proposal in proposals:
            author = proposal.author
            if author is not None and author.disabled_at is None and author.id != proposal.reviewer_id:
                _tell_author(author, proposal, slugs.get((proposal.kind, proposal.entry_id)))


def _tell_author(author: User, proposal: Proposal, slug: str | None) -> None:
    """Send the mail, with the public page where the proposal was accepted and its entry is there under `slug`."""
    remarks = [f"- {remark.text}" for remark in proposal.remarks if remark.resolved_at is None]
    subject, words = _decided(proposal.state, proposal.title or gettext("No title yet"))
    page = url_for("desk.proposal", key=proposal.id)
    if slug is not None and proposal.state == "accepted":
        page = link_to_entry(proposal.kind, slug)
    pieces = [words, proposal.reason or "", "\n".join(remarks), absolute(page)]
    send_mail([author], subject, "\n\n".join(piece for piece in pieces if piece) + "\n")


def _decided(state: str, title: str) -> tuple[str, str]:
    """Subject and first sentence of the letter about a decision."""
    if state == "accepted":
        return gettext("Published: %(title)s", title=title), gettext(
            "Your proposal “%(title)s” was accepted and is public now. Thank you.", title=title
        )
    if state == "changes-requested":
        return gettext("Changes requested: %(title)s", title=title), gettext(
            "An editor asks you to change something in “%(title)s” before it is published.", title=title
        )
    return gettext("Not published: %(title)s", title=title), gettext(
        "Your proposal “%(title)s” was declined. You can still read it on your desk. The reason:", title=title
    )


def request_confirmation(session: Session, kind: EntryKind, entry: Any) -> int:
    """Ask those responsible for an entry whether it is still true; return how many were asked."""
    here = {city.id for city in cities_of(entry)}
    query = people_of_cities(here, queries.authors_of(kind, entry.id))
    people = session.scalars(query.limit(MOST_ASKED)).all()
    title = title_of(kind, entry)
    for person in people:
        text = gettext(
            "Is this still correct?\n\n"
            "%(title)s\n%(page)s\n\n"
            "If it is, please open this link and confirm it:\n%(link)s\n",
            title=title,
            page=absolute(link_to_entry(kind, entry.slug)),
            link=absolute(url_for("still_true.still_true", ticket=confirmation_token(kind, entry, person))),
        )
        send_mail([person], gettext("Still correct? %(title)s", title=title), text)
    return len(people)
