"""Every declared field of every kind of entry is written, read, kept and given to interfaces."""

import json

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from kb.catalogue.entries import EntryKind, dump, schema_of, snapshot
from kb.editorial import actions, entries
from kb.editorial.models import Proposal, Revision
from kb.editorial.queries import newest_revision
from kb.editorial.validation import validate
from tests.entries import full_entry
from tests.factories import make_initiative, make_user

KINDS = pytest.mark.parametrize("kind", list(EntryKind))


@KINDS
def test_every_field_of_an_entry_is_written_and_read(session: Session, kind: EntryKind) -> None:
    data = full_entry(session, kind)
    checked = validate(session, kind, data)
    assert checked.problems == {}
    assert checked.data == data
    entry = entries.write(session, kind, checked.data)
    session.expire(entry)
    assert snapshot(kind, entry) == data


@KINDS
def test_an_entry_that_was_withdrawn_and_reinstated_has_every_field(session: Session, kind: EntryKind) -> None:
    editor = make_user(session, "editor")
    data = full_entry(session, kind)
    entry = entries.write(session, kind, data)
    entry_id = entry.id
    actions.withdraw(session, editor, kind, entry_id, "Made-up reason.")
    actions.reinstate(session, editor, kind, entry_id)
    session.expire_all()
    revision = newest_revision(session, kind, entry_id)
    assert revision is not None
    assert revision.data == data
    assert snapshot(kind, session.get_one(type(entry), entry_id)) == data


@KINDS
def test_an_entry_is_given_to_interfaces_as_json_with_every_field(session: Session, kind: EntryKind) -> None:
    entry = entries.write(session, kind, full_entry(session, kind))
    dumped = json.loads(json.dumps(dump(kind, entry)))
    assert {name: dumped[name] for name in schema_of(kind).declared} == snapshot(kind, entry)
    assert (dumped["kind"], dumped["slug"]) == (kind.value, entry.slug)


def test_entries_kept_before_a_field_was_declared_have_it_blank(session: Session) -> None:
    editor = make_user(session, "editor")
    entry = make_initiative(session, goals=(11,), challenges=("heat",))
    proposal = actions.start(session, editor, EntryKind.INITIATIVE, entry_id=entry.id)
    revision = Revision(kind=EntryKind.INITIATIVE, entry_id=entry.id, version=1, made_from="seed", data=proposal.data)
    session.add(revision)
    session.flush()
    old = {name: value for name, value in proposal.data.items() if name != "contact"}
    session.execute(update(Proposal).values(data=old, base=old), execution_options={"synchronize_session": False})
    session.execute(update(Revision).values(data=old), execution_options={"synchronize_session": False})
    session.expire_all()
    assert proposal.data["contact"] is None
    assert proposal.base is not None
    assert proposal.base["contact"] is None
    assert revision.data == snapshot(EntryKind.INITIATIVE, entry)
    assert not session.dirty


def test_an_entry_kept_before_a_field_was_declared_needs_no_new_revision(session: Session) -> None:
    editor = make_user(session, "editor")
    entry = entries.write(session, EntryKind.VISION, full_entry(session, EntryKind.VISION))
    before = snapshot(EntryKind.VISION, entry) | {"horizon_year": None}
    entries.write(session, EntryKind.VISION, before, entry)
    old = {name: value for name, value in before.items() if name != "horizon_year"}
    revision = Revision(kind=EntryKind.VISION, entry_id=entry.id, version=entry.version, made_from="seed", data=old)
    session.add(revision)
    session.flush()
    session.expire_all()
    proposal = actions.start(session, editor, EntryKind.VISION, entry_id=entry.id)
    actions.save_draft(session, editor, proposal.id, before | {"title": "Made-up other"}, seen=proposal.version)
    actions.publish(session, editor, proposal.id, seen=proposal.version)
    kinds = [row.made_from for row in session.query(Revision).filter_by(entry_id=entry.id, kind=EntryKind.VISION)]
    assert kinds == ["seed", "publish"]


@pytest.mark.parametrize(
    ("typed", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("ES", "es"),
        ("pt_br", "pt-BR"),
        ("zh-hant", "zh-Hant"),
        ("es-419", "es-419"),
        ("Spanish", "es"),
    ],
)
def test_the_language_of_an_entry_is_a_tag_and_english_unless_told(typed: str | None, language: str) -> None:
    assert schema_of(EntryKind.LEADER).load({"language": typed})["language"] == language


@pytest.mark.parametrize("typed", ["Klingonese", "x", "e n", "en-", "12", "<i>", "en-GB-oxendict-and-much-more-of-it"])
@pytest.mark.one_database
def test_what_is_no_language_is_told_beside_its_field(session: Session, typed: str) -> None:
    checked = validate(session, EntryKind.LEADER, {"name": "Made-up Leader", "language": typed})
    assert list(checked.errors) == ["language"]
    assert checked.data["language"] == typed
