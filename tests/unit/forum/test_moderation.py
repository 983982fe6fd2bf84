"""What moderators do is recorded in the audit trail: who did it, to which question, and nothing of whoever asked."""

import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.models import AuditEvent
from kb.forum.choices import AUDIT_LABELS
from kb.forum.live import chairs, moderation, session_control
from kb.forum.live.chairs import Chair
from tests.factories import make_user
from tests.forum_factories import NOON, asked, make_dialogue


def test_each_deed_is_noted_without_anything_of_the_asker(session: Session) -> None:
    forum_session = make_dialogue(session)
    session_control.take_step(session, forum_session, "started", 0, NOON)
    first = asked(session, forum_session, "Who pays for the made-up secret?", name="Made-up Asker")
    second = asked(session, forum_session, "Who pays?", 2, name="Made-up Other")
    editor = make_user(session, "editor", name="Made-up Editor")
    by_account = Chair(editor.name, user=editor)
    link, _token = chairs.create_link(session, editor, forum_session, "Made-up Chair")
    by_link = Chair(link.name, link_id=link.id)
    asker = first.asker_hash
    assert asker
    for chair, deed in (
        (by_link, "approve"), (by_account, "pin"), (by_link, "unpin"), (by_account, "answered"), (by_link, "undo"),
        (by_account, "decline"), (by_link, "name-off"), (by_account, "block"),
    ):  # fmt: skip
        moderation.moderate(session, forum_session, chair, first, deed, NOON, answer="Made-up answer")
    moderation.moderate(session, forum_session, by_link, second, "approve", NOON)
    moderation.moderate(
        session, forum_session, by_link, asked(session, forum_session, "And who?", 3), "merge", NOON, into=2
    )
    moderation.unblock(session, forum_session, by_account, asker)
    moderation.open_questions(session, forum_session, by_link, is_open=False)
    session.flush()
    noted = list(
        session.scalars(select(AuditEvent).where(AuditEvent.verb != "make-chair-link").order_by(AuditEvent.id))
    )
    assert {audit_event.verb for audit_event in noted} == {
        *moderation.MODERATION_ACTIONS.values(),
        "unblock-asker",
        "close-questions",
    }
    assert {audit_event.verb for audit_event in noted} <= set(AUDIT_LABELS)
    assert {(audit_event.kind, audit_event.key) for audit_event in noted} == {("session", forum_session.slug)}
    assert [(audit_event.actor_id, audit_event.actor_name, audit_event.details) for audit_event in noted[:2]] == [
        (None, "Made-up Chair", {"question": 1, "link": link.id}),
        (editor.id, "Made-up Editor", {"question": 1}),
    ]
    assert noted[-3].details == {"question": 3, "into": 2, "link": link.id}
    details = json.dumps([audit_event.details for audit_event in noted])
    assert not any(word in details for word in (asker, asker[:6], "secret", "Asker", "Other", "answer"))
