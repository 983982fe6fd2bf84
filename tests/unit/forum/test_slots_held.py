"""What is known of whether a slot was held: the same by the rule, for one that is loaded, and in SQL."""

import itertools

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.forum import queries, rules
from kb.forum.choices import SESSION_STATES, SPEAKER_STATUSES
from kb.forum.models import Forum, ForumSession, Slot, Speaker
from tests.forum_factories import NOON


def test_the_rule_and_the_query_agree_on_every_slot(session: Session) -> None:
    forum = Forum(slug="made-up", title="Made-up Forum")
    for state in SESSION_STATES:
        made = ForumSession(forum=forum, slug=state, title="Made-up", starts_at=NOON, timezone="UTC", state=state)
        for status, kind, was_held in itertools.product(
            (None, *SPEAKER_STATUSES), ("talk", "thematic-presentation", "panel", "introduction"), (True, False, None)
        ):
            speaker = Speaker(name="Made-up", status=status) if status else None
            if speaker is not None:
                made.speakers.append(speaker)
            made.slots.append(Slot(kind=kind, speaker=speaker, was_held=was_held))
        session.add(made)
    session.flush()
    slots = session.scalars(select(Slot)).all()
    held = set(session.scalars(select(Slot.id).where(queries.was_held())))
    assert held == {slot.id for slot in slots if rules.slot_state(slot) == "held"}
    assert 0 < len(held) < len(slots)
    assert {rules.slot_state(slot) for slot in slots} == {"to-come", "held", "not-held", "unknown"}


@pytest.mark.parametrize(
    ("state", "was_held", "status", "expected"),
    [
        ("announced", None, "announced", "to-come"),
        ("live", True, "announced", "held"),
        ("ended", False, "spoke", "not-held"),
        ("ended", None, "spoke", "held"),
        ("ended", None, "confirmed", "unknown"),
        ("ended", None, "did-not-come", "not-held"),
        ("cancelled", None, "spoke", "not-held"),
    ],
)
def test_the_record_decides_before_what_was_announced(
    state: str, was_held: bool | None, status: str, expected: str
) -> None:
    forum_session = ForumSession(state=state)
    speaker = Speaker(name="Made-up", status=status)
    slot = Slot(kind="talk", was_held=was_held, speaker=speaker, session=forum_session)
    assert rules.slot_state(slot) == expected
