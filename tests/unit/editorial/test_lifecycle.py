"""What happens to entries that stand in the catalogue, and to all that points to them."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.models import City, Initiative
from kb.core.errors import NotFound, Refused
from kb.editorial import actions, entries
from kb.editorial.models import Proposal, Redirect, Revision, Withdrawal
from kb.forum.models import Slot, SlotInitiative
from tests.entries import publish
from tests.factories import make_city, make_initiative, make_leader, make_session, make_source, make_vision

from .editorial_factories import initiative_data, make_user


def test_people_of_a_city_that_is_merged_are_people_of_the_kept_one(session: Session) -> None:
    editor, city, other = make_user(session, "editor"), make_city(session), make_city(session)
    adviser = make_user(session, city_id=other.id)
    actions.merge(session, editor, "city", city.id, other.id)
    session.refresh(adviser)
    assert adviser.city_id == city.id


def test_talks_that_present_a_duplicate_present_the_kept_entry_once(session: Session) -> None:
    editor, initiative, other = make_user(session, "editor"), _publishable(session), _publishable(session)
    forum_session = make_session(session)
    both, slot = (Slot(session_id=forum_session.id, kind="talk", position=90 + n) for n in range(2))
    session.add_all([both, slot])
    session.flush()
    session.add_all(
        [
            SlotInitiative(slot_id=both.id, initiative_id=initiative.id, position=0),
            SlotInitiative(slot_id=both.id, initiative_id=other.id, position=1),
            SlotInitiative(slot_id=slot.id, initiative_id=other.id, position=0),
        ]
    )
    session.flush()
    actions.merge(session, editor, "initiative", initiative.id, other.id)
    links = session.execute(
        select(SlotInitiative.slot_id, SlotInitiative.initiative_id)
        .where(SlotInitiative.slot_id.in_([both.id, slot.id]))
        .order_by(SlotInitiative.slot_id)
    )
    assert [tuple(link) for link in links] == [(both.id, initiative.id), (slot.id, initiative.id)]


def test_links_to_another_kind_with_the_same_slug_stay_when_entries_are_merged(session: Session) -> None:
    editor, city = make_user(session, "editor"), make_city(session)
    kept, duplicate = (
        make_vision(session, city, (11,), slug=f"made-up-harbour-{n}", sources=[make_source(session)]) for n in range(2)
    )
    origin = make_initiative(session, slug=duplicate.slug)
    initiative = make_initiative(session, cities=(city,), vision=duplicate, adapted_from=origin)
    actions.merge(session, editor, "vision", kept.id, duplicate.id)
    session.refresh(initiative)
    assert (initiative.vision, initiative.adapted_from) == (kept, origin)


def _publishable(session: Session) -> Initiative:
    return make_initiative(session, goals=(11,), challenges=("heat",), sources=(make_source(session),))


def test_the_kept_entry_is_filled_up_with_what_only_the_duplicate_knew(session: Session) -> None:
    editor, city = make_user(session, "editor"), make_city(session)
    source, another = make_source(session), make_source(session)
    initiative = make_initiative(
        session, "Made-up kept", (city,), (11,), challenges=("heat",), sources=(source,), lessons="Kept."
    )
    other = make_initiative(
        session, "Made-up other", (city,), (11, 13), challenges=("flooding",), sources=(source, another),
        lessons="Other.", results="Only here.", cost_amount=5, cost_currency="USD",
    )  # fmt: skip
    revision = actions.merge(session, editor, "initiative", initiative.id, other.id, why="Made-up twins")
    data = revision.data
    assert (data["title"], data["lessons"], data["results"]) == ("Made-up kept", "Kept.", "Only here.")
    assert (data["cost_amount"], data["cost_currency"]) == (5, "USD")
    assert data["challenges"] == ["flooding", "heat"]
    assert [row["goal"] for row in data["goals"]] == [11, 13]
    assert [row["url"] for row in data["sources"]] == [source.url, another.url]
    histories = session.scalars(select(Revision).where(Revision.entry_id == other.id)).all()
    assert [history.made_from for history in histories] == ["seed", "merge"]
    assert all(history.data["lessons"] == "Other." for history in histories)


def test_addresses_of_duplicates_of_duplicates_lead_to_the_last_one(session: Session) -> None:
    editor = make_user(session, "editor")
    first, second, third = (make_leader(session) for _ in range(3))
    slugs = (first.slug, second.slug)
    actions.merge(session, editor, "leader", second.id, first.id, data=_with_term(session, second))
    actions.merge(session, editor, "leader", third.id, second.id)
    assert [entries.lookup(session).entry("leader", slug) for slug in slugs] == [third, third]
    assert set(session.scalars(select(Redirect.entry_id))) == {third.id}


def _with_term(session: Session, leader: Any) -> dict[str, Any]:
    term = {"city": make_city(session).slug, "title": "Mayor", "start_year": None, "end_year": None, "source": None}
    return entries.snapshot("leader", leader) | {"terms": [term]}


def test_a_proposal_on_a_duplicate_goes_on_as_one_on_the_kept_entry(session: Session) -> None:
    adviser, editor, city = make_user(session), make_user(session, "editor"), make_city(session)
    make = {"goals": (11,), "challenges": ("heat",), "sources": (make_source(session),)}
    initiative, other = (make_initiative(session, cities=(city,), **make) for _ in range(2))
    changed = entries.snapshot("initiative", other) | {"results": "Made-up results."}
    proposal = actions.start(session, adviser, "initiative", changed, entry_id=other.id)
    actions.submit(session, adviser, proposal.id, seen=1)
    actions.merge(session, editor, "initiative", initiative.id, other.id)
    revision = actions.accept(session, editor, proposal.id)
    assert (revision.entry_id, revision.data["results"]) == (initiative.id, "Made-up results.")
    assert revision.data["title"] == initiative.title


def test_a_new_entry_never_takes_the_id_or_the_address_of_one_that_is_gone(session: Session) -> None:
    editor = make_user(session, "editor")
    gone = publish(session, editor, "initiative", initiative_data(session))
    slug = session.get_one(Initiative, gone.entry_id).slug
    actions.withdraw(session, editor, "initiative", gone.entry_id, "Made-up reason.")
    revision = publish(session, editor, "initiative", initiative_data(session))
    entry = session.get_one(Initiative, revision.entry_id)
    assert entry.id > gone.entry_id
    assert entry.slug == f"{slug}-2"


def test_a_withdrawn_entry_cannot_be_edited_until_it_is_brought_back(session: Session) -> None:
    adviser, editor = make_user(session), make_user(session, "editor")
    entry = make_initiative(session, goals=(11,), challenges=("heat",), sources=(make_source(session),))
    changed = entries.snapshot("initiative", entry) | {"results": "Made-up."}
    proposal = actions.start(session, adviser, "initiative", changed, entry_id=entry.id)
    actions.submit(session, adviser, proposal.id, seen=1)
    entry_id = entry.id
    actions.withdraw(session, editor, "initiative", entry_id, "Made-up reason.")
    with pytest.raises(Refused, match="entry was withdrawn"):
        actions.accept(session, editor, proposal.id)
    actions.reinstate(session, editor, "initiative", entry_id)
    assert actions.accept(session, editor, proposal.id).data["results"] == "Made-up."
    assert session.scalars(select(Withdrawal)).all() == []
    with pytest.raises(NotFound):
        actions.reinstate(session, editor, "initiative", entry_id)


def test_a_place_that_got_another_page_meanwhile_keeps_it(session: Session) -> None:
    editor, city = make_user(session, "editor"), make_city(session)
    city_id, place_id = city.id, city.place_id
    actions.withdraw(session, editor, "city", city_id, "Made-up reason.")
    publish(session, editor, "initiative", initiative_data(cities=[f"place:{place_id}"]))
    with pytest.raises(Refused, match="already has a page"):
        actions.reinstate(session, editor, "city", city_id)
    assert len(session.scalars(select(City)).all()) == 1


def test_saying_that_an_entry_is_still_true_makes_no_new_version_of_its_words(session: Session) -> None:
    editor, entry = make_user(session, "editor"), make_initiative(session)
    actions.confirm(session, editor, "initiative", entry.id)
    assert entry.confirmed_on is not None
    assert session.scalars(select(Revision)).all() == []


@pytest.mark.parametrize("deed", ["restore", "merge", "withdraw", "bring back", "publish", "accept"])
def test_a_contributor_may_do_none_of_it(session: Session, deed: str) -> None:
    adviser, other, entry = make_user(session), make_user(session, name="Made-up other"), make_initiative(session)
    proposal = actions.start(session, other, "initiative", initiative_data(session))
    actions.submit(session, other, proposal.id, seen=1)
    deeds = {
        "restore": lambda: actions.restore(session, adviser, 1),
        "merge": lambda: actions.merge(session, adviser, "initiative", entry.id, entry.id + 1),
        "withdraw": lambda: actions.withdraw(session, adviser, "initiative", entry.id, "Made-up."),
        "bring back": lambda: actions.reinstate(session, adviser, "initiative", entry.id),
        "publish": lambda: actions.publish(session, adviser, proposal.id),
        "accept": lambda: actions.accept(session, adviser, proposal.id),
    }
    with pytest.raises(Refused, match="does not include this"):
        deeds[deed]()
    assert session.scalars(select(Proposal.state)).all() == ["submitted"]
