"""A release has what is public of the forum, and nothing else of it."""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from frictionless import Package
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.entries import EntryKind
from kb.core.column_types import now
from kb.core.db import Database
from kb.exporting.export import Links
from kb.exporting.forum_rows import forum_rows, rows_found
from kb.exporting.forum_tables import FORUM_TABLES, PROGRAMME
from kb.exporting.releases.writing import make_release
from kb.forum.models import ClockStep, ForumSession, Question, Slot, SlotInitiative, Statement
from kb.questions.models import CityAnswer
from tests.factories import (
    make_city,
    make_city_answer,
    make_initiative,
    make_leader,
    make_session,
    make_source,
    make_vision,
)

SITE = "https://peers.example"


@pytest.fixture(autouse=True)
def _limit_of_csv_fields() -> Iterator[None]:
    """Frictionless raises the limit of the whole process, on which tests of imports rest."""
    limit = csv.field_size_limit()
    yield
    csv.field_size_limit(limit)


def hold(session: Session) -> ForumSession:
    """A session that was held, with a talk and with all that tables refer to."""
    city = make_city(session, "Made-up Harbour")
    held = make_session(
        session,
        "Made-up held session",
        (city,),
        state="ended",
        organisers=["Made-up Union", "Made-up Institute"],
        guiding_questions=["How, and\nat what cost?"],
        sources=[make_source(session)],
    )
    talk = next(slot for slot in held.slots if slot.kind == "talk")
    talk.title, talk.abstract, talk.notes = "A made-up talk", "What the talk says", "For the chair alone"
    talk.vision = make_vision(session, city)
    talk.presented = [
        SlotInitiative(initiative=make_initiative(session, cities=(city,)), position=number) for number in range(2)
    ]
    assert talk.speaker is not None
    talk.speaker.leader, talk.speaker.status = make_leader(session, city=city), "spoke"
    held.statements = [
        Statement(kind="point", text="A made-up point", speaker=talk.speaker, source=make_source(session))
    ]
    session.flush()
    return held


def ask(session: Session, held: ForumSession, text: str, **fields: object) -> None:
    values = {"asker_name": "Made-up Asker", "asker_hash": "0" * 64, "state": "answered"}
    session.add(Question(**values | {"session": held, "text": text} | fields))
    session.flush()


def tables(archive: Path) -> Mapping[str, list[dict[str, str]]]:
    with zipfile.ZipFile(archive) as opened:
        return {
            table.name: list(csv.DictReader(io.TextIOWrapper(opened.open(table.path), "utf-8", newline="")))
            for table in FORUM_TABLES
        }


def test_what_is_public_of_the_forum_is_in_a_release_and_what_is_not_is_nowhere(
    database: Database, tmp_path: Path
) -> None:
    with database.writing() as session:
        held = hold(session)
        slug, speaker = held.slug, held.speakers[1]
        answered = {"answer": "A made-up answer", "answered_at": now()}
        ask(session, held, "Answered?", number=1, speaker=speaker, answered_by=speaker, **answered)
        ask(session, held, "Answered later?", number=2, answered_by_name="Made-up Official", **answered)
        ask(session, held, "Unanswered?", number=3, state="approved")
        ask(session, held, "Declined?", number=4, state="declined", **answered)
        draft = make_session(session, "Made-up draft", state="draft")
        ask(session, draft, "In a draft?", number=1, **answered)
        make_session(session, "Made-up cancelled session", state="cancelled")
        city = make_city(session, "Made-up Bay")
        asker = {"asker_name": "Made-up Reader", "email": "reader@bay.example", "asker_city": "Made-up Town"}
        public = make_city_answer(session, city, text="Public?", **asker)
        public.answered_by_name = "Made-up Official"
        make_city_answer(session, city, text="Private to the asker?", may_publish=False, **asker)
        make_city_answer(session, city, text="Private to the city?", **asker).may_publish = False
        make_city_answer(session, city, text="Removed?", **asker).removed_at = now()
        speaker_id, city_slug = str(speaker.id), city.slug
    release, _ = make_release(database, tmp_path, SITE)
    found = tables(tmp_path / release.archive)
    sessions = {row["title"]: row for row in found["sessions"]}
    assert {title: row["state"] for title, row in sessions.items()} == {
        "Made-up held session": "ended",
        "Made-up cancelled session": "cancelled",
    }
    assert sessions["Made-up held session"]["address"] == f"{SITE}/forum/{slug}"
    assert sessions["Made-up held session"]["starts_at"] == "2027-06-01T14:00:00+02:00"
    assert [(row["position"], row["organiser"]) for row in found["sessions-organisers"]] == [
        ("1", "Made-up Union"),
        ("2", "Made-up Institute"),
    ]
    [talk] = [row for row in found["sessions-programme"] if row["kind"] == "talk"]
    assert (talk["session"], talk["speaker"], talk["state"], talk["abstract"]) == (
        slug,
        speaker_id,
        "held",
        "What the talk says",
    )
    assert {row["item"] for row in found["sessions-programme-initiatives"]} == {talk["id"]}
    assert [(row["text"], row["speaker"]) for row in found["sessions-statements"]] == [("A made-up point", speaker_id)]
    assert [(row["text"], row["speaker"], row["answer"], row["answered_by"]) for row in found["answers"]] == [
        ("Answered?", speaker_id, "A made-up answer", speaker_id),
        ("Answered later?", "", "A made-up answer", ""),
    ]
    assert [(row["city"], row["text"], row["asked_from"], row["answer"]) for row in found["city-answers"]] == [
        (city_slug, "Public?", "Made-up Town", "A made-up answer.")
    ]
    with zipfile.ZipFile(tmp_path / release.archive) as opened:
        whole = b"".join(opened.read(name) for name in opened.namelist()).decode()
        opened.extractall(tmp_path / "package")
    assert "Made-up held session" in whole
    for private in (
        *("Made-up draft", "In a draft?", "Unanswered?", "Declined?", "Private to", "Removed?"),
        *("Made-up Asker", "Made-up Reader", "Made-up Official", "reader@bay.example", "For the chair alone"),
    ):
        assert private not in whole
    report = Package(str(tmp_path / "package" / "datapackage.json")).validate()
    assert report.valid, report.flatten(["title", "fieldName", "message"])[:5]
    filled = {name for name, rows in found.items() if rows}
    assert filled == {table.name for table in FORUM_TABLES}, "each table was checked with rows"


def changes(archive: Path) -> set[tuple[str, str, str]]:
    with zipfile.ZipFile(archive) as opened:
        rows = csv.DictReader(io.TextIOWrapper(opened.open("changes.csv"), "utf-8", newline=""))
        return {(row["kind"], row["title"], row["change"]) for row in rows}


def test_a_release_tells_which_sessions_and_answers_changed(database: Database, tmp_path: Path) -> None:
    with database.writing() as session:
        held = hold(session)
        city = make_city(session, "Made-up Bay")
        answered = {"answer": "A made-up answer", "answered_at": now()}
        ask(session, held, "Kept?", number=1, **answered)
        ask(session, held, "Changed?", number=2, **answered)
        ask(session, held, "Taken back?", number=3, **answered)
        make_city_answer(session, city, text="Removed?")
        make_session(session, "Made-up kept session")
        moved, gone = make_session(session, "Made-up moved session"), make_session(session, "Made-up gone session")
        keys = moved.id, gone.id
    first, _ = make_release(database, tmp_path, SITE)
    assert changes(tmp_path / first.archive) == set()
    with database.writing() as session:
        moved, gone = (session.get_one(ForumSession, key) for key in keys)
        moved.speakers[0].name = "Made-up Other Chair"
        gone.state = "draft"
        asked = {question.text: question for question in session.scalars(select(Question))}
        asked["Changed?"].answer = "Another made-up answer"
        asked["Taken back?"].state = "declined"
        session.scalars(select(CityAnswer)).one().removed_at = now()
        make_session(session, "Made-up new session")
        make_initiative(session, "Made-up new wall")
    second, _ = make_release(database, tmp_path, SITE)
    told = changes(tmp_path / second.archive)
    assert {change for change in told if change[0] not in set(EntryKind)} == {
        ("session", "Made-up moved session", "changed"),
        ("session", "Made-up gone session", "withdrawn"),
        ("session", "Made-up new session", "added"),
        ("answer", "Changed?", "changed"),
        ("answer", "", "withdrawn"),
        ("city-answer", "", "withdrawn"),
    }, "what was taken back is not published again"
    assert sum(second.changes.values()) == len([change for change in told if change[0] in set(EntryKind)])


def test_a_release_follows_one_that_lacks_tables(database: Database, tmp_path: Path) -> None:
    with database.writing() as session:
        hold(session)
    first, _ = make_release(database, tmp_path, SITE)
    archive = tmp_path / first.archive
    names = {table.path for table in FORUM_TABLES} | {"sessions-and-answers.csv"}
    with zipfile.ZipFile(archive) as opened:
        kept = {name: opened.read(name) for name in opened.namelist() if name not in names}
    with zipfile.ZipFile(archive, "w") as written:
        for name, content in kept.items():
            written.writestr(name, content)
    summary = archive.with_suffix(".json")
    summary.write_text(summary.read_text().replace(f'"size": {first.size}', f'"size": {archive.stat().st_size}'))
    with database.writing() as session:
        make_initiative(session)
    second, _ = make_release(database, tmp_path, SITE)
    assert second.previous == first.name
    assert second.changes == {"added": 2, "changed": 0, "withdrawn": 0, "merged": 0}
    assert {kind for kind, _, _ in changes(tmp_path / second.archive)} == {"city", "initiative"}


def test_a_file_of_talks_has_the_rows_of_a_release(database: Database) -> None:
    with database.writing() as session:
        held = hold(session)
        first, second, third, *_ = held.slots
        steps = (("started", first.id), ("skipped", third.id), ("broken-off", second.id), ("ended", None))
        session.add_all(
            ClockStep(
                session_id=held.id, number=number, kind=kind, slot_id=slot_id, at=now() + timedelta(minutes=number)
            )
            for number, (kind, slot_id) in enumerate(steps, 1)
        )
        make_session(session, cities=(make_city(session),))
        ids = [slot.id for slot in session.scalars(select(Slot).order_by(Slot.id.desc()))]
    links = Links(SITE)
    with database.reading() as session:
        told = [rows for of in forum_rows(session, links) for table, rows in of.rows if table is PROGRAMME]
        released = {row[0]: row for rows in told for row in rows}
    with database.reading() as session:
        assert list(rows_found(session, "talk", ids, links)) == [released[slot_id] for slot_id in ids]
    began = [field.name for field in PROGRAMME.fields].index("began_at")
    assert any(row[began] for row in released.values()), "the clock was kept"
