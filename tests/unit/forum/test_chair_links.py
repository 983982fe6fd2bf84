"""Links to the console work until a day after the session, however it went."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from kb.forum.live import chairs, session_control
from kb.forum.live.chairs import LinkEnded
from tests.forum_factories import NOON, make_dialogue


def test_a_link_works_until_a_day_after_the_planned_end_and_moves_with_it(session: Session) -> None:
    forum_session = make_dialogue(session)
    link, token = chairs.create_link(session, None, forum_session, "Made-up Chair")
    over = NOON + timedelta(minutes=45, hours=24)
    assert chairs.links_expire_at(session, forum_session) == over
    assert chairs.link_by_token(session, token, over - timedelta(seconds=1)) is link
    with pytest.raises(LinkEnded, match="has expired"):
        chairs.link_by_token(session, token, over)
    forum_session.starts_at += timedelta(days=7)
    assert chairs.valid_link(session, forum_session.id, [link.id], over) is link
    forum_session.planned_minutes = None
    assert chairs.links_expire_at(session, forum_session) == forum_session.starts_at + timedelta(hours=36)


def test_a_link_does_not_run_out_while_a_session_is_led(session: Session) -> None:
    forum_session = make_dialogue(session)
    session_control.take_step(session, forum_session, "started", 0, NOON + timedelta(days=3))
    assert chairs.links_expire_at(session, forum_session) == NOON + timedelta(days=4)


def test_a_browser_that_holds_an_old_link_and_a_new_one_is_let_in(session: Session) -> None:
    forum_session = make_dialogue(session)
    links = [chairs.create_link(session, None, forum_session, "Made-up Chair")[0] for _ in range(2)]
    links[1].revoked_at = NOON
    session.flush()
    keys = [link.id for link in links]
    assert chairs.valid_link(session, forum_session.id, keys, NOON) is links[0]
    with pytest.raises(LinkEnded, match="was cancelled"):
        chairs.valid_link(session, forum_session.id, keys[1:], NOON)
    assert chairs.valid_link(session, make_dialogue(session, "made-up-other").id, keys, NOON) is None
