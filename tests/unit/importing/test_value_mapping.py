"""Words that no list knows: told once, given a meaning by a person, and never guessed."""

import pytest

from kb.catalogue.models import Technology
from kb.core.db import Database
from kb.core.errors import Refused
from kb.importing import actions
from kb.importing.queries import import_by_id
from tests.unit.importing.importing import HEADING, Bench, line

pytestmark = pytest.mark.usefixtures("read_without_child")

WITH_TECHNOLOGIES = (*HEADING, "technologies")


def rows() -> list[list[str]]:
    return [
        [*line("1"), "Flying beacons; drones"],
        [*line("2", "Made-up Lamps", stage="flourishing"), "flying  BEACONS"],
        [*line("3", "Made-up Pumps"), "drones, Teleports"],
        [*line("4", "Made-up Trams"), "drones"],
    ]


@pytest.fixture
def bench(database: Database) -> Bench:
    return Bench(database)


def choose(bench: Bench, import_id: int, **chosen: dict[str, str]) -> None:
    with bench.database.writing() as session:
        actions.choose_words(session, bench.editor, import_by_id(session, import_id), chosen)
    bench.runner.work_on(import_id)


def test_each_unknown_word_is_told_once_with_its_rows_and_what_is_near(bench: Bench) -> None:
    import_id = bench.upload(rows(), heading=WITH_TECHNOLOGIES)
    assert bench.counts(import_id) == (1, 0, 0, 3)
    words = [(word["list"], word["word"], word["rows"]) for word in bench.import_record(import_id).unknown or []]
    assert words == [
        ("technologies", "Flying beacons", 2),
        ("stage", "flourishing", 1),
        ("technologies", "Teleports", 1),
    ]
    near = bench.upload([[*line("1"), "Dronez"]], heading=WITH_TECHNOLOGIES)
    assert (bench.import_record(near).unknown or [])[0]["near"][0] == "drones"


def test_a_word_for_a_term_in_another_language_means_the_term(bench: Bench) -> None:
    import_id = bench.upload([[*line("1"), "Drohnen; Открытые данные; 物联网"]], heading=WITH_TECHNOLOGIES)
    assert bench.import_record(import_id).unknown == []
    assert bench.counts(import_id) == (1, 0, 0, 0)


def test_a_project_that_was_carried_out_is_completed(bench: Bench) -> None:
    import_id = bench.upload([line("1", stage="Réalisé"), line("2", "Made-up Lamps", stage="En cours de réalisation")])
    assert bench.counts(import_id) == (1, 0, 0, 1)
    assert bench.rows(import_id)[0].values["stage"] == "completed"


def test_another_word_for_a_term_means_the_term_unless_it_is_one_for_two(bench: Bench) -> None:
    with bench.database.writing() as session:
        session.get_one(Technology, "drones").synonyms = "Unmanned aerial vehicles, flying beacons, eyes, ++"
        session.get_one(Technology, "sensors-iot").synonyms = "Eyes"
    import_id = bench.upload(
        [
            [*line("1"), "FLYING beacons; unmanned aerial vehicles"],
            [*line("2", "Made-up Lamps"), "eyes"],
            [*line("3", "Made-up Bells"), "##"],
        ],
        heading=WITH_TECHNOLOGIES,
    )
    assert bench.counts(import_id) == (1, 0, 0, 2)
    assert bench.rows(import_id)[0].values["technologies"] == ["drones"]
    assert {word["word"] for word in bench.import_record(import_id).unknown or []} == {"eyes", "##"}


def test_a_word_means_what_an_editor_says_in_the_whole_import_or_is_left_out(bench: Bench) -> None:
    import_id = bench.upload(rows(), heading=WITH_TECHNOLOGIES, mode="published")
    technologies = {"flying beacons": "sensors-iot", "teleports": ""}
    choose(bench, import_id, technologies=technologies)
    assert bench.counts(import_id) == (3, 0, 0, 1)
    assert [number for number, _, _ in bench.messages(import_id)] == [3]
    choose(bench, import_id, technologies=technologies, stage={"Flourishing": "operational"})
    assert bench.counts(import_id) == (4, 0, 0, 0)
    bench.run(import_id)
    values = [row.values for row in bench.rows(import_id)]
    assert [row_values["technologies"] for row_values in values] == [
        ["sensors-iot", "drones"],
        ["sensors-iot"],
        ["drones"],
        ["drones"],
    ]
    assert values[1]["stage"] == "operational"
    # What was chosen is shown with the words, and can be changed only before the import has run.
    assert len(bench.import_record(import_id).unknown or []) == 3
    with pytest.raises(Refused, match="current state of the import"):
        choose(bench, import_id, technologies={})


def test_a_file_brought_again_with_the_same_meanings_changes_nothing(bench: Bench) -> None:
    chosen = {"technologies": {"flying beacons": "sensors-iot", "teleports": ""}, "stage": {"flourishing": "pilot"}}
    for expected in ((4, 0, 0, 0), (0, 0, 4, 0)):
        import_id = bench.upload(rows(), heading=WITH_TECHNOLOGIES)
        choose(bench, import_id, **chosen)
        bench.run(import_id)
        assert bench.counts(import_id) == expected


def test_a_term_that_is_none_is_refused_and_a_known_word_keeps_its_meaning(bench: Bench) -> None:
    import_id = bench.upload(rows(), heading=WITH_TECHNOLOGIES)
    for wrong in ({"technologies": {"teleports": "flying"}}, {"wizardry": {"teleports": ""}}):
        with pytest.raises(Refused, match="no choice called"):
            choose(bench, import_id, **wrong)
    choose(bench, import_id, technologies={"drones": "blockchain", "teleports": "", "flying beacons": ""})
    assert bench.rows(import_id)[3].values["technologies"] == ["drones"]


def test_pairs_go_to_the_lists_that_have_the_term(bench: Bench) -> None:
    import_id = bench.upload(rows(), heading=WITH_TECHNOLOGIES)
    with bench.database.writing() as session:
        pairs = [
            ("Flying beacons", "Sensors and connected devices"),
            ("Teleports", ""),
            ("flourishing", "pilot"),
            ("drones", "Drones"),
        ]
        import_record = import_by_id(session, import_id)
        actions.choose_words_by_pairs(session, bench.editor, import_record, pairs)
        assert import_record.words["technologies"] == {"flying beacons": "sensors-iot", "teleports": ""}
        assert import_record.words["stage"]["flourishing"] == "pilot"
        with pytest.raises(Refused, match="has the term wizardry"):
            actions.choose_words_by_pairs(session, bench.editor, import_record, [("Teleports", "wizardry")])
