"""From a draft to the catalogue and back."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.accounts.actions import change_city, disable
from kb.accounts.models import AuditEvent
from kb.catalogue.change_log import NO_ENTRY
from kb.catalogue.models import Change, City, Initiative
from kb.core.errors import Conflict, Refused
from kb.editorial import actions, entries
from kb.editorial.errors import EditConflict, Invalid
from kb.editorial.models import Revision
from kb.editorial.validation import blank
from tests.entries import publish
from tests.factories import make_city, make_initiative, make_leader, make_source, make_vision

from .editorial_factories import initiative_data, make_user


def test_a_proposal_is_drafted_submitted_and_accepted(session: Session) -> None:
    adviser, editor = make_user(session), make_user(session, "editor")
    proposal = actions.start(session, adviser, "initiative")
    proposal = actions.save_draft(session, adviser, proposal.id, initiative_data(session), seen=proposal.version)
    assert session.scalar(select(func.count(Initiative.id))) == 0
    actions.submit(session, adviser, proposal.id, seen=proposal.version)
    revision = actions.accept(session, editor, proposal.id, seen=proposal.version)
    entry = session.get_one(Initiative, revision.entry_id)
    assert (entry.title, entry.slug) == ("Made-up flood sensors", "made-up-flood-sensors")
    assert entry.cities[0].slug.startswith("made-up-place")
    assert revision.data == entries.snapshot("initiative", entry)
    assert revision.made_from == "proposal"
    companion = session.scalars(select(Revision).where(Revision.kind == "city")).one()
    assert (companion.entry_id, companion.made_from) == (entry.cities[0].id, "companion")
    of_entries = select(Change.kind).where(Change.kind != NO_ENTRY)
    assert session.scalars(of_entries.order_by(Change.id)).all()[:1] == ["city"]
    assert session.scalars(select(AuditEvent.verb).order_by(AuditEvent.id)).all() == ["submit", "accept"]
    with pytest.raises(Refused, match="already decided"):
        actions.accept(session, editor, proposal.id)


def test_two_entries_of_one_title_in_another_script_have_addresses_of_their_own(session: Session) -> None:
    editor = make_user(session, "editor")
    addresses = []
    for _ in range(2):
        revision = publish(session, editor, "initiative", initiative_data(session, title="Чистая вода"))
        addresses.append(session.get_one(Initiative, revision.entry_id).slug)
    assert addresses == ["chistaya-voda", "chistaya-voda-2"]


def test_a_contributor_of_a_city_writes_for_that_city(session: Session) -> None:
    own, other = make_city(session, "Made-up Home"), make_city(session, "Made-up Elsewhere")
    adviser = make_user(session, city_id=own.id)
    elsewhere = initiative_data(cities=[other.slug])
    with pytest.raises(Invalid) as problem:
        actions.start(session, adviser, "initiative", elsewhere)
    assert [str(message) for message in problem.value.errors["cities"]] == [
        "You write for Made-up Home, so it must be one of the cities. Editors can write for other cities."
    ]
    # A draft may name no city yet, or something that is none; what is handed in may not.
    proposal = actions.start(session, adviser, "initiative", elsewhere | {"cities": ["no-such-city"]})
    proposal = actions.save_draft(session, adviser, proposal.id, elsewhere | {"cities": []}, seen=proposal.version)
    with pytest.raises(Invalid):
        actions.submit(session, adviser, proposal.id, seen=proposal.version)
    with pytest.raises(Invalid):
        actions.save_draft(session, adviser, proposal.id, elsewhere, seen=proposal.version)
    # The place of the own city means it as well as its page, and other cities may be there too.
    together = elsewhere | {"cities": [other.slug, f"place:{own.place_id}"]}
    proposal = actions.save_draft(session, adviser, proposal.id, together, seen=proposal.version)
    assert actions.submit(session, adviser, proposal.id, seen=proposal.version).state == "submitted"


def test_what_was_handed_in_cannot_be_moved_to_another_city(session: Session) -> None:
    own, other = make_city(session, "Made-up Home"), make_city(session, "Made-up Elsewhere")
    adviser, editor = make_user(session, city_id=own.id), make_user(session, "editor", city_id=own.id)
    data = initiative_data(cities=[own.slug])
    proposal = actions.start(session, adviser, "initiative", data)
    proposal = actions.submit(session, adviser, proposal.id, seen=proposal.version)
    for cities in ([other.slug], [f"place:{other.place_id}"], []):
        with pytest.raises(Invalid) as problem:
            actions.save_draft(session, adviser, proposal.id, data | {"cities": cities}, seen=proposal.version)
        assert "cities" in problem.value.errors
    assert proposal.data["cities"] == [own.slug]

    proposal = actions.request_changes(session, editor, proposal.id, "Made-up reason.", seen=proposal.version)
    with pytest.raises(Invalid):
        actions.save_draft(session, adviser, proposal.id, data | {"cities": [other.slug]}, seen=proposal.version)
    # Editors are not limited, and what they chose does not become the contributor's to hand in.
    proposal = actions.submit(session, adviser, proposal.id, seen=proposal.version)
    moved = data | {"cities": [other.slug]}
    proposal = actions.save_draft(session, editor, proposal.id, moved, seen=proposal.version)
    assert proposal.data["cities"] == [other.slug]
    with pytest.raises(Invalid):
        actions.save_draft(session, adviser, proposal.id, moved | {"results": "Mine."}, seen=proposal.version)


def test_a_contributor_cannot_take_an_entry_of_another_city_for_the_own(session: Session) -> None:
    own, other = make_city(session, "Made-up Home"), make_city(session, "Made-up Elsewhere")
    adviser = make_user(session, city_id=own.id)
    entry = make_initiative(session, cities=(other,))
    taken = entries.snapshot("initiative", entry) | {"cities": [other.slug, own.slug]}
    for data in (None, taken):
        with pytest.raises(Invalid):
            actions.start(session, adviser, "initiative", data, entry_id=entry.id)


@pytest.mark.parametrize(("role", "is_closed"), [("contributor", False), ("contributor", True), ("editor", False)])
def test_a_city_to_which_people_belong_is_not_withdrawn_and_they_follow_a_merge(
    session: Session, role: str, is_closed: bool
) -> None:
    own, other = make_city(session, "Made-up Home"), make_city(session, "Made-up Elsewhere")
    person, editor = make_user(session, role, "Made-up Person", city_id=own.id), make_user(session, "editor")
    if is_closed:
        disable(session, None, person)
    with pytest.raises(Refused, match="Some accounts belong to this city"):
        actions.withdraw(session, editor, "city", own.id, "Made-up reason.")
    actions.merge(session, editor, "city", other.id, own.id)
    session.expire_all()
    assert person.city_id == other.id
    change_city(session, None, person, None)
    session.flush()
    actions.withdraw(session, editor, "city", other.id, "Made-up reason.")


def test_who_writes_while_their_city_is_merged_is_told_to_try_again(session: Session) -> None:
    own, other = make_city(session, "Made-up Home"), make_city(session, "Made-up Elsewhere")
    adviser = make_user(session, city_id=own.id)
    session.expunge(adviser)
    actions.merge(session, make_user(session, "editor"), "city", other.id, own.id)
    with pytest.raises(Conflict, match="merged"):
        actions.start(session, adviser, "initiative", initiative_data(cities=[other.slug]))


@pytest.mark.parametrize(("kind", "field"), [("vision", "city"), ("leader", "terms"), ("city", "place")])
def test_visions_leaders_and_pages_of_other_cities_are_left_to_editors(session: Session, kind: str, field: str) -> None:
    own, other = make_city(session, "Made-up Home"), make_city(session, "Made-up Elsewhere")
    entry = {
        "vision": lambda: make_vision(session, other),
        "leader": lambda: make_leader(session, city=other),
        "city": lambda: other,
    }[kind]()
    adviser = make_user(session, city_id=own.id)
    data = entries.snapshot(kind, entry)
    with pytest.raises(Invalid) as problem:
        actions.start(session, adviser, kind, data, entry_id=entry.id)
    assert field in problem.value.errors


def test_what_somebody_else_changed_meanwhile_is_kept(session: Session) -> None:
    adviser, editor = make_user(session), make_user(session, "editor")
    entry = make_initiative(session, challenges=("heat",), goals=(11,), sources=(make_source(session),))
    before = entries.snapshot("initiative", entry)
    proposal = actions.start(session, adviser, "initiative", {**before, "results": "Mine."}, entry_id=entry.id)
    actions.submit(session, adviser, proposal.id, seen=1)
    publish(session, editor, "initiative", {**before, "lessons": "Theirs."}, entry_id=entry.id)
    revision = actions.accept(session, editor, proposal.id)
    assert (revision.data["results"], revision.data["lessons"]) == ("Mine.", "Theirs.")
    revisions = session.scalars(select(Revision).order_by(Revision.id)).all()
    assert [revision.made_from for revision in revisions] == ["seed", "import", "proposal"]
    assert revisions[0].data == before


def test_two_who_change_the_same_field_are_shown_both(session: Session) -> None:
    adviser, editor = make_user(session), make_user(session, "editor")
    entry = make_initiative(session, challenges=("heat",), goals=(11,), sources=(make_source(session),))
    before = entries.snapshot("initiative", entry)
    proposal = actions.start(session, adviser, "initiative", {**before, "results": "Mine."}, entry_id=entry.id)
    actions.submit(session, adviser, proposal.id, seen=1)
    publish(session, editor, "initiative", {**before, "results": "Theirs."}, entry_id=entry.id)
    with pytest.raises(EditConflict) as problem:
        actions.accept(session, editor, proposal.id)
    assert problem.value.fields == ("results",)
    assert (problem.value.mine["results"], problem.value.theirs["results"]) == ("Mine.", "Theirs.")
    resolved = {**problem.value.theirs, "results": "Mine and theirs."}
    proposal = actions.rebase(session, editor, proposal.id, resolved, seen=proposal.version)
    assert actions.accept(session, editor, proposal.id).data["results"] == "Mine and theirs."


def test_a_draft_that_was_saved_elsewhere_is_not_overwritten(session: Session) -> None:
    adviser = make_user(session)
    proposal = actions.start(session, adviser, "initiative", initiative_data(session))
    actions.save_draft(session, adviser, proposal.id, {**proposal.data, "title": "Made-up second"}, seen=1)
    with pytest.raises(EditConflict) as problem:
        actions.save_draft(session, adviser, proposal.id, {**proposal.data, "title": "Made-up third"}, seen=1)
    assert problem.value.fields == ("title",)
    assert problem.value.mine["title"] == "Made-up third"
    assert problem.value.theirs["title"] == "Made-up second"


def test_a_draft_that_is_sent_again_since_the_answer_was_lost_is_no_conflict(session: Session) -> None:
    adviser = make_user(session)
    proposal = actions.start(session, adviser, "initiative", initiative_data(session))
    sent = {**proposal.data, "title": "Made-up second"}
    saved = actions.save_draft(session, adviser, proposal.id, sent, seen=1).version
    assert actions.save_draft(session, adviser, proposal.id, sent, seen=1).version == saved


def test_a_draft_keeps_what_is_wrong_and_says_so_when_submitted(session: Session) -> None:
    adviser = make_user(session)
    raw = {"title": "Made-up", "start_year": "20", "outcomes": [{"measure": "People", "value": "many"}]}
    proposal = actions.start(session, adviser, "initiative", raw)
    assert proposal.data["start_year"] == "20"
    assert proposal.data["outcomes"][0]["value"] == "many"
    with pytest.raises(Invalid) as problem:
        actions.submit(session, adviser, proposal.id, seen=1)
    assert {"start_year", "outcomes.0.value", "summary", "cities"} <= problem.value.errors.keys()


def test_nobody_reviews_the_own_proposal_but_an_editor_may_publish_it_openly(session: Session) -> None:
    editor = make_user(session, "editor")
    proposal = actions.start(session, editor, "initiative", initiative_data(session))
    actions.submit(session, editor, proposal.id, seen=1)
    with pytest.raises(Refused, match="own proposal"):
        actions.accept(session, editor, proposal.id)
    assert actions.publish(session, editor, proposal.id).made_from == "publish"


def test_of_many_accepted_at_once_each_has_its_own_outcome(session: Session) -> None:
    adviser, editor = make_user(session), make_user(session, "editor")
    city = make_city(session)
    proposals = [
        actions.start(session, adviser, "initiative", initiative_data(cities=[city.slug], title=f"Made-up {n}"))
        for n in range(3)
    ]
    for proposal in proposals:
        actions.submit(session, adviser, proposal.id, seen=1)
    actions.take_back(session, adviser, proposals[1].id)
    decided = actions.accept_many(session, editor, [(proposal.id, None) for proposal in proposals])
    assert [decision.revision is not None for decision in decided] == [True, False, True]
    assert session.scalar(select(func.count(Initiative.id))) == 2


def test_a_withdrawn_entry_leaves_and_comes_back_as_it_was(session: Session) -> None:
    editor = make_user(session, "editor")
    city = make_city(session)
    leader = make_leader(session, city=city)
    entry = make_initiative(session, cities=(city,), leader=leader)
    before, version, slug = entries.snapshot("leader", leader), leader.version, leader.slug
    actions.withdraw(session, editor, "leader", leader.id, "Made-up reason")
    assert entry.leader_id is None
    leader_id = leader.id
    actions.reinstate(session, editor, "leader", leader_id)
    back = session.scalars(select(type(leader))).one()
    assert (back.id, back.slug, entries.snapshot("leader", back)) == (leader_id, slug, before)
    assert back.version > version
    with pytest.raises(Refused, match="belong to this city"):
        actions.withdraw(session, editor, "city", city.id, "Made-up reason")


def test_two_entries_are_merged_and_all_that_pointed_to_one_points_to_the_other(session: Session) -> None:
    editor = make_user(session, "editor")
    city, other = make_city(session), make_city(session)
    both = make_initiative(session, cities=(other, city))
    initiative = make_initiative(session, cities=(other,))
    leader = make_leader(session, city=other)
    actions.merge(session, editor, "city", city.id, other.id)
    assert session.scalars(select(City)).all() == [city]
    assert [entry.cities for entry in (both, initiative)] == [[city], [city]]
    assert leader.terms[0].city is city
    assert entries.lookup(session).entry("city", other.slug) is city


def test_an_earlier_version_is_brought_back_as_a_new_one(session: Session) -> None:
    editor = make_user(session, "editor")
    entry = make_initiative(session)
    before = entries.snapshot("initiative", entry)
    publish(session, editor, "initiative", {**before, "results": "Made-up"}, entry_id=entry.id)
    first = session.scalars(select(Revision).order_by(Revision.id)).first()
    assert first is not None
    revision = actions.restore(session, editor, first.id)
    assert (revision.data, revision.restored_id) == (before, first.id)
    assert entry.results is None


def test_what_an_editor_touches_up_in_somebody_elses_proposal_is_on_record(session: Session) -> None:
    adviser, editor = make_user(session), make_user(session, "editor")
    proposal = actions.start(session, adviser, "initiative", initiative_data(session))
    actions.submit(session, adviser, proposal.id, seen=1)
    changed = {**proposal.data, "title": "Made-up better title"}
    actions.save_draft(session, editor, proposal.id, changed, seen=proposal.version)
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.verb, event.actor_id, event.details) == ("touch-up", editor.id, {"fields": ["title"]})


@pytest.mark.parametrize(("words", "expected"), [(" \n\t", None), ("\u200b \ufeff", None), ("x" * 5_001, "too long")])
@pytest.mark.one_database
def test_a_reason_or_a_remark_that_says_nothing_or_too_much_is_told_beside_its_field(
    session: Session, words: str, expected: str | None
) -> None:
    adviser, editor, leader = make_user(session), make_user(session, "editor"), make_leader(session)
    proposal = actions.start(session, adviser, "initiative", initiative_data(session))
    actions.submit(session, adviser, proposal.id, seen=proposal.version)
    key, seen = proposal.id, proposal.version
    tries = [
        ("reason", "Please tell the author why", lambda: actions.decline(session, editor, key, words, seen=seen)),
        (
            "reason",
            "Please tell the author why",
            lambda: actions.request_changes(session, editor, key, words, seen=seen),
        ),
        ("reason", "Write why", lambda: actions.withdraw(session, editor, "leader", leader.id, words)),
        ("text", "write a comment", lambda: actions.remark(session, editor, key, words)),
    ]
    for field, otherwise, attempt in tries:
        with pytest.raises(Invalid, match=expected or otherwise) as problem:
            attempt()
        assert list(problem.value.errors) == [field]
    assert (proposal.state, proposal.remarks, leader in session) == ("submitted", [], True)


def test_a_code_that_is_taken_is_told_beside_the_code(session: Session) -> None:
    editor = make_user(session, "editor")
    raw = {"code": "flooding", "label": "Made-up floods", "gist": "Made-up.", "dimension": "environment"}
    with pytest.raises(Invalid, match="already a term") as problem:
        actions.save_term(session, editor, "challenge", blank("challenge") | raw)
    assert list(problem.value.errors) == ["code"]
