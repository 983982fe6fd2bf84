"""A speaker is taken out of a session: what only they stand for goes too, what was held or said stays."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.models import AuditEvent, User
from kb.core.errors import Conflict, Refused
from kb.forum import actions, queries
from kb.forum.live import moderation, session_control
from kb.forum.models import BriefEdit, ForumSession, Question, Slot
from tests.factories import make_city, make_session, make_user
from tests.forum_factories import NOON, asked, make_dialogue


@pytest.fixture
def organiser(session: Session) -> User:
    """An editor."""
    return make_user(session, "editor")


@pytest.fixture
def announced_session(session: Session) -> ForumSession:
    """A session with the usual run of show for two speakers."""
    return make_session(session, cities=(make_city(session), make_city(session)))


def test_talk_introduction_and_remark_go_with_a_speaker_and_the_panel_stays(
    session: Session, organiser: User, announced_session: ForumSession
) -> None:
    _chair, first, second = announced_session.speakers
    panel = next(slot for slot in announced_session.slots if slot.kind == "panel")
    panel.speaker = first
    for section in (f"introduction-{first.id}", f"bridge-{first.id}-{second.id}", f"questions-{second.id}"):
        session.add(BriefEdit(session_id=announced_session.id, section=section, text="Made-up words", drawn=""))
    session.flush()
    speaker_removal = queries.speaker_removal(session, announced_session, first)
    assert [slot.kind for slot in speaker_removal.slots] == ["introduction", "talk", "remark"]
    assert (speaker_removal.staying, speaker_removal.questions, speaker_removal.has_spoken) == ([panel], 0, False)
    key, others = first.id, [slot.id for slot in announced_session.slots if slot not in speaker_removal.slots]
    actions.remove_speaker(session, organiser, announced_session, key, announced_session.version)
    session.expire_all()
    assert [slot.id for slot in announced_session.slots] == others
    assert [slot.position for slot in announced_session.slots] == list(range(len(others)))
    assert panel.speaker is None
    assert [speaker.name for speaker in announced_session.speakers] == [_chair.name, second.name]
    assert session.scalars(select(BriefEdit.section)).all() == [f"questions-{second.id}"]
    noted = session.scalars(select(AuditEvent).where(AuditEvent.verb == "take-out-speakers")).one()
    assert noted.details["slots"] == 3
    actions.remove_speaker(session, organiser, announced_session, key, announced_session.version)
    assert len(announced_session.speakers) == 2, "who is gone already is gone"


def test_questions_that_were_put_to_the_speaker_go_to_all(session: Session, organiser: User) -> None:
    forum_session = make_dialogue(session)
    session_control.take_step(session, forum_session, "started", 0, NOON)
    second = forum_session.speakers[1]
    question = asked(session, forum_session, "Who pays?", speaker_id=second.id)
    assert queries.speaker_removal(session, forum_session, second).questions == 1
    actions.remove_speaker(session, organiser, forum_session, second.id, forum_session.version)
    session.expire_all()
    assert (question.speaker_id, question.state) == (None, "waiting")


@pytest.mark.parametrize("minutes", [0.5, 30])
def test_who_has_spoken_stays_and_a_talk_that_was_clicked_away_stays_as_nobodys(
    session: Session, organiser: User, minutes: float
) -> None:
    forum_session = make_dialogue(session)
    first, talk = forum_session.speakers[0], forum_session.slots[1]
    session_control.take_step(session, forum_session, "started", 0, NOON)
    session_control.take_step(session, forum_session, "next", 1, NOON + timedelta(minutes=5))
    with pytest.raises(Refused, match="has spoken"):
        actions.remove_speaker(session, organiser, forum_session, first.id, forum_session.version)
    session_control.take_step(session, forum_session, "next", 2, NOON + timedelta(minutes=5 + minutes))
    if minutes > 1:
        with pytest.raises(Refused, match="has spoken"):
            actions.remove_speaker(session, organiser, forum_session, first.id, forum_session.version)
    else:
        actions.remove_speaker(session, organiser, forum_session, first.id, forum_session.version)
        session.expire_all()
        assert (talk in forum_session.slots, talk.speaker, len(forum_session.speakers)) == (True, None, 1)


@pytest.mark.parametrize("how", ["marked", "said", "answered"])
def test_whoever_is_on_record_stays(session: Session, organiser: User, how: str) -> None:
    forum_session = make_dialogue(session)
    first = forum_session.speakers[0]
    session_control.take_step(session, forum_session, "started", 0, NOON)
    if how == "marked":
        first.status = "spoke"
    elif how == "said":
        session_control.record_statement(session, forum_session, "A made-up point.", NOON, speaker_id=first.id)
    else:
        question = asked(session, forum_session, "Who pays?")
        moderation.approve(session, forum_session, question)
        moderation.answered(session, forum_session, question, NOON, "The state.", first)
    session.flush()
    assert queries.speaker_removal(session, forum_session, first).has_spoken
    with pytest.raises(Refused, match="has spoken"):
        actions.remove_speaker(session, organiser, forum_session, first.id, forum_session.version)
    assert first in forum_session.speakers


def test_an_organiser_who_saw_another_run_of_show_takes_nothing_out(
    session: Session, organiser: User, announced_session: ForumSession
) -> None:
    first, version = announced_session.speakers[1], announced_session.version
    announced_session.slots.append(
        Slot(kind="talk", position=len(announced_session.slots), speaker=first, title="Made-up second talk")
    )
    session.flush()
    with pytest.raises(Conflict):
        actions.remove_speaker(session, organiser, announced_session, first.id, version)
    assert first in announced_session.speakers
    assert session.scalars(select(Question)).all() == []
