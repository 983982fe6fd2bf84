"""Two people at once: what one decides, the other is told; nothing is published twice, and nothing is overwritten."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.catalogue.entries import EntryKind
from kb.catalogue.models import City, Initiative, Source
from kb.core.db import Database
from kb.core.errors import Problem
from kb.editorial import actions, entries
from kb.editorial.errors import EditConflict
from kb.editorial.models import Proposal, Revision, Withdrawal
from kb.images.models import StoredImage
from tests.at_once import meet
from tests.entries import full_entry
from tests.factories import make_image, make_initiative, make_place, make_source

from .editorial_factories import initiative_data, make_user


def all_at_once(database: Database, deeds: list[Callable[[Session], Any]]) -> Counter[str]:
    """Do each in a thread and a transaction of its own, begun together; count what came of them."""
    barrier = threading.Barrier(len(deeds))

    def do(deed: Callable[[Session], Any]) -> str:
        barrier.wait()
        try:
            with database.writing() as session:
                deed(session)
        except Problem as problem:
            return type(problem).__name__
        return "done"

    with ThreadPoolExecutor(len(deeds)) as threads:
        return Counter(threads.map(do, deeds))


def people(database: Database) -> tuple[User, list[User]]:
    with database.writing() as session:
        return make_user(session), [make_user(session, "editor", f"Made-up editor {n}") for n in range(4)]


def submitted(session: Session, author: User, data: dict[str, Any], entry_id: int | None = None) -> int:
    proposal = actions.start(session, author, "initiative", data, entry_id=entry_id)
    return actions.submit(session, author, proposal.id, seen=proposal.version).id


def test_one_proposal_accepted_by_four_editors_at_once_is_accepted_once(database: Database) -> None:
    adviser, editors = people(database)
    with database.writing() as session:
        key = submitted(session, adviser, initiative_data(session))
    came = all_at_once(
        database, [lambda session, editor=editor: actions.accept(session, editor, key) for editor in editors]
    )
    assert came == {"done": 1, "Refused": 3}
    with database.reading() as session:
        assert session.scalar(select(func.count(Initiative.id))) == 1
        assert session.scalar(select(func.count(Revision.id)).where(Revision.kind == "initiative")) == 1


def test_accepting_and_declining_at_once_is_one_decision(database: Database) -> None:
    adviser, editors = people(database)
    with database.writing() as session:
        key = submitted(session, adviser, initiative_data(session))
    with database.reading() as session:
        seen = session.get_one(Proposal, key).version
    came = all_at_once(
        database,
        [
            lambda session: actions.accept(session, editors[0], key, seen=seen),
            lambda session: actions.decline(session, editors[1], key, "Made-up reason.", seen=seen),
        ],
    )
    assert came == {"done": 1, "Refused": 1}
    with database.reading() as session:
        accepted = session.get_one(Proposal, key).state == "accepted"
        assert session.scalar(select(func.count(Initiative.id))) == int(accepted)


def test_one_draft_saved_in_four_tabs_at_once_is_kept_once_and_the_others_are_told(database: Database) -> None:
    adviser, _ = people(database)
    with database.writing() as session:
        key = actions.start(session, adviser, "initiative", {"title": "Made-up"}).id
    came = all_at_once(
        database,
        [
            lambda session, n=n: actions.save_draft(session, adviser, key, {"title": f"Made-up {n}"}, seen=1)
            for n in range(4)
        ],
    )
    assert came == {"done": 1, "EditConflict": 3}


def test_changes_of_different_fields_accepted_at_once_are_all_kept(database: Database) -> None:
    adviser, editors = people(database)
    with database.writing() as session:
        entry = make_initiative(session, challenges=("heat",), goals=(11,), sources=(make_source(session),))
        before = entries.snapshot("initiative", entry)
        keys = [
            submitted(session, adviser, {**before, name: f"Made-up {name}."}, entry.id)
            for name in ("problem", "action", "results", "lessons")
        ]
    came = all_at_once(
        database,
        [
            lambda session, key=key, editor=editor: actions.accept(session, editor, key)
            for key, editor in zip(keys, editors, strict=True)
        ],
    )
    assert came == {"done": 4}
    with database.reading() as session:
        after = session.scalars(select(Initiative)).one()
        assert [after.problem, after.action, after.results, after.lessons] == [
            "Made-up problem.", "Made-up action.", "Made-up results.", "Made-up lessons.",
        ]  # fmt: skip
        assert session.scalar(select(func.count(Revision.id)).where(Revision.kind == "initiative")) == 5


def test_changes_of_one_field_accepted_at_once_go_to_the_first_and_the_second_is_shown_both(database: Database) -> None:
    adviser, editors = people(database)
    with database.writing() as session:
        entry = make_initiative(session, challenges=("heat",), goals=(11,), sources=(make_source(session),))
        before = entries.snapshot("initiative", entry)
        keys = [submitted(session, adviser, {**before, "results": f"Made-up {n}."}, entry.id) for n in range(2)]
    came = all_at_once(
        database,
        [
            lambda session, key=key, editor=editor: actions.accept(session, editor, key)
            for key, editor in zip(keys, editors, strict=False)
        ],
    )
    assert came == {"done": 1, "EditConflict": 1}


def test_initiatives_of_one_new_place_with_one_title_and_source_get_along(database: Database) -> None:
    adviser, editors = people(database)
    with database.writing() as session:
        place = make_place(session)
        keys = [submitted(session, adviser, initiative_data(cities=[f"place:{place.id}"])) for _ in range(4)]
    came = all_at_once(
        database,
        [
            lambda session, key=key, editor=editor: actions.accept(session, editor, key)
            for key, editor in zip(keys, editors, strict=True)
        ],
    )
    assert came == {"done": 4}
    with database.reading() as session:
        assert session.scalar(select(func.count(City.id))) == 1
        assert session.scalar(select(func.count(Source.id))) == 1
        assert len(set(session.scalars(select(Initiative.slug)))) == 4


def test_an_entry_edited_and_withdrawn_at_once_loses_no_accepted_word(database: Database) -> None:
    adviser, editors = people(database)
    with database.writing() as session:
        entry = make_initiative(session, challenges=("heat",), goals=(11,), sources=(make_source(session),))
        before, entry_id = entries.snapshot("initiative", entry), entry.id
        key = submitted(session, adviser, {**before, "results": "Made-up results."}, entry.id)
    came = all_at_once(
        database,
        [
            lambda session: actions.accept(session, editors[0], key),
            lambda session: actions.withdraw(session, editors[1], "initiative", entry_id, "Made-up reason."),
        ],
    )
    assert came["done"] >= 1
    with database.reading() as session:
        state = session.get_one(Proposal, key).state
        results = [revision.data["results"] for revision in session.scalars(select(Revision))]
        assert session.scalar(select(func.count(Withdrawal.id))) == 1
        assert (state == "accepted") == ("Made-up results." in results)


def test_one_picture_sent_by_several_at_once_is_stored_once(database: Database) -> None:
    adviser, _ = people(database)
    sizes = {"width": 300, "height": 200, "small_width": 300, "small_height": 200}

    def send(session: Session) -> None:
        made_up = StoredImage(key="a" * 64, large=b"Made-up large", small=b"Made-up small", **sizes)
        actions.store_image(session, adviser, made_up)

    assert all_at_once(database, [send] * 4) == {"done": 4}
    with database.reading() as session:
        assert session.scalars(select(StoredImage.large)).all() == [b"Made-up large"]


def _decline(session: Session, editor: User, proposal: Proposal) -> None:
    actions.decline(session, editor, proposal.id, "Made-up reason.", seen=proposal.version)


def _take_back(session: Session, _editor: User, proposal: Proposal) -> None:
    actions.take_back(session, session.get_one(User, proposal.author_id), proposal.id)


def _save_without(session: Session, editor: User, proposal: Proposal) -> None:
    data = {**proposal.data, "pictures": []}
    actions.save_draft(session, editor, proposal.id, data, seen=proposal.version)


@pytest.mark.postgresql
@pytest.mark.parametrize("act", [_decline, _take_back, _save_without])
def test_a_proposal_with_a_picture_is_dealt_with_while_its_entry_is_merged(
    postgresql_database: Database, act: Callable[[Session, User, Proposal], None]
) -> None:
    adviser, (editor, other, *_) = people(postgresql_database)
    with postgresql_database.writing() as session:
        kept, double = make_initiative(session), make_initiative(session)
        picture = {**full_entry(session, EntryKind.INITIATIVE)["pictures"][0], "image": make_image(session).key}
        fields = initiative_data(cities=[double.places[0].city.slug], pictures=[picture])
        key = submitted(session, adviser, fields, double.id)

    def merge(session: Session) -> None:
        actions.merge(session, session.get_one(User, other.id), EntryKind.INITIATIVE, kept.id, double.id)

    def do(session: Session) -> None:
        # Where it was moved to the other entry first, whoever saw it before is told so.
        with suppress(EditConflict):
            act(session, session.get_one(User, editor.id), session.get_one(Proposal, key))

    meet(postgresql_database, do, merge)
    with postgresql_database.reading() as session:
        assert session.get_one(Proposal, key).entry_id == kept.id
        assert session.get(Initiative, double.id) is None
