"""Changes sessions as a whole: creates, updates, announces, calls off and deletes them; keeps the chair's brief."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.actions import record_audit_event
from kb.accounts.models import User
from kb.catalogue.change_log import acquire_write_lock
from kb.catalogue.models import Source, Versioned
from kb.catalogue.rules import free_slug
from kb.core.column_types import now
from kb.core.errors import Conflict, Refused
from kb.core.i18n import gettext_noop
from kb.core.sql_functions import folded
from kb.core.text import fold

from ..choices import LEADING_ROLES
from ..live.queries import steps_of
from ..live.session_control import take_step
from ..models import BriefEdit, Forum, ForumSession, Slot
from ..rules import allowed_transitions, moment, run_of_show

ROW_CONFLICT = gettext_noop("Someone else saved first.")

Data = Mapping[str, Any]


def refuse_stale(row: Versioned, version: int | None) -> None:
    """Raise Conflict where a row is another than the form was written from."""
    if row.version != version:
        raise Conflict(ROW_CONFLICT)


def renumber(rows: Iterable[Any]) -> None:
    """Number rows by their order, from 0."""
    for position, row in enumerate(rows):
        if row.position != position:
            row.position = position


def sources_of(session: Session, urls: Sequence[str]) -> list[Source]:
    """The sources of those addresses, seen today where they are new."""
    known = {source.url: source for source in session.scalars(select(Source).where(Source.url.in_(urls)))}
    for url in urls:
        if url not in known:
            known[url] = Source(url=url, seen_on=now().date())
            session.add(known[url])
    return [known[url] for url in urls]


_NO_MOVE = gettext_noop("That is not possible in the present state of the session.")
_NOT_EMPTY = gettext_noop("There is a programme already. Remove its items first.")
_NO_EVENT = gettext_noop("There is no such event.")
_IN_USE = gettext_noop("Only a draft can be deleted. Cancel the session instead.")


def create_session(session: Session, actor: User, data: Data) -> ForumSession:
    """A new session, as a draft."""
    acquire_write_lock(session)
    slugs = set(session.scalars(select(ForumSession.slug)))
    forum_session = ForumSession(slug=free_slug(data["title"], slugs), state="draft")
    _fill_session(session, forum_session, data)
    session.add(forum_session)
    session.flush()
    record_audit_event(session, actor, "prepare-session", "session", forum_session.slug)
    return forum_session


def update_session(session: Session, actor: User, forum_session: ForumSession, data: Data) -> None:
    """Change what is told of a session; its address stays."""
    acquire_write_lock(session)
    refuse_stale(forum_session, data["version"])
    _fill_session(session, forum_session, data)
    session.flush()
    record_audit_event(session, actor, "change-session", "session", forum_session.slug)


def change_state(session: Session, actor: User, forum_session: ForumSession, state: str, version: int | None) -> None:
    """Announce a session, take the announcement back, call it off, or say that it is over. Raises Refused.

    One that is being led ends as it does at the console, so that its clock stops and its questions close.
    """
    refuse_stale(forum_session, version)
    steps = steps_of(session, forum_session.id)
    if state not in allowed_transitions(forum_session, now(), bool(steps)):
        raise Refused(_NO_MOVE)
    before = forum_session.state
    if before == "live" and steps:
        take_step(session, forum_session, kind="ended", seen=len(steps), now=now(), by=actor.name)
    forum_session.state = state
    session.flush()
    record_audit_event(session, actor, "move-session", "session", forum_session.slug, before=before, after=state)


def delete_session(session: Session, actor: User, forum_session: ForumSession, version: int | None) -> None:
    """Take a draft out, with all that was planned. Raises Refused for what was public."""
    refuse_stale(forum_session, version)
    if forum_session.state != "draft":
        raise Refused(_IN_USE)
    record_audit_event(session, actor, "take-out-session", "session", forum_session.slug, title=forum_session.title)
    session.delete(forum_session)
    session.flush()


def create_run_of_show(session: Session, actor: User, forum_session: ForumSession, version: int | None) -> None:
    """Write the usual run of show for the speakers there are. Raises Refused where there is a run of show already."""
    refuse_stale(forum_session, version)
    if forum_session.slots:
        raise Refused(_NOT_EMPTY)
    speaking = [
        person
        for person in forum_session.speakers
        if person.role not in LEADING_ROLES and person.status != "did-not-come"
    ]
    chair = next((person for person in forum_session.speakers if person.role in LEADING_ROLES), None)
    for position, planned in enumerate(run_of_show(len(speaking), forum_session.planned_minutes)):
        leads = chair if planned.kind in {"opening", "thematic-presentation", "flow"} else None
        speaker = leads if planned.speaker is None else speaking[planned.speaker]
        forum_session.slots.append(Slot(kind=planned.kind, minutes=planned.minutes, position=position, speaker=speaker))
    session.flush()
    record_audit_event(session, actor, "lay-out-session", "session", forum_session.slug)


def _fill_session(session: Session, forum_session: ForumSession, data: Data) -> None:
    forum, sources = _forum(session, data["forum"], data["new_forum"]), sources_of(session, data["sources"])
    forum_session.forum, forum_session.sources = forum, sources
    forum_session.starts_at = moment(data["day"], data["time"], data["timezone"])
    for name in (
        "title", "theme", "timezone", "planned_minutes", "place",
        "languages", "organisers", "guiding_questions", "note",
    ):  # fmt: skip
        setattr(forum_session, name, data[name])


def _forum(session: Session, slug: str | None, title: str | None) -> Forum:
    """The event of that slug; one of the title where none was chosen, made where there is none."""
    by = Forum.slug == slug if slug else folded(Forum.title) == fold(title or "")
    forum = session.scalars(select(Forum).where(by).order_by(Forum.id)).first()
    if forum is None and slug:
        raise Refused(_NO_EVENT)
    if forum is None:
        forum = Forum(title=title, slug=free_slug(title or "", set(session.scalars(select(Forum.slug)))))
        session.add(forum)
    return forum


def write_brief(
    session: Session, actor: User | None, forum_session: ForumSession, section: str, drawn: str, data: Data
) -> BriefEdit | None:
    """Keep the chair's own words for a section beside what the record says; none, and the record's stand again."""
    brief_edit = session.scalars(
        select(BriefEdit).where(BriefEdit.session_id == forum_session.id, BriefEdit.section == section)
    ).one_or_none()
    if (brief_edit.version if brief_edit else None) != data["version"]:
        raise Conflict(ROW_CONFLICT)
    record_audit_event(session, actor, "write-brief", "session", forum_session.slug, section=section)
    if not data["text"] or data["text"] == drawn:
        if brief_edit is not None:
            session.delete(brief_edit)
        session.flush()
        return None
    if brief_edit is None:
        brief_edit = BriefEdit(session_id=forum_session.id, section=section)
        session.add(brief_edit)
    brief_edit.text, brief_edit.drawn, brief_edit.updated_at = data["text"], drawn, now()
    session.flush()
    return brief_edit
