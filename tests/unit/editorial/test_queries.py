"""What the desk reads: the queue from its oldest to its newest, and whose history an address tells."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.catalogue.models import PlaceName
from kb.core.errors import NotFound
from kb.editorial import actions, queries
from kb.editorial.models import Proposal
from kb.editorial.queries import QueueFilter, QueueItem
from tests.factories import make_city, make_leader, make_place

from .editorial_factories import initiative_data, make_user

MORNING = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


def _waiting(session: Session, author: User, minutes: int, **fields: Any) -> Proposal:
    """A proposal that was handed in so many minutes after the morning began."""
    proposal = actions.start(session, author, "initiative", initiative_data(session, **fields))
    actions.submit(session, author, proposal.id, seen=proposal.version)
    proposal.submitted_at = MORNING + timedelta(minutes=minutes)
    session.flush()
    return proposal


def _ids(session: Session, **filters: Any) -> list[int]:
    return [proposal.id for proposal in session.scalars(queries.queue(QueueFilter(**filters)))]


def test_the_next_page_hides_nothing_when_one_is_accepted_meanwhile(session: Session) -> None:
    adviser, editor = make_user(session), make_user(session, "editor")
    waiting = [_waiting(session, adviser, minutes) for minutes in (0, 1, 1, 2)]
    seen = session.scalars(queries.queue(QueueFilter()).limit(2)).all()
    assert list(seen) == waiting[:2]
    actions.accept(session, editor, waiting[0].id)
    after = QueueItem.read(str(queries.place_in_queue(seen[-1])))
    assert _ids(session, after=after) == [proposal.id for proposal in waiting[2:]]


def test_one_that_was_seen_last_and_decided_since_still_says_where_to_go_on(session: Session) -> None:
    adviser, editor = make_user(session), make_user(session, "editor")
    first, second = (_waiting(session, adviser, minutes) for minutes in (0, 1))
    after = queries.place_in_queue(first)
    actions.decline(session, editor, first.id, "Made-up reason.", seen=first.version)
    assert _ids(session, after=after) == [second.id]


@pytest.mark.parametrize("text", ["", "7", "-7", "1-", "٣-1", "1-99999999999", "9" * 17 + "-1", "1-1-1", "1_0-1"])
def test_a_place_in_the_queue_that_nobody_wrote_is_none(text: str) -> None:
    assert QueueItem.read(text) is None


def test_the_queue_is_narrowed_by_any_name_of_a_city_and_by_words_of_an_author(session: Session) -> None:
    place, elsewhere = make_place(session, "Made-up Bogotá"), make_place(session, "Made-up Elsewhere")
    session.add(PlaceName(place_id=place.id, name="Made-up Bacatá", folded="made-up bacata"))
    ana, ben = make_user(session, name="Ana Made-up"), make_user(session, name="Ben 100% Made-up")
    here = _waiting(session, ana, 0, cities=[f"place:{place.id}"])
    there = _waiting(session, ben, 1, cities=[f"place:{elsewhere.id}"])
    assert _ids(session, city="BOGOTA") == _ids(session, city="bacatá made") == [here.id]
    assert _ids(session, city="%") == _ids(session, author="_") == []
    assert _ids(session, author="made ANA") == [here.id]
    assert _ids(session, author="100%") == [there.id]
    assert _ids(session, city="elsewhere", author="ana") == []
    assert queries.count_proposals(session, queries.queue(QueueFilter(city="made-up"))) == 2
    shown = session.scalars(queries.queue(QueueFilter(city="bogota"))).one()
    assert shown.place is place
    assert "place" not in inspect(shown).unloaded


def test_the_history_of_what_was_merged_into_a_withdrawn_entry_is_that_of_a_withdrawn_one(session: Session) -> None:
    editor, city = make_user(session, "editor"), make_city(session)
    leader, other = (make_leader(session, name, city) for name in ("Made-up Kept", "Made-up Other"))
    former, own, never = other.slug, leader.slug, other.id
    actions.merge(session, editor, "leader", leader.id, other.id)
    assert queries.history_owner(session, "leader", former) == queries.HistoryOwner(
        never, "Made-up Other", is_there=False
    )
    withdrawal = actions.withdraw(session, editor, "leader", leader.id, "Made-up reason.")
    assert queries.withdrawal_at(session, "leader", former) is withdrawal
    assert queries.history_owner(session, "leader", own).withdrawal is withdrawal
    assert queries.history_owner(session, "leader", former).withdrawal is withdrawal
    assert queries.history_owner(session, "leader", former).title == "Made-up Other"
    with pytest.raises(NotFound):
        queries.history_owner(session, "leader", "never-here")
    actions.reinstate(session, editor, "leader", withdrawal.entry_id)
    assert queries.history_owner(session, "leader", former).withdrawal is None
