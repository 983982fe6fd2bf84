"""Links that lend the console of a session to whoever holds them, until a day after it or until they are taken back."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.accounts.actions import record_audit_event
from kb.accounts.models import User
from kb.core.column_types import LARGEST_ID
from kb.core.errors import NotFound, Refused
from kb.core.i18n import gettext_noop

from ..models import ChairLink, ClockStep, ForumSession
from ..queries import LONGEST

LINK_LIFETIME = timedelta(hours=24)
"""For so long after a session its links work: the day after, notes and answers are put right, and then one that lies in
a mailbox opens nothing any more."""

SHOWN_FOR = timedelta(minutes=10)
"""For so long a new link is shown to the organiser who made it, also where the form was sent twice."""

REVOKED = gettext_noop("This link was cancelled. Ask the organiser for a new one.")
EXPIRED = gettext_noop(
    "This link has expired: links work until a day after the session. The record is on the page of the session. "
    "The organiser can still correct it."
)


class LinkEnded(Refused):
    """A link that was good once; its message says why it is so no more."""


@dataclass(frozen=True, slots=True)
class Chair:
    """Whoever leads or moderates: by an account, or by a link, which was made for somebody of that name."""

    name: str
    user: User | None = None
    link_id: int | None = None


def record_moderation(
    session: Session, chair: Chair, forum_session: ForumSession, verb: str, **details: object
) -> None:
    """Note in the audit trail what somebody did who leads; nothing of whoever asked may stand in the details."""
    if chair.link_id is not None:
        details["link"] = chair.link_id
    event = record_audit_event(session, chair.user, verb, "session", forum_session.slug, **details)
    event.actor_name = chair.name


def token_by_key(secret: str, key: str) -> str:
    """The token of a new link by the random key that its maker's page has, and the site's secret; neither tells it."""
    return hmac.new(secret.encode(), f"chair link {key}".encode(), hashlib.sha256).hexdigest()


def create_link(
    session: Session, actor: User | None, forum_session: ForumSession, name: str, token: str | None = None
) -> tuple[ChairLink, str]:
    """Make a link for somebody; its token, a new one if none is given, is kept nowhere."""
    token = token or secrets.token_urlsafe(32)
    link = ChairLink(session_id=forum_session.id, token_hash=_hash(token), name=name)
    session.add(link)
    session.flush()
    record_audit_event(session, actor, "make-chair-link", "session", forum_session.slug, link=link.id, name=name)
    return link, token


def new_link(session: Session, forum_session: ForumSession, token: str, now: datetime) -> ChairLink | None:
    """The link of a token that was made for this session less than SHOWN_FOR ago."""
    query = select(ChairLink).where(
        ChairLink.token_hash == _hash(token),
        ChairLink.session_id == forum_session.id,
        ChairLink.revoked_at.is_(None),
        ChairLink.made_at > now - SHOWN_FOR,
    )
    return session.scalars(query).one_or_none()


def link_by_token(session: Session, token: str, now: datetime) -> ChairLink | None:
    """The link of a token; None where there is none. Raises LinkEnded."""
    chair_link = session.scalars(select(ChairLink).where(ChairLink.token_hash == _hash(token))).one_or_none()
    return None if chair_link is None else _first_valid(session, [chair_link], now)


def valid_link(session: Session, session_id: int, link_ids: list[int], now: datetime) -> ChairLink | None:
    """One of these links that is for this session; None where none is. Raises LinkEnded where all of them are over."""
    if not link_ids:
        return None
    query = select(ChairLink).where(ChairLink.id.in_(link_ids), ChairLink.session_id == session_id)
    chair_links = session.scalars(query.order_by(ChairLink.id.desc())).all()
    return _first_valid(session, chair_links, now) if chair_links else None


def _first_valid(session: Session, links: Sequence[ChairLink], now: datetime) -> ChairLink:
    """The first of these links of one session that was not taken back. Raises LinkEnded."""
    link = next((chair_link for chair_link in links if chair_link.revoked_at is None), None)
    if link is None:
        raise LinkEnded(REVOKED)
    if now >= links_expire_at(session, link.session):
        raise LinkEnded(EXPIRED)
    return link


def links_expire_at(session: Session, forum_session: ForumSession) -> datetime:
    """The moment from which no link to a session works any more: LINK_LIFETIME after its planned end or its last step.

    So a session that is put off takes its links with it, and none runs out while a session is led.
    """
    planned = forum_session.ends_at or forum_session.starts_at + LONGEST
    last = session.scalar(select(func.max(ClockStep.at)).where(ClockStep.session_id == forum_session.id))
    return max(planned, last or planned) + LINK_LIFETIME


def replace_link(
    session: Session, actor: User, forum_session: ForumSession, link_id: int, now: datetime, token: str
) -> tuple[ChairLink, str]:
    """Take a link back and make another for the same person. Raises NotFound."""
    name = revoke_link(session, actor, forum_session, link_id, now).name
    return create_link(session, actor, forum_session, name, token)


def revoke_link(session: Session, actor: User, forum_session: ForumSession, link_id: int, now: datetime) -> ChairLink:
    """Take a link back; whoever leads by it is let in no more. Raises NotFound."""
    link = session.get(ChairLink, link_id) if 0 < link_id <= LARGEST_ID else None
    if link is None or link.session_id != forum_session.id:
        raise NotFound
    link.revoked_at = link.revoked_at or now
    record_audit_event(session, actor, "revoke-chair-link", "session", forum_session.slug, link=link.id, name=link.name)
    return link


def _hash(token: str) -> str:
    # The token is random and long, so a plain hash of it tells nothing.
    return hashlib.sha256(token.encode()).hexdigest()
