"""Erasing a person: nothing that names them is left in any table, what is published stays, and nothing is half done."""

import gzip
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import JSON, LargeBinary, select, update
from sqlalchemy.orm import Session

from kb.accounts import actions as accounts
from kb.accounts.models import (
    ApiKey,
    AuditEvent,
    AuthenticatorApp,
    EndedSignIn,
    IdempotentRequest,
    Passkey,
    RecoveryCode,
    Submission,
    User,
)
from kb.alerts.models import Alert
from kb.catalogue.entries import EntryKind
from kb.catalogue.models import Leader
from kb.core.column_types import now
from kb.core.db import Model
from kb.core.errors import NotFound, Refused
from kb.editorial import actions as editorial
from kb.editorial.models import FailedSearchCount, Proposal, Report, Revision, Withdrawal
from kb.forum.models import BriefEdit, ChairLink, ClockStep, Question
from kb.importing.models import Import, ImportEdit, ImportFile, ImportKey, ImportRow
from kb.importing.readers import Column, Row, Table
from kb.importing.serialization import table_from, write_table
from kb.privacy import columns
from kb.privacy.erasure import erase_person
from kb.privacy.export import COLUMN_LABELS, SECTIONS, as_json
from kb.privacy.person import person_by_address
from kb.privacy.replacing import replacement
from kb.questions.models import BlockedAsker, QuestionMail
from tests.factories import ask_city, make_city, make_leader, make_session, make_user

ADDRESS = "zoe.umit@city.example"
NAME = "Zoë Ümit Made-up"
WORDS = f"Write to {ADDRESS.upper()}, or ask {NAME}; not x{ADDRESS}."
LEFT = f"x{ADDRESS}"
"""Somebody else's address, which ends like the one that is erased."""


def plant(session: Session) -> User:  # noqa: PLR0915 - a row for each table
    """A person with an account of whom every column says something that may."""
    city = make_city(session)
    person = make_user(
        session, "editor", email=ADDRESS, name="Zoë Before", organisation="Made-up Office", city_id=city.id
    )
    accounts.rename(session, person, NAME)
    accounts.record_sign_in(session, person, "password")
    accounts.record_failed_sign_in(session, person)
    accounts.record_audit_event(session, None, "unblock-address", "blocked-address", 1)
    session.add(ApiKey(user=person, name="Made-up key", prefix="kb_0", key_hash="0", scopes=["read"], expires_at=now()))
    session.add(AuthenticatorApp(user_id=person.id, secret="0", last_step=0))
    session.add(
        Passkey(user_id=person.id, name=f"Telephone of {NAME}", credential_id="0", public_key=b"", sign_count=0)
    )
    session.add(RecoveryCode(user_id=person.id, prefix="0", code_hash="0"))
    session.add(IdempotentRequest(id="1", user_id=person.id, request_hash="0", body={"author": NAME}))
    session.add(EndedSignIn(id="made-up"))
    session.add(Submission(id="2"))
    session.add(Alert(email=ADDRESS, question="q=flood", words="flood", language="en", frequency="daily", stamp="s"))
    session.add(BlockedAsker(pattern=ADDRESS, by="Somebody"))
    session.add(BlockedAsker(pattern="other@city.example", by=NAME))
    question = ask_city(session, city, email=ADDRESS, name=NAME)
    answer = question.answers[0]
    answer.person_id = answer.answered_by_id = person.id
    answer.answered_by_name = NAME
    session.add(QuestionMail(kind="received", question_id=question.id, user_id=person.id))
    leader = make_leader(session)
    proposal = editorial.start(session, person, EntryKind.LEADER, entry_id=leader.id)
    proposal.state, proposal.reviewer_id, proposal.reviewer_name = "submitted", person.id, NAME
    editorial.start(session, person, EntryKind.LEADER, {"name": "A made-up draft"})
    remark = editorial.remark(session, person, proposal.id, "A made-up comment")
    editorial.resolve(session, person, remark.id)
    session.add(Revision(kind=EntryKind.LEADER, entry_id=leader.id, version=1, actor_id=person.id, actor_name=NAME,
                         made_from="publish", data={"name": leader.name}))  # fmt: skip
    session.add(Withdrawal(kind=EntryKind.LEADER, slug="gone", entry_id=99, version=1, created_at=now(), title="Gone",
                           reason="Made up", actor_id=person.id, actor_name=NAME))  # fmt: skip
    session.add(Report(kind=EntryKind.LEADER, slug=leader.slug, title=leader.name, message="?", email=ADDRESS.upper()))
    session.add(FailedSearchCount(day=now().date(), query="zoe umit made-up", count=1))
    session.add(FailedSearchCount(day=now().date(), query="flood", count=1))
    record = Import(collection="c", file_name="f", mode="proposals", state="uploaded", actor_id=person.id,
                    actor_name=NAME, undone_by_id=person.id)  # fmt: skip
    raw = Import(collection="raw", file_name="f", mode="proposals", state="uploaded", actor_name="Somebody")
    session.add_all([record, raw])
    session.flush()
    table = io.BytesIO()
    write_table(table, Table([Column(0, "A", "Name")], [Row(1, (WORDS,), (), ())], None, [], 1))
    session.add(ImportFile(import_id=record.id, content=table.getvalue()))
    session.add(ImportFile(import_id=raw.id, content=f"Name\n{WORDS}\n".encode()))
    session.add(ImportEdit(import_id=record.id, number=1))
    session.add(ImportRow(import_id=record.id, number=1, key="k", title="t", values={}, verdict="made"))
    session.add(ImportKey(collection="c", key="k", values={}))
    held = make_session(session, cities=(city,))
    session.add(ClockStep(session_id=held.id, number=1, kind="started", by=NAME))
    session.add(ChairLink(session_id=held.id, token_hash="0", name=NAME))
    session.add(BriefEdit(session_id=held.id, section="s", text="t", drawn="d"))
    asked = Question(session_id=held.id, number=1, text="?", asker_name=NAME, asker_hash="0", answered_by_name=NAME)
    session.add(asked)
    session.flush()
    for table_name, column in columns.each(columns.TEXTS):
        if table_name != "search_demand":
            _write_about(session, table_name, column)
    session.flush()
    session.expire_all()
    return person


def _write_about(session: Session, table_name: str, column: str) -> None:
    """Put address and name into a column of every row, but for what the audit trail notes by account."""
    table = Model.metadata.tables[table_name]
    value: Any = {"a": [WORDS]} if isinstance(table.c[column].type, JSON) else WORDS
    statement = update(table).values({column: value})
    if table_name == "audit_events":
        statement = statement.where(table.c.kind.is_distinct_from("user"))
    if table_name in {"imports", "import_keys"} and column == "collection":
        statement = statement.where(table.c.collection == "c")
    session.execute(statement, execution_options={"unlogged": True})


def naming(session: Session, *needles: str) -> set[str]:
    """Table and column of everything in the database that has one of these, in any letters."""
    session.expire_all()
    found = set()
    for table in Model.metadata.sorted_tables:
        for column in table.columns:
            for value in session.scalars(select(column).where(column.is_not(None))):
                text = json.dumps(value, ensure_ascii=False) if isinstance(column.type, JSON) else value
                if isinstance(column.type, LargeBinary):
                    text = (gzip.decompress(value) if value[:2] == b"\x1f\x8b" else value).decode("utf-8", "replace")
                plain = str(text).casefold().replace(LEFT, "")
                if any(needle.casefold() in plain for needle in needles):
                    found.add(f"{table.name}.{column.name}")
    return found


def test_no_table_names_an_erased_person_anywhere(session: Session) -> None:
    person = plant(session)
    number = person.id
    before = naming(session, ADDRESS, NAME)
    expected = {f"{table}.{column}" for table, column in columns.each(columns.TEXTS)} - {"search_demand.query"}
    expected |= {f"{table}.{column}" for table, names in columns.NAMES_OF_ACCOUNTS.items() for column in names}
    for owned in (columns.NAMES, columns.ADDRESSES, columns.FILES):
        expected |= {f"{table}.{column}" for table, column in columns.each(owned)}
    assert expected - before == set(), "plant the person there too"

    erased = erase_person(session, f" {ADDRESS.upper()} ")

    assert naming(session, ADDRESS, NAME, "Zoë Before") == set()
    assert session.scalars(select(FailedSearchCount.query)).all() == ["flood"]
    assert session.get(User, number) is None
    for model in (ApiKey, IdempotentRequest, Alert, AuthenticatorApp, Passkey, RecoveryCode):
        assert session.scalars(select(model)).first() is None, model
    assert set(session.scalars(select(QuestionMail.user_id))) == {None}
    assert erased.had_account
    assert erased.published_names == ()


@pytest.mark.parametrize(
    "written",
    ["zOË üMIT made-UP", "ZOE UMIT MADE-UP", "Zoe\u0308  U\u0308mit\u00a0Made\u2011up", NAME.replace(" ", "\n")],
)
def test_a_name_is_found_however_it_is_written(session: Session, written: str) -> None:
    make_user(session, "editor", email=ADDRESS, name=NAME)
    editor = make_user(session, "editor")
    proposal = editorial.start(session, editor, EntryKind.LEADER, {"name": written}, note=f"Ask {written}, please")
    table = io.BytesIO()
    write_table(table, Table([Column(0, "A", "Name")], [Row(1, (f"{written}\u2028",), (), ())], None, [], 1))
    record = Import(collection="c", file_name="f", mode="proposals", state="uploaded", actor_name="Somebody")
    session.add(record)
    session.flush()
    file = ImportFile(import_id=record.id, content=table.getvalue())
    session.add(file)
    session.flush()
    former = f"former account {erase_person(session, ADDRESS).number}"
    for row in (proposal, file):
        session.refresh(row)
    assert (proposal.data["name"].strip(), " ".join(proposal.note.split())) == (former, f"Ask {former}, please")
    assert table_from(file.content).rows[0].cells[0].strip() == former


def test_of_a_name_without_latin_letters_only_rows_that_may_name_it_are_read(session: Session) -> None:
    """Otherwise all of the database would be, while everybody who writes waits."""
    name = "Ольга Примерная"
    make_user(session, "editor", email=ADDRESS, name=name)
    editor = make_user(session, "editor")
    for note in (f"Спросите: {name.upper()}", "Другая записка", "Ольга  ПРИМЕРНАЯ"):
        editorial.start(session, editor, EntryKind.LEADER, note=note)
    session.flush()
    found = replacement(ADDRESS, [name], "-").is_in(Proposal.__table__.c.note)
    assert len(session.scalars(select(Proposal.id).where(found)).all()) == 2
    found = replacement(ADDRESS, [name], "-").is_in(Proposal.__table__.c.data)
    assert session.scalars(select(Proposal.id).where(found)).all() == []
    former = f"former account {erase_person(session, ADDRESS).number}"
    session.expire_all()
    assert set(session.scalars(select(Proposal.note))) == {f"Спросите: {former}", "Другая записка", former}


def test_what_becomes_the_same_without_the_name_stands_in_nobodys_way(session: Session) -> None:
    person = make_user(session, "editor", email=ADDRESS, name="Zoe Before")
    accounts.rename(session, person, "Zoe Made-up")
    for key in ("Zoe Before", "Zoe Made-up", "zoe made-up", "Somebody"):
        session.add(ImportKey(collection="c", key=key, values={}))
        session.add(FailedSearchCount(day=now().date(), query=f"flood {key}", count=1))
    session.flush()
    former = f"former account {erase_person(session, ADDRESS).number}"
    assert sorted(session.scalars(select(ImportKey.key))) == sorted(
        ["Somebody", former, f"{former} (2)", f"{former} (3)"]
    )
    assert session.scalars(select(FailedSearchCount.query)).all() == ["flood Somebody"]


@pytest.mark.one_database
def test_the_audit_trail_keeps_a_number_instead_of_the_name(session: Session) -> None:
    person = plant(session)
    number = str(person.id)
    erased = erase_person(session, ADDRESS)
    session.expire_all()
    former = f"former account {erased.number}"
    events = session.scalars(select(AuditEvent).where(AuditEvent.kind == "former-account")).all()
    assert {event.key for event in events} == {str(erased.number)}
    assert {"rename", "sign-in", "fail-to-sign-in", "erase-person"} <= {event.verb for event in events}
    renamed = next(event for event in events if event.verb == "rename")
    assert renamed.details == {"before": former, "after": former}
    assert renamed.actor_name == former
    # The number of the account may be given to somebody else, of whom these events would then speak.
    assert session.scalars(select(AuditEvent).where(AuditEvent.kind == "user", AuditEvent.key == number)).all() == []
    assert session.scalars(select(Revision.actor_name)).all() == [former]
    proposal = session.scalars(select(Proposal).where(Proposal.state == "submitted")).one()
    assert (proposal.author_name, proposal.reviewer_name, proposal.author_id) == (former, former, None)
    assert f"Write to [address erased], or ask {former}; not x{ADDRESS}." in proposal.data["a"]
    assert proposal.remarks[0].resolved_by == former


@pytest.mark.one_database
def test_a_draft_that_nobody_else_has_seen_is_emptied(session: Session) -> None:
    person = make_user(session, email=ADDRESS)
    draft = editorial.start(session, person, EntryKind.LEADER, {"name": "A made-up draft"})
    erase_person(session, ADDRESS)
    session.refresh(draft)
    assert (draft.state, draft.title, draft.data["name"]) == ("withdrawn", None, None)


@pytest.mark.one_database
def test_what_was_to_be_changed_by_an_erased_author_waits_for_nobody(session: Session) -> None:
    person = make_user(session, email=ADDRESS)
    proposal = editorial.start(session, person, EntryKind.LEADER, {"name": "Made-up Leader"})
    proposal.state = "changes-requested"
    erase_person(session, ADDRESS)
    session.refresh(proposal)
    assert (proposal.state, proposal.data["name"]) == ("withdrawn", "Made-up Leader")


@pytest.mark.one_database
def test_a_file_that_waits_to_be_imported_stays_readable(session: Session) -> None:
    plant(session)
    erase_person(session, ADDRESS)
    table, raw = session.scalars(select(ImportFile.content).order_by(ImportFile.import_id)).all()
    assert "[address erased]" in table_from(table).rows[0].cells[0]
    assert raw.decode().startswith("Name\nWrite to [address erased], or ask former account ")


@pytest.mark.one_database
def test_a_name_that_a_city_leader_has_stays_in_texts(session: Session) -> None:
    leader = make_leader(session, "Made-up Mayor")
    editor = make_user(session, "editor")
    proposal = editorial.start(session, editor, EntryKind.LEADER, entry_id=leader.id)
    make_user(session, email=ADDRESS, name="Made-up Mayor")
    erased = erase_person(session, ADDRESS)
    session.refresh(proposal)
    assert erased.published_names == ("Made-up Mayor",)
    assert proposal.data["name"] == "Made-up Mayor"
    assert session.scalars(select(Leader.name)).all() == ["Made-up Mayor"]


@pytest.mark.one_database
@pytest.mark.parametrize("name", ["Ana", "en"])
def test_a_name_of_one_word_is_no_part_of_other_words_and_no_code(session: Session, name: str) -> None:
    editor = make_user(session, "editor")
    proposal = editorial.start(session, editor, EntryKind.LEADER, {"name": "Ana"}, note="Santa Ana has a new mayor")
    before = dict(proposal.data)
    make_user(session, email=ADDRESS, name=name)
    erase_person(session, ADDRESS)
    session.refresh(proposal)
    assert proposal.data == before
    assert proposal.note == "Santa Ana has a new mayor"


@pytest.mark.one_database
def test_whoever_takes_other_words_as_a_name_spoils_no_texts_by_erasing_themselves(session: Session) -> None:
    """A contributor may be called by any words, and a reader gives any words as a name."""
    editor, person = make_user(session, "editor"), make_user(session, email=ADDRESS)
    proposal = editorial.start(session, editor, EntryKind.LEADER, note="Flood Early Warning, by Made-up Agency")
    accounts.rename(session, person, "Flood Early Warning")
    own = editorial.start(session, person, EntryKind.LEADER, note="Flood Early Warning")
    own.state = "submitted"
    ask_city(session, make_city(session), email=ADDRESS, name="Made-up Agency")
    erased = erase_person(session, ADDRESS, by_themselves=True)
    session.refresh(proposal)
    session.refresh(own)
    assert proposal.note == "Flood Early Warning, by Made-up Agency"
    assert own.note == f"former account {erased.number}"


@pytest.mark.one_database
def test_names_that_are_certainly_theirs_are_erased_wherever_they_stand(session: Session) -> None:
    editor, long_ago = make_user(session, "editor"), now() - timedelta(days=90)
    person = make_user(session, email=ADDRESS, name="Zoë Before", created_at=long_ago)
    accounts.rename(session, person, NAME)
    session.scalars(select(AuditEvent).where(AuditEvent.verb == "rename")).one().at = now() - timedelta(days=31)
    proposal = editorial.start(session, editor, EntryKind.LEADER, note=f"{NAME}, once Zoë Before")
    erased = erase_person(session, ADDRESS, by_themselves=True)
    session.refresh(proposal)
    assert proposal.note == f"former account {erased.number}, once former account {erased.number}"


@pytest.mark.one_database
def test_a_new_account_has_the_name_of_its_invitation(session: Session) -> None:
    editor = make_user(session, "editor")
    accounts.invite(session, editor, email=ADDRESS, name=NAME, role="editor")
    proposal = editorial.start(session, editor, EntryKind.LEADER, note=f"Ask {NAME}")
    erase_person(session, ADDRESS, by_themselves=True)
    session.refresh(proposal)
    assert NAME not in str(proposal.note)


@pytest.mark.one_database
def test_a_reader_without_an_account_is_erased_by_address(session: Session) -> None:
    question = ask_city(session, make_city(session), email=ADDRESS, name=NAME, text=f"How? {NAME}, {ADDRESS}")
    editor = make_user(session, "editor")
    notes = [editorial.start(session, editor, EntryKind.LEADER, note=f"By {name}") for name in (NAME, "Zoë U. Made-up")]
    erased = erase_person(session, ADDRESS, also=["Zoë U. Made-up"])
    session.expire_all()
    assert not erased.had_account
    assert [proposal.note for proposal in notes] == [f"By {NAME}", "By [name erased]"]
    assert (question.email, question.asker_name, question.text) == (None, None, "How? [name erased], [address erased]")
    with pytest.raises(NotFound):
        erase_person(session, ADDRESS)


@pytest.mark.one_database
def test_the_last_administrator_stays(session: Session) -> None:
    administrator = make_user(session, "administrator", email=ADDRESS)
    with pytest.raises(Refused):
        erase_person(session, ADDRESS)
    session.rollback()
    administrator = make_user(session, "administrator", email=ADDRESS)
    make_user(session, "administrator")
    erase_person(session, ADDRESS, administrator)
    assert session.scalars(select(User.email).where(User.email == ADDRESS)).all() == []
    event = session.scalars(select(AuditEvent).where(AuditEvent.verb == "erase-person")).one()
    assert event.actor_name == f"former account {event.id}"


@pytest.mark.parametrize("line_end", ["\u2028", "\u2029", "\x85"])
def test_a_cell_of_an_import_may_hold_a_line_end_of_unicode(line_end: str) -> None:
    file = io.BytesIO()
    write_table(file, Table([Column(0, "A", "who")], [Row(2, (f"Ask{line_end}{NAME}",))], None, [], 1))
    replaced = replacement(ADDRESS, [NAME], "former account 1").file(file.getvalue(), is_table=True)
    assert replaced is not None
    assert table_from(replaced).rows[0].cells == (f"Ask{line_end}former account 1",)


@pytest.mark.parametrize(("name", "encoding"), [("Ольга Примерная", "cp1251"), ("Łucja Made-up", "cp1250")])
def test_a_file_whose_encoding_nobody_has_named_yet_is_read_in_each(name: str, encoding: str) -> None:
    content = f"who;where\n{name.upper()};Łódź\n" if encoding == "cp1250" else f"кто\n{name.upper()}\n"
    replaced = replacement(ADDRESS, [name], "NOBODY").file(content.encode(encoding), is_table=False)
    assert replaced is not None
    assert replaced.decode(encoding) == content.replace(name.upper(), "NOBODY")


def test_a_name_among_the_words_that_an_import_did_not_know_is_replaced() -> None:
    words = {"technologies": {f"Robot of {NAME.upper()}": "robotics"}}
    assert replacement(ADDRESS, [NAME], "NOBODY").value(words) == {"technologies": {"Robot of NOBODY": "robotics"}}


def test_every_column_that_is_given_has_a_label() -> None:
    assert {column.key for section in SECTIONS for column in section.columns} - COLUMN_LABELS.keys() == set()


def test_every_kind_of_row_that_belongs_to_a_person_is_given() -> None:
    """But for what is of no use to anybody: hashes of recovery codes."""
    tables = {section.columns[0].class_.__tablename__ for section in SECTIONS}
    owned = {*columns.OWNED, *columns.ACCOUNTS, *columns.ADDRESSES}
    assert owned - tables == {"recovery_codes"}


@pytest.mark.one_database
def test_what_is_kept_is_given_as_json(session: Session) -> None:
    person = plant(session)
    given = json.loads("".join(as_json(session, person_by_address(session, ADDRESS))))
    assert given["address"] == ADDRESS
    assert given["account"][0]["name"] == NAME
    assert {"keys", "actions", "proposals", "comments", "versions", "imports", "alerts", "questions", "reports",
            "answers", "mails", "blocked", "withdrawals", "decisions"} <= given.keys()  # fmt: skip
    assert [row["state"] for row in given["proposals"]] == ["submitted", "draft"]
    text = json.dumps(given)
    assert person.stamp not in text
    assert str(person.password_hash) not in text
