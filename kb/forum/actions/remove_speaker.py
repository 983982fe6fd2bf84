"""A speaker leaves a session that is still to come or is on: what goes with them, and what stays."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kb.accounts.actions import record_audit_event
from kb.accounts.models import User
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop

from ..live.queries import session_to_change
from ..models import BriefEdit, ForumSession, Question
from ..queries import speaker_removal
from .row_tools import number, same

SPOKE = gettext_noop("This person has spoken in the session, which stays on record, so nothing was taken out.")


def take_out_speaker(session: Session, actor: User, forum_session: ForumSession, key: int, version: int | None) -> None:
    """Take a speaker out, with what only they stand for in the run of show; who is gone already is gone.

    See `queries.leaving` for what goes and what stays. Questions that were put to them go to all, and the chair's own
    words about them go. Raises Conflict, and Refused where they have spoken.
    """
    # Nobody takes a step of the clock meanwhile: what begins now has begun.
    session_to_change(session, id=forum_session.id)
    speaker = next((one for one in forum_session.speakers if one.id == key), None)
    if speaker is None:
        return
    same(forum_session, version)
    found = speaker_removal(session, forum_session, speaker)
    if found.has_spoken:
        raise Refused(SPOKE)
    for question in session.scalars(select(Question).where(Question.speaker_id == key)):
        question.speaker_id = None
    for slot in found.slots:
        forum_session.slots.remove(slot)
    forum_session.speakers.remove(speaker)
    number(forum_session.slots)
    number(forum_session.speakers)
    session.execute(
        delete(BriefEdit).where(
            BriefEdit.session_id == forum_session.id,
            BriefEdit.section.in_((f"introduction-{key}", f"questions-{key}"))
            | BriefEdit.section.like(f"bridge-{key}-%")
            | BriefEdit.section.like(f"bridge-%-{key}"),
        )
    )
    record_audit_event(
        session,
        actor,
        "take-out-speakers",
        "session",
        forum_session.slug,
        id=key,
        name=speaker.name,
        slots=len(found.slots),
    )
    session.flush()
