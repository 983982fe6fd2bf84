"""Links that lend the console of one session to whoever holds them: kept as hashes, and taken back at any time."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.actions import note
from kb.accounts.models import User
from kb.columns import LARGEST_ID
from kb.problems import NotFound

from ..models import ChairLink, ForumSession


@dataclass(frozen=True, slots=True)
class Chair:
    """Whoever leads or moderates: by an account, or by a link, which was made for somebody of that name."""

    name: str
    user: User | None = None
    link_id: int | None = None


def note_deed(session: Session, chair: Chair, forum_session: ForumSession, verb: str, **details: object) -> None:
    """Note in the audit trail what somebody did who leads; nothing of whoever asked may stand in the details."""
    if chair.link_id is not None:
        details["link"] = chair.link_id
    event = note(session, chair.user, verb, "session", forum_session.slug, **details)
    event.actor_name = chair.name


def make_link(session: Session, actor: User | None, forum_session: ForumSession, name: str) -> tuple[ChairLink, str]:
    """Make a link for somebody; its token is given this once and kept nowhere."""
    token = secrets.token_urlsafe(32)
    link = ChairLink(session_id=forum_session.id, token_hash=_hash(token), name=name)
    session.add(link)
    session.flush()
    note(session, actor, "make-chair-link", "session", forum_session.slug, link=link.id, name=name)
    return link, token


def link_of_token(session: Session, token: str) -> ChairLink | None:
    """The link of a token, unless it was revoked."""
    found = select(ChairLink).where(ChairLink.token_hash == _hash(token), ChairLink.revoked_at.is_(None))
    return session.scalars(found).one_or_none()


def link_in_force(session: Session, session_id: int, link_ids: list[int]) -> ChairLink | None:
    """One of these links that is for this session and was not revoked."""
    if not link_ids:
        return None
    found = select(ChairLink).where(
        ChairLink.id.in_(link_ids), ChairLink.session_id == session_id, ChairLink.revoked_at.is_(None)
    )
    return session.scalars(found.limit(1)).one_or_none()


def revoke(session: Session, actor: User, forum_session: ForumSession, link_id: int, now: datetime) -> None:
    """Take a link back; whoever leads by it is let in no more. Raises NotFound."""
    link = session.get(ChairLink, link_id) if 0 < link_id <= LARGEST_ID else None
    if link is None or link.session_id != forum_session.id:
        raise NotFound
    link.revoked_at = link.revoked_at or now
    note(session, actor, "revoke-chair-link", "session", forum_session.slug, link=link.id, name=link.name)


def _hash(token: str) -> str:
    # The token is random and long, so a plain hash of it tells nothing.
    return hashlib.sha256(token.encode()).hexdigest()
