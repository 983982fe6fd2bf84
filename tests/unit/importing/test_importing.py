"""A file comes in: nothing doubled, nothing overwritten in silence, every row accounted for, all undone at once."""

import io
import re
from collections.abc import Callable
from functools import partial

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from kb.accounts.models import AuditEvent, User
from kb.catalogue.models import Change, City, Initiative, Place
from kb.core.column_types import now
from kb.core.db import Database
from kb.core.errors import NotFound, Refused
from kb.editorial import actions as editorial
from kb.editorial import entries as editorial_entries
from kb.editorial import validation
from kb.editorial.entries import snapshot
from kb.editorial.models import Proposal, Revision, Withdrawal
from kb.importing import actions, apply, queries, reading, undo
from kb.importing.apply import within_seconds
from kb.importing.models import Import, ImportFile, ImportKey, ImportRow
from kb.importing.queries import import_by_id
from kb.importing.serialization import message_from_json
from kb.privacy.erasure import erase_person
from tests.at_once import meet
from tests.entries import publish
from tests.factories import make_city, make_initiative, make_user
from tests.sampling import examples
from tests.spreadsheets import as_csv

from .importing import HEADING, Bench, line

pytestmark = pytest.mark.usefixtures("read_without_child")


@pytest.fixture
def bench(database: Database) -> Bench:
    return Bench(database)


@pytest.fixture
def small(sqlite_database: Database) -> Bench:
    return Bench(sqlite_database)


def test_published_rows_stand_in_the_catalogue_with_revision_and_change_log(bench: Bench) -> None:
    import_id = bench.bring([line("1"), line("2", "Made-up Lamps", "City of Made-up Beta")], mode="published")
    assert bench.counts(import_id) == (2, 0, 0, 0)
    assert bench.titles() == ["Made-up Sirens", "Made-up Lamps"]
    with bench.database.reading() as session:
        revisions = session.scalars(select(Revision).where(Revision.kind == "initiative")).all()
        assert [(revision.made_from, revision.import_id, revision.actor_id) for revision in revisions] == [
            ("import", import_id, bench.editor.id)
        ] * 2
        assert session.scalar(select(func.count()).where(Change.kind == "initiative")) == 2
        assert session.scalars(select(City.name).order_by(City.name)).all() == ["Made-up Alpha", "Made-up Beta"]
        assert session.scalar(select(ImportFile.import_id)) is None


def test_the_page_that_a_cell_leads_to_is_the_source_and_its_words_are_the_title(small: Bench) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADING)
        sheet.write_row(1, 0, line("1"))
        sheet.write_url(1, HEADING.index("sources"), "https://example.org/made-up", string="Project page")
    with small.database.writing() as session:
        import_record = actions.upload(session, small.editor, file.getvalue(), "made-up.xlsx", mode="published")
        actions.choose_columns(session, small.editor, import_record, import_record.mapping)
    small.runner.work_on(import_record.id)
    small.run(import_record.id)
    with small.database.reading() as session:
        (entry,) = session.scalars(select(Initiative))
        sources = snapshot("initiative", entry)["sources"]
        assert [(source["url"], source["title"]) for source in sources] == [
            ("https://example.org/made-up", "Project page")
        ]


def test_proposals_wait_for_review_and_nothing_of_them_is_public(bench: Bench) -> None:
    import_id = bench.bring([line("1"), line("2", "Made-up Lamps", goals="")], bench.contributor)
    assert bench.counts(import_id) == (2, 0, 0, 0)
    assert bench.titles() == []
    with bench.database.reading() as session:
        proposals = session.scalars(select(Proposal).order_by(Proposal.id)).all()
        assert [(proposal.title, proposal.state, proposal.import_id, proposal.author_id) for proposal in proposals] == [
            ("Made-up Sirens", "submitted", import_id, bench.contributor.id),
            ("Made-up Lamps", "draft", import_id, bench.contributor.id),
        ]
    assert any("imported as a draft" in said and "goal" in said for _, _, said in bench.messages(import_id))


def test_the_dry_run_changes_nothing(bench: Bench) -> None:
    import_id = bench.upload([line("1")], mode="published")
    assert bench.counts(import_id) == (1, 0, 0, 0)
    assert bench.titles() == []
    with bench.database.writing() as session:
        assert session.scalar(select(ImportKey.key)) is None
        actions.discard(session, bench.editor, import_by_id(session, import_id))
    with bench.database.reading() as session:
        assert [session.scalar(select(func.count()).select_from(row)) for row in (Import, ImportRow, ImportFile)] == [
            0, 0, 0,
        ]  # fmt: skip


def test_a_file_is_read_once_however_often_it_is_checked(small: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    import_id = small.upload([line("1"), line("2", "Made-up Lamps", stage="made-up stage")], mode="published")
    assert small.counts(import_id) == (1, 0, 0, 1)
    monkeypatch.setattr(reading.file_reading, "read", None)
    with small.database.writing() as session:
        import_record = import_by_id(session, import_id)
        actions.choose_words(session, small.editor, import_record, {"stage": {"made-up stage": "pilot"}})
    small.runner.work_on(import_id)
    assert small.counts(import_id) == (2, 0, 0, 0)


def test_a_file_is_checked_anew_where_somebody_whom_it_names_is_erased_meanwhile(bench: Bench) -> None:
    address, name = "zoe@city.example", "Zoë Made-up"
    with bench.database.writing() as session:
        make_user(session, email=address, name=name)
    import_id = bench.upload_only([line("1", summary=f"Ask {name}.")], mode="proposals")
    turns = 0

    def erase(_done: int, _total: int) -> None:
        nonlocal turns
        turns += 1
        if turns == 1:
            with bench.database.writing(alone=True) as session:
                # As where the rows were decided on before, and are written after.
                rows = session.scalars(select(ImportRow)).all()
                before = [(row, dict(row.values)) for row in rows]
                erase_person(session, address)
                session.flush()
                for row, values in before:
                    row.values = values

    bench.runner.work_on(import_id, erase)
    with bench.database.reading() as session:
        said = [str(row.values) for row in session.scalars(select(ImportRow))]
    assert turns == 2
    assert len(said) == 1
    assert name not in said[0]
    assert "former account" in said[0]


def test_an_import_that_waits_with_the_file_of_a_version_before_is_checked(small: Bench) -> None:
    import_id = small.upload_only([line("1")], mode="published")
    with small.database.writing() as session:
        session.get_one(ImportFile, import_id).content = as_csv([line("1"), line("2")], heading=HEADING)
    small.runner.work_on(import_id)
    assert small.counts(import_id) == (2, 0, 0, 0)


@pytest.mark.parametrize("mode", ["published", "proposals"])
def test_a_row_is_validated_once_in_the_dry_run_and_once_when_it_is_written(
    small: Bench, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    titles: list[str] = []
    load = validation._load

    def noted(schema, sent):
        titles.append(sent.get("title"))
        return load(schema, sent)

    monkeypatch.setattr(validation, "_load", noted)
    small.bring([line("1")], mode=mode)
    assert titles.count("Made-up Sirens") == 2


@pytest.mark.parametrize("mode", ["published", "proposals"])
def test_the_same_file_again_leaves_everything_as_it_is(bench: Bench, mode: str) -> None:
    rows = [line("1"), line("2", "Made-up Lamps"), line("3", goals="")]
    first = bench.bring(rows, mode=mode)
    again = bench.bring(rows, mode=mode)
    made = 2 if mode == "published" else 3
    assert bench.counts(first) == (made, 0, 0, 3 - made)
    assert bench.counts(again) == (0, 0, made, 3 - made)
    with bench.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Proposal)) == (0 if mode == "published" else 3)


def test_without_a_column_of_keys_rows_are_known_by_title_and_city(small: Bench) -> None:
    rows = [line("1")[1:], line("2", city="Made-up Beta")[1:]]
    small.bring(rows, mode="published", heading=HEADING[1:])
    again = small.bring([*rows, line("3", "Made-up Lamps")[1:]], mode="published", heading=HEADING[1:])
    assert small.counts(again) == (1, 0, 2, 0)


def test_a_column_of_languages_is_taken_and_one_that_is_none_is_told(small: Bench) -> None:
    rows = [[*line("1"), "pt_BR"], [*line("2", "Made-up Lamps"), ""], [*line("3", "Made-up Fans"), "Portuguese!"]]
    brought = small.bring(rows, mode="published", heading=[*HEADING, "Idioma"])
    assert small.counts(brought) == (2, 0, 0, 1)
    with small.database.reading() as session:
        assert session.scalars(select(Initiative.language).order_by(Initiative.id)).all() == ["pt-BR", "en"]


def test_keys_of_two_collections_do_not_meet(small: Bench) -> None:
    small.bring([line("1")], mode="published", collection="Network A")
    other = small.bring([line("1", "Made-up Lamps")], mode="published", collection="Network B")
    assert small.counts(other) == (1, 0, 0, 0)
    assert small.titles() == ["Made-up Sirens", "Made-up Lamps"]


def test_a_changed_row_changes_its_entry_and_leaves_what_editors_made_of_other_fields(bench: Bench) -> None:
    bench.bring([line("1")], mode="published")
    with bench.database.writing() as session:
        entry = session.scalars(select(Initiative)).one()
        data = snapshot("initiative", entry) | {"lessons": "An editor's lesson.", "scale": "district"}
        publish(session, bench.editor, "initiative", data, entry_id=entry.id)
    changed = bench.bring([line("1", summary="Better words.")], mode="published")
    assert bench.counts(changed) == (0, 1, 0, 0)
    assert bench.rows(changed)[0].changes == ["summary"]
    with bench.database.reading() as session:
        entry = session.scalars(select(Initiative)).one()
        assert (entry.summary, entry.lessons, entry.scale) == ("Better words.", "An editor's lesson.", "district")


def test_an_editors_correction_is_not_overwritten_by_the_file_that_has_not_changed(bench: Bench) -> None:
    bench.bring([line("1")], mode="published")
    with bench.database.writing() as session:
        entry = session.scalars(select(Initiative)).one()
        data = snapshot("initiative", entry) | {"title": "Corrected by an editor", "summary": "Corrected."}
        publish(session, bench.editor, "initiative", data, entry_id=entry.id)
    assert bench.counts(bench.bring([line("1")], mode="published")) == (0, 0, 1, 0)
    assert bench.titles() == ["Corrected by an editor"]
    refused = bench.bring([line("1", "Made-up Sirens, phase 2", summary="Other words.")], mode="published")
    assert bench.counts(refused) == (0, 0, 0, 1)
    assert "changed these fields since the last import: Title" in bench.messages(refused)[0][2]
    message = message_from_json(bench.rows(refused)[0].problems[0])
    translated = message.render(lambda text: text if "%" in text else f"«{text}»")
    assert ": «Title», «" in translated, "each field is translated by itself"
    assert bench.titles() == ["Corrected by an editor"]


def test_a_changed_row_of_an_open_proposal_changes_the_proposal(small: Bench) -> None:
    small.bring([line("1")], small.contributor)
    again = small.bring([line("1", summary="Better words.")], small.contributor)
    assert small.counts(again) == (0, 1, 0, 0)
    with small.database.reading() as session:
        proposal = session.scalars(select(Proposal)).one()
        assert (proposal.data["summary"], proposal.state) == ("Better words.", "submitted")


def test_a_row_whose_proposal_was_accepted_goes_on_with_the_entry(small: Bench) -> None:
    small.bring([line("1")], small.contributor)
    with small.database.writing() as session:
        proposal = session.scalars(select(Proposal)).one()
        editorial.accept(session, small.editor, proposal.id, seen=proposal.version)
    assert small.counts(small.bring([line("1")], small.contributor)) == (0, 0, 1, 0)
    changed = small.bring([line("1", summary="Better words.")], mode="published")
    # The collection is the same, since the file is called the same.
    assert small.counts(changed) == (0, 1, 0, 0)
    assert small.titles() == ["Made-up Sirens"]


def test_what_was_withdrawn_is_not_brought_back_by_a_file(small: Bench) -> None:
    small.bring([line("1")], mode="published")
    with small.database.writing() as session:
        entry = session.scalars(select(Initiative)).one()
        editorial.withdraw(session, small.editor, "initiative", entry.id, "A made-up reason.")
    assert small.counts(small.bring([line("1")], mode="published")) == (0, 0, 1, 0)
    changed = small.bring([line("1", summary="Other words.")], mode="published")
    assert small.counts(changed) == (0, 0, 0, 1)
    assert small.titles() == []


@pytest.mark.parametrize("mode", ["published", "proposals"])
def test_a_row_is_no_double_of_what_another_row_of_the_file_renames(small: Bench, mode: str) -> None:
    small.bring([line("1"), line("2", "Made-up Lamps", summary="First.")], mode=mode)
    renaming, free = line("1", "Made-up Buses"), line("3", "Made-up Sirens")
    for rows in ([free, renaming], [renaming, free]):
        import_id = small.upload(rows, mode=mode)
        assert small.counts(import_id) == (1, 1, 0, 0)
        assert small.messages(import_id) == []
    # What is called almost the same, or is not renamed, is still there to be doubled.
    assert small.counts(small.upload([free, line("1", "Made-up Siren")], mode=mode)) == (0, 1, 1, 0)
    refused = line("1", "Made-up Buses", stage="sleeping")
    import_id = small.upload([refused, free, line("4", "Made-up Lamps")], mode=mode)
    assert small.counts(import_id) == (0, 0, 2, 1)
    small.bring([renaming, free], mode=mode)
    again = small.bring([renaming, free], mode=mode)
    assert small.counts(again) == (0, 0, 2, 0)


def test_undoing_withdraws_what_was_made_with_the_cities_it_needed_and_restores_what_was_changed(bench: Bench) -> None:
    bench.bring([line("1")], mode="published")
    second = bench.bring(
        [line("1", summary="Other words."), line("2", "Made-up Lamps", "Made-up Beta")], mode="published"
    )
    assert bench.counts(second) == (1, 1, 0, 0)
    bench.undo(second)
    with bench.database.reading() as session:
        entry = session.scalars(select(Initiative)).one()
        assert (entry.title, entry.summary) == ("Made-up Sirens", "Made up.")
        assert session.scalars(select(City.name)).all() == ["Made-up Alpha"]
        assert sorted(session.scalars(select(Withdrawal.title))) == ["Made-up Beta", "Made-up Lamps"]
    assert [row.undone for row in bench.rows(second)] == [True, True]
    assert bench.import_record(second).state == "undone"
    # The file may come again as though it had never come.
    again = bench.bring([line("1"), line("2", "Made-up Lamps", "Made-up Beta")], mode="published")
    assert bench.counts(again) == (1, 0, 1, 0)


def test_undoing_leaves_and_names_what_somebody_has_changed_since(bench: Bench) -> None:
    import_id = bench.bring([line("1"), line("2", "Made-up Lamps")], mode="published")
    with bench.database.writing() as session:
        entry = session.scalars(select(Initiative).where(Initiative.title == "Made-up Sirens")).one()
        data = snapshot("initiative", entry) | {"lessons": "An editor's lesson."}
        publish(session, bench.editor, "initiative", data, entry_id=entry.id)
    bench.undo(import_id)
    assert bench.titles() == ["Made-up Sirens"]
    first, second = bench.rows(import_id)
    assert (first.undone, second.undone) == (False, True)
    assert "changed after the import" in str(message_from_json(first.left or {}))


def test_undoing_takes_proposals_back_and_leaves_those_that_were_decided(small: Bench) -> None:
    import_id = small.bring([line("1"), line("2", "Made-up Lamps")], small.contributor)
    with small.database.writing() as session:
        first = session.scalars(select(Proposal).order_by(Proposal.id)).first()
        editorial.accept(session, small.editor, first.id, seen=first.version)
    small.undo(import_id, small.contributor)
    with small.database.reading() as session:
        assert session.scalars(select(Proposal.state).order_by(Proposal.id)).all() == ["accepted", "withdrawn"]
    assert [row.undone for row in small.rows(import_id)] == [False, True]
    assert small.titles() == ["Made-up Sirens"]


def test_undoing_leaves_what_was_changed_without_a_version_of_its_own(small: Bench) -> None:
    small.bring([line("1"), line("2", "Made-up Lamps")], mode="published")
    rows = [line("1", summary="Other words."), line("2", "Made-up Lamps", summary="Other words.")]
    import_id = small.bring(rows, mode="published")
    with small.database.writing() as session:
        entry = session.scalars(select(Initiative).where(Initiative.title == "Made-up Sirens")).one()
        entry.lessons = "A made-up lesson."
    small.undo(import_id)
    assert small.import_record(import_id).state == "undone"
    assert [row.undone for row in small.rows(import_id)] == [False, True]
    with small.database.reading() as session:
        assert session.scalars(select(Initiative.lessons).order_by(Initiative.id)).all() == ["A made-up lesson.", None]


@pytest.mark.postgresql
@pytest.mark.parametrize("is_own", [True, False])
def test_undoing_waits_for_who_saves_a_proposal_and_leaves_it(postgresql_database: Database, is_own: bool) -> None:
    bench = Bench(postgresql_database)
    import_id = bench.bring([line("1")], bench.contributor)
    undoer = bench.contributor if is_own else bench.editor

    def save(session: Session) -> None:
        proposal = session.scalars(select(Proposal)).one()
        data = {**proposal.data, "lessons": "A made-up lesson."}
        editorial.save_draft(session, bench.contributor, proposal.id, data, seen=proposal.version)

    meet(bench.database, lambda _: bench.undo(import_id, undoer), lambda _: None, holding=save)
    (row,) = bench.rows(import_id)
    assert "changed after the import" in str(message_from_json(row.left or {}))
    with bench.database.reading() as session:
        proposal = session.scalars(select(Proposal)).one()
        assert (proposal.state, proposal.data["lessons"]) == ("submitted", "A made-up lesson.")


def test_a_thread_works_on_what_waits(bench: Bench) -> None:
    first = bench.upload_only([line("1")])
    second = bench.upload_only([line("2", "Made-up Lamps")])
    bench.runner.wake()
    bench.runner.wait()
    assert [bench.import_record(import_id).state for import_id in (first, second)] == ["checked", "checked"]


def test_what_changed_between_dry_run_and_import_is_seen(small: Bench) -> None:
    import_id = small.upload([line("1"), line("2", "Made-up Lamps")], mode="published")
    small.bring([line("1", summary="Came first.")], mode="published")
    small.run(import_id)
    assert small.counts(import_id) == (1, 1, 0, 0)
    with small.database.writing() as session:
        source = import_by_id(session, import_id)
        assert [line_[3] for line_ in queries.report_lines(session, source, str)] == ["Updated", "Added"]


def test_every_trouble_is_told_by_row_and_column(small: Bench) -> None:
    rows = [
        line("1", city="Atlantis"),
        line("2", "Made-up Two", stage="sleeping"),
        line("3", "Made-up Three", challenges="floodin"),
        line("4", "Made-up Four", sources="not-a-link"),
        line("", "No key"),
        line("1", "The key again"),
        line("7", ""),
        line("8", "Made-up Lamps"),
        line("9", "made-up lamps"),
    ]
    import_id = small.upload(rows, mode="published")
    assert small.counts(import_id) == (2, 0, 0, 7)
    messages = small.messages(import_id)
    assert [(number, column) for number, column, _ in messages] == [
        (2, "C"), (3, "F"), (4, "G"), (5, "I"), (6, "A"), (7, "A"), (8, "B"), (10, "B"),
    ]  # fmt: skip
    texts = [text for _, _, text in messages]
    assert "No place over 5,000 people is called Atlantis in India" in texts[0]
    assert "Do you mean Flooding" in texts[2]
    assert "Row 2 already has the key" in texts[5]
    assert "Same title and city as row 9" in texts[7]


def test_coordinates_that_are_swapped_lack_a_minus_or_are_none_are_told(small: Bench) -> None:
    heading = (*HEADING, "latitude", "longitude")
    points = [("25.1", "75.1"), ("75.1", "25.1"), ("-25.1", "75.1"), ("95", "200")]
    rows = [
        [*line(str(number), f"Made-up {number}", "Made-up Beta"), *point]
        for number, point in enumerate(points, start=1)
    ]
    import_id = small.upload(rows, mode="published", heading=heading)
    assert small.counts(import_id) == (1, 0, 0, 3)
    messages = small.messages(import_id)
    assert [(number, column) for number, column, _ in messages] == [(3, "J"), (3, "K"), (4, "J"), (4, "K"), (5, "J")]
    swapped, _, minus, _, none = (text for _, _, text in messages)
    assert "would fit if latitude and longitude are swapped: 25.1, 75.1." in swapped
    assert "would fit if the coordinates are 25.1, 75.1: a minus may be missing or wrong." in minus
    assert none == "95.0 and 200.0 are not a latitude and a longitude."


def test_a_row_without_a_city_is_told_to_lack_it_and_no_key_that_the_file_does_not_have(small: Bench) -> None:
    rows = [line("1", city="")[1:], line("2", city="")[1:], line("3")[1:], line("4")[1:]]
    import_id = small.upload(rows, mode="published", heading=HEADING[1:])
    assert small.messages(import_id) == [
        (2, "B", "An initiative needs a city."),
        (3, "B", "An initiative needs a city."),
        (5, "A", "Row 4 already has the same title and city."),
    ]
    with_keys = small.upload([line("1"), line("1", city="")], mode="published", collection="Other")
    assert small.messages(with_keys) == [
        (3, "C", "An initiative needs a city."),
        (3, "A", "Row 2 already has the key 1."),
    ]


def test_of_a_total_or_a_note_below_the_rows_one_thing_is_said(small: Bench) -> None:
    total = ["Total", *[""] * (len(HEADING) - 1)]
    import_id = small.upload([line("1"), total, total], mode="published")
    assert small.counts(import_id) == (1, 0, 0, 2)
    said = "The row has neither a title nor a city. If it is a total or a note, you need not correct it."
    assert small.messages(import_id) == [(number, "B", said) for number in (3, 4)]


def test_of_a_row_that_is_not_imported_it_is_not_said_that_it_will_be_a_draft(small: Bench) -> None:
    draft, twice, doubled = (line(key, challenges="") for key in ("1", "1", "2"))
    import_id = small.upload([draft, twice, doubled], mode="proposals")
    assert small.counts(import_id) == (2, 0, 0, 1)
    drafts = [number for number, _, text in small.messages(import_id) if "imported as a draft" in text]
    assert drafts == [2, 4]
    small.run(import_id)
    again = small.upload([line("9", challenges="")], mode="proposals", collection="Other")
    assert small.counts(again) == (0, 0, 1, 0), "it is here already"
    assert not any("imported as a draft" in text for _, _, text in small.messages(again))


def test_a_target_among_the_goals_is_kept_with_its_goal_and_told(small: Bench) -> None:
    rows = [line("1", goals="11.2; SDG 11; Target 13.1"), line("2", "Made-up Lamps", goals="11.77")]
    import_id = small.upload(rows, mode="published")
    told = [(row, text) for row, _, text in small.messages(import_id)]
    assert told[:2] == [
        (2, "11.2 was read as target 11.2 and its goal 11."),
        (2, "13.1 was read as target 13.1 and its goal 13."),
    ]
    assert [row for row, _ in told[2:]] == [3]
    small.run(import_id)
    with small.database.reading() as session:
        entry = snapshot("initiative", session.scalars(select(Initiative)).one())
    assert [goal["goal"] for goal in entry["goals"]] == [11, 13]
    assert [target["target"] for target in entry["targets"]] == ["11.2", "13.1"]


@pytest.mark.parametrize(
    "heading",
    [
        ("N°", "Intitulé du projet", "Commune", "Pays", "Résumé", "État d'avancement", "Défis", "ODD", "Lien"),
        ("Clave", "Título de la iniciativa", "Ciudad", "País", "Resumen", "Estado", "Desafíos", "ODS", "Enlace"),
        (
            "Nr.",
            "Titel des Projekts",
            "Stadt",
            "Land",
            "Zusammenfassung",
            "Status",
            "Herausforderungen",
            "SDG",
            "Quelle",
        ),
    ],
)
def test_headings_in_other_languages_are_known(small: Bench, heading: tuple[str, ...]) -> None:
    stage = {"N°": "À l'étude", "Clave": "En ejecución", "Nr.": "In Betrieb"}[heading[0]]
    record = small.import_record(small.upload([line("A-1", stage=stage)], heading=heading))
    assert [record.mapping[letter] for letter in "ABCDEFGHI"] == [
        "key", "title", "city", "country", "summary", "stage", "challenges", "goals", "sources",
    ]  # fmt: skip
    assert [text for _, column, text in small.messages(record.id) if column] == []


def test_a_column_called_state_holds_provinces_unless_it_tells_of_stages(small: Bench) -> None:
    heading = (*HEADING[:5], "Estado", *HEADING[6:])
    record = small.import_record(small.upload([line("A-1", stage="Gujarat")], heading=heading))
    assert record.mapping["F"] == "province"


def test_lists_with_slashes_spans_of_years_and_short_headings_are_understood(small: Bench) -> None:
    heading = [*HEADING[:6], "Problems", *HEADING[7:], "Period", "Tech used", "Partners", "Cost", "Curr."]
    first = line("1", city="Made-up Alpha / Made-up Beta", challenges="Flooding / heat", goals="SDG 11 / 13")
    rows = [
        [
            *first,
            "2018 - 2020",
            "sensors-iot/mobile-app",
            "Made-up University (academic) / Made-up Works",
            "5000",
            "usd",
        ],
        [*line("2", "Made-up Lamps", challenges="flooding/heat"), "2019 – present", "", "", "", ""],
    ]
    import_id = small.bring(rows, mode="published", heading=heading)
    assert small.messages(import_id) == []
    with small.database.reading() as session:
        entries = [
            snapshot("initiative", entry) for entry in session.scalars(select(Initiative).order_by(Initiative.id))
        ]
        assert [len(entry["cities"]) for entry in entries] == [2, 1]
        assert [sorted(entry["challenges"]) for entry in entries] == [["flooding", "heat"]] * 2
        assert [(entry["start_year"], entry["end_year"]) for entry in entries] == [(2018, 2020), (2019, None)]
        assert [goal["goal"] for goal in entries[0]["goals"]] == [11, 13]
        assert sorted(entries[0]["technologies"]) == ["mobile-app", "sensors-iot"]
        assert [partner["name"] for partner in entries[0]["partners"]] == ["Made-up University", "Made-up Works"]
        assert (entries[0]["cost_amount"], entries[0]["cost_currency"]) == (5000, "USD")


@pytest.mark.parametrize("mode", ["published", "proposals"])
def test_a_row_that_may_exist_already_is_skipped_and_says_which(small: Bench, mode: str) -> None:
    with small.database.writing() as session:
        gamma = make_city(session, "Made-up Gamma")
        make_initiative(session, "End-to-end flood sirens by the river", cities=(gamma,))
        make_initiative(session, "Smart street lamps, phase I", cities=(gamma,))
    rows = [
        line("1", "End to End Flood Sirens by the River", "Made-up Gamma"),
        line("2", "Smart street lamps, phase II", "Made-up Gamma"),
    ]
    import_id = small.upload(rows, mode=mode)
    # The gazetteer was read before, but the page of the city is known by its name.
    assert small.counts(import_id) == (1, 0, 1, 0)
    small.run(import_id)
    assert small.counts(import_id) == (1, 0, 1, 0)
    with small.database.reading() as session:
        assert session.scalars(select(ImportKey.key)).all() == ["2"]
        assert session.scalars(select(Proposal.title)).all() == (
            ["Smart street lamps, phase II"] if mode == "proposals" else []
        )
    assert small.titles()[:2] == ["End-to-end flood sirens by the river", "Smart street lamps, phase I"]
    assert small.titles()[2:] == (["Smart street lamps, phase II"] if mode == "published" else [])
    small.undo(import_id)
    assert small.titles() == ["End-to-end flood sirens by the river", "Smart street lamps, phase I"]
    assert "This may exist already: End-to-end flood sirens by the river" in small.messages(import_id)[0][2]


def test_a_contributor_of_a_city_brings_in_no_rows_of_another(small: Bench) -> None:
    with small.database.writing() as session:
        alpha = session.scalars(select(Place).where(Place.name == "Made-up Alpha")).one()
        adviser = make_user(session, role="contributor", city_id=make_city(session, place_id=alpha.id).id)
    rows = [line("1"), line("2", "Made-up Lamps", "Made-up Beta"), line("3", "Made-up Bins", "Made-up Beta", goals="")]
    checked = small.upload(rows, adviser)
    assert [row.verdict for row in small.rows(checked)] == ["made", "refused", "refused"], "the dry run says so"
    messages = [(row, said) for row, _, said in small.messages(checked) if "so it must be one of the cities" in said]
    assert len(messages) == 2
    small.run(checked, adviser)
    assert small.counts(checked) == (1, 0, 0, 2)
    with small.database.reading() as session:
        assert session.scalars(select(Proposal.title)).all() == ["Made-up Sirens"]


@pytest.mark.postgresql
@pytest.mark.parametrize("act", [actions.start_run, actions.discard])
def test_an_import_that_is_discarded_meanwhile_is_there_no_more(
    postgresql_database: Database, act: Callable[[Session, User, Import], None]
) -> None:
    bench = Bench(postgresql_database)
    import_id = bench.upload([line("1")])
    with postgresql_database.writing() as session:
        import_record = import_by_id(session, import_id)
        with postgresql_database.writing() as other:
            actions.discard(other, bench.editor, import_by_id(other, import_id))
        with pytest.raises(NotFound):
            act(session, bench.editor, import_record)


def test_a_contributor_may_not_publish_nor_touch_the_imports_of_others(small: Bench) -> None:
    with pytest.raises(Refused):
        small.upload([line("1")], small.contributor, mode="published")
    import_id = small.upload([line("1")])
    with small.database.writing() as session:
        other = make_user(session, role="contributor")
        import_record = import_by_id(session, import_id)
        assert not actions.may_see(other, import_record)
        for act in (actions.start_run, actions.discard, actions.start_undo, actions.resume):
            with pytest.raises(Refused):
                act(session, other, import_record)
    small.run(import_id)
    with small.database.writing() as session, pytest.raises(Refused):
        actions.start_run(session, small.editor, import_by_id(session, import_id))


CELLS = {
    "key": ["1", "2", "3", ""],
    "title": ["Made-up A", "Made-up B", "", "Made-up “C”, 100%"],
    "city": ["Made-up Alpha", "City of Made-up Beta", "Atlantis", ""],
    "stage": ["pilot", "Ongoing", "sleeping", ""],
    "goals": ["11", "SDG 3, 4", "99", ""],
}
ROW = st.builds(
    lambda key, title, city, stage, goals: line(key, title, city, stage=stage, goals=goals),
    *(st.sampled_from(CELLS[name]) for name in CELLS),
)


@settings(max_examples=examples(15), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.lists(ROW, max_size=6), min_size=1, max_size=3), st.sampled_from(["published", "proposals"]))
def test_rows_in_are_made_changed_unchanged_and_refused_whatever_comes_and_a_file_again_changes_nothing(
    small: Bench, files: list[list[list[str]]], mode: str
) -> None:
    collection = f"{mode} {now().isoformat()}"
    for rows in files:
        planned = small.upload([*rows, ["", "", "", "", "", "", "", "", ""]], mode=mode, collection=collection)
        assert sum(small.counts(planned)) == len([row for row in rows if any(row)])
        expected = small.counts(planned)
        small.run(planned)
        assert small.counts(planned) == expected
        again = small.bring(rows, mode=mode, collection=collection)
        made, changed, _, refused = small.counts(again)
        assert (made, changed, refused) == (0, 0, expected[3])


@pytest.mark.parametrize("mode", ["proposals", "published"])
def test_the_trail_says_who_brought_a_file_in_and_who_took_it_back(small: Bench, mode: str) -> None:
    actor = small.contributor if mode == "proposals" else small.editor
    import_id = small.bring([line("1")], actor, mode=mode)
    small.undo(import_id, small.editor)
    with small.database.reading() as session:
        noted = session.execute(
            select(AuditEvent.verb, AuditEvent.actor_id).where(AuditEvent.kind == "import").order_by(AuditEvent.id)
        ).all()
        assert noted == [("upload", actor.id), ("import", actor.id), ("undo-import", small.editor.id)]
        entries = session.execute(select(AuditEvent.verb, AuditEvent.actor_id).where(AuditEvent.kind != "import")).all()
        assert {("submit" if mode == "proposals" else "publish", actor.id)} <= set(entries), entries


def test_transactions_of_one_row_each_bring_in_and_take_back_the_same(
    small: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apply, "BATCH", 1)
    monkeypatch.setattr(undo, "within_seconds", partial(within_seconds, seconds=0))
    import_id = small.bring([line(str(number), f"Made-up {number}") for number in range(4)], mode="published")
    assert small.counts(import_id) == (4, 0, 0, 0)
    assert small.import_record(import_id).progress == 4
    small.undo(import_id)
    assert (small.titles(), small.import_record(import_id).progress) == ([], 4)
    with small.database.reading() as session:
        assert session.scalars(select(City.name)).all() == []


def test_many_rows_are_published_by_few_statements_and_only_the_pages_that_they_name_are_read(small: Bench) -> None:
    statements: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        statements.append(" ".join(statement.split()))

    event.listen(small.database.engine, "before_cursor_execute", note)
    import_id = small.upload([line(str(number), f"Made-up {number}") for number in range(100)], mode="published")
    checked = len(statements)
    small.run(import_id)
    assert small.counts(import_id) == (100, 0, 0, 0)
    assert checked < 60
    assert len(statements) - checked < 900, "row by row they are over 1,500"
    pages = re.compile(r" FROM (?:cities|leaders|initiatives|places|sources)\b(?!.* WHERE )")
    assert not [statement for statement in statements if pages.search(statement)]


def test_two_rows_that_have_become_one_entry_change_it_one_after_the_other(small: Bench) -> None:
    first = small.bring([line("1"), line("2", "Made-up Lamps")], mode="published")
    with small.database.writing() as session:
        kept, duplicate = (row.entry_id for row in small.rows(first))
        editorial.merge(session, small.editor, "initiative", kept, duplicate)
    changed = [line("1", summary="Better words."), line("2", "Made-up Lamps", stage="operational")]
    assert small.counts(small.bring(changed, mode="published")) == (0, 2, 0, 0)
    with small.database.reading() as session:
        entry = session.scalars(select(Initiative)).one()
        assert (entry.title, entry.summary, entry.stage) == ("Made-up Sirens", "Better words.", "operational")
        query = select(Revision.data).where(Revision.kind == "initiative", Revision.made_from == "import")
        revisions = session.scalars(query.order_by(Revision.id.desc()).limit(2)).all()
        assert [(data["summary"], data["stage"]) for data in revisions] == [
            ("Better words.", "operational"),
            ("Better words.", "pilot"),
        ]


def test_rows_of_one_title_get_addresses_of_their_own_in_one_transaction(small: Bench) -> None:
    rows = [line(str(number), city=city) for number, city in enumerate(["Made-up Alpha", "Made-up Beta"] * 6)]
    assert small.counts(small.bring(rows, mode="published")) == (12, 0, 0, 0)
    with small.database.reading() as session:
        slugs = session.scalars(select(Initiative.slug).order_by(Initiative.id)).all()
        assert slugs == ["made-up-sirens", *(f"made-up-sirens-{number}" for number in range(2, 13))]


def test_a_row_that_cannot_be_written_is_refused_and_those_beside_it_are_not(
    small: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = editorial_entries.put

    def failing(session, kind, data, *rest, **columns):
        entry = put(session, kind, data, *rest, **columns)
        if data["title"] == "Made-up 2":
            entry.summary = None
        return entry

    monkeypatch.setattr(editorial_entries, "put", failing)
    import_id = small.bring([line(str(number), f"Made-up {number}") for number in range(4)], mode="published")
    assert small.counts(import_id) == (3, 0, 0, 1)
    assert small.titles() == ["Made-up 0", "Made-up 1", "Made-up 3"]
    assert small.messages(import_id) == [(4, None, "This row cannot be saved.")]
    assert [row.entry_id is None for row in small.rows(import_id)] == [False, False, True, False]
    with small.database.reading() as session:
        assert session.scalars(select(ImportKey.key).order_by(ImportKey.key)).all() == ["0", "1", "3"]


def test_work_on_many_rows_stops_after_a_while_but_never_before_the_first() -> None:
    assert list(within_seconds([1, 2, 3], seconds=0)) == [1]
    assert list(within_seconds([1, 2, 3], seconds=60)) == [1, 2, 3]
    assert list(within_seconds([], seconds=0)) == []
