"""`kb seed`: the whole catalogue from nothing; again without doubling, reviving or overwriting."""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from config import ROOT, Config
from kb.catalogue.change_log import log_position
from kb.catalogue.entries import EntryKind
from kb.catalogue.models import Challenge, Change, City, Goal, Initiative, Leader, Place, Source, Target, Vision
from kb.core.db import Database
from kb.core.errors import Refused
from kb.editorial import actions
from kb.editorial.models import Revision
from kb.editorial.queries import revisions_of
from kb.forum.models import ForumSession, Slot, Speaker
from kb.peers import saved_places
from kb.seeding import gazetteer, seed
from kb.seeding.facts import seed_facts, wanted_places
from kb.seeding.files import Counts, plain
from kb.seeding.gazetteer import cities_of, seed_places
from kb.seeding.models import SeedRecord
from kb.seeding.terms import seed_terms
from tests.factories import make_user
from tests.seed_facts import count, facts, first_initiatives

TITLE = "Cape Town Open Data Portal"
ROME, BRATISLAVA = 3169070, 3060972
FILES = ("cities", "leaders", "visions", "initiatives")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the seed data that a test may change."""
    return shutil.copytree(ROOT / "seed_data", tmp_path / "seed_data")


@pytest.fixture
def seeded(seeded_config: Config, tmp_path: Path):
    """A seeded database of the test's own."""
    shutil.copy(seeded_config.database_url.removeprefix("sqlite:///"), tmp_path / "seeded.sqlite3")
    database = Database(f"sqlite:///{tmp_path / 'seeded.sqlite3'}")
    yield database
    database.dispose()


def few_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gazetteer is no larger than the facts need; it comes before them, and takes most of the time."""
    monkeypatch.setattr(
        gazetteer, "cities_of", lambda wanted: [city for city in cities_of(wanted) if city["geonameid"] in wanted]
    )


@pytest.fixture
def _few_places(monkeypatch: pytest.MonkeyPatch) -> None:
    few_places(monkeypatch)


def change_facts(folder: Path, name: str, change) -> None:
    file = folder / f"{name}.json"
    facts = json.loads(file.read_text(encoding="utf-8"))
    change(facts)
    file.write_text(json.dumps(facts), encoding="utf-8")


def counts(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return {
            model.__tablename__: session.scalar(select(func.count()).select_from(model)) or 0
            for model in (Goal, Target, City, Leader, Vision, Initiative, Source)
        }


def test_a_fresh_catalogue_holds_all_the_facts(seeded: Database) -> None:
    made = counts(seeded)
    assert made | {"sources": 0} == {
        "goals": 17, "targets": 169, "cities": 258, "leaders": 164, "visions": 90, "initiatives": 341, "sources": 0,
    }  # fmt: skip
    assert {name: number for name, number in made.items() if name in FILES} == {name: count(name) for name in FILES}
    with seeded.reading() as session:
        assert (session.scalar(select(func.count()).select_from(Place)) or 0) > 34_000
        without = session.scalars(select(Initiative.title).where(~Initiative.citations.any())).all()
        assert without == []
        assert session.scalar(select(func.count()).where(Initiative.stage == "discontinued")) == 64
        assert session.scalar(select(func.count(City.country_code.distinct()))) == 104


def test_every_city_has_coordinates_and_a_time_zone(seeded: Database) -> None:
    with seeded.reading() as session:
        cities = session.scalars(select(City).join(City.place)).all()
        assert all(city.place.timezone and abs(city.place.latitude) <= 90 for city in cities)
        newcastle = next(city for city in cities if city.name == "Newcastle (NSW)")
        assert (newcastle.place.timezone, newcastle.country_code) == ("Australia/Sydney", "AU")
        # GeoNames has no figure for Cauayan, so ours is unknown and not nought.
        assert next(city for city in cities if city.name == "Cauayan").place.population is None


def test_every_word_of_the_facts_descriptions_is_kept(seeded: Database) -> None:
    facts = json.loads((ROOT / "seed_data" / "initiatives.json").read_text("utf-8"))
    with seeded.reading() as session:
        for fact in facts:
            row = session.scalars(select(Initiative).where(Initiative.title == fact["title"])).one()
            words = " ".join(filter(None, (row.problem, row.action, row.results)))
            whole = " ".join(filter(None, (fact["problem"], fact["action"], fact["results"])))
            assert sorted(words.split()) == sorted(whole.split()), fact["title"]
            assert (row.start_year, row.end_year, row.lessons) == (
                fact["start_year"],
                fact["end_year"],
                fact["lessons"],
            )


WRITERS_NOTES = re.compile(
    r"(pages?|excerpts?|part|reports?|evidence|sources?|need) seen|(were|was) (not )?seen|our reading|reported thinly"
    r"|not (given|stated|converted)|no dollar figure|should be checked|left blank|(share|cost) unknown|checked here"
    r"|(of|by) the source\b|not found in|agenda gave no|time are left out",
    re.IGNORECASE,
)


def texts_of(fact: object) -> Iterator[str]:
    """Every text of a fact but titles and addresses of its sources."""
    if isinstance(fact, str):
        yield fact
    for name, value in fact.items() if isinstance(fact, dict) else enumerate(fact if isinstance(fact, list) else ()):
        if name not in {"sources", "source", "challenge_sources"}:
            yield from texts_of(value)


@pytest.mark.parametrize("name", ["initiatives", "cities", "leaders", "visions", "forum_sessions"])
def test_no_text_is_a_note_of_whoever_wrote_the_data(name: str) -> None:
    facts = json.loads((ROOT / "seed_data" / f"{name}.json").read_text("utf-8"))
    assert [text for text in texts_of(facts) if WRITERS_NOTES.search(text)] == []


def test_an_initiative_is_scaled_up_only_where_it_reached_the_whole_city_or_several() -> None:
    facts = json.loads((ROOT / "seed_data" / "initiatives.json").read_text("utf-8"))
    scaled = {fact["scale"] for fact in facts if fact["stage"] == "scaled"}
    assert scaled == {"city-wide", "several-cities"}


def test_a_note_of_whoever_wrote_the_data_leaves_a_catalogue_that_was_seeded_with_it(
    seeded: Database, folder: Path
) -> None:
    note = "Results were not given in the pages seen."
    change_facts(folder, "initiatives", lambda facts: [fact.update(results=note) for fact in facts[:2]])
    with seeded.writing() as session:
        assert seed_facts(session, folder, plain)["initiative"].renewed == 2
    with seeded.writing() as session:
        first, second = session.scalars(select(Initiative).where(Initiative.results == note).order_by(Initiative.id))
        second.summary = "An editor's own summary"
    with seeded.writing() as session:
        assert seed_facts(session, ROOT / "seed_data", plain)["initiative"].renewed == 1
    with seeded.reading() as session:
        kept = session.scalars(select(Initiative.id).where(Initiative.results == note)).all()
        assert kept == [second.id] != [first.id]


def test_what_an_editor_changed_is_not_overwritten(seeded: Database, folder: Path) -> None:
    with seeded.writing() as session:
        row = session.scalars(select(Initiative).where(Initiative.title == TITLE)).one()
        row.title, row.summary = "An editor's own title", "An editor's own summary"
    change_facts(folder, "initiatives", lambda facts: facts[0].update(summary="A newer seed's summary"))
    with seeded.writing() as session:
        assert seed_facts(session, folder, plain)["initiative"].renewed == 0
    with seeded.reading() as session:
        rows = session.scalars(select(Initiative.summary).where(Initiative.title.in_([TITLE, "An editor's own title"])))
        assert rows.all() == ["An editor's own summary"]


def test_newer_facts_renew_what_nobody_changed(seeded: Database, folder: Path) -> None:
    def renew(facts: list[dict]) -> None:
        facts[0].update(summary="A newer seed's summary", goals=[11, 12])

    change_facts(folder, "initiatives", renew)
    for renewed in (1, 0):
        with seeded.writing() as session:
            assert seed_facts(session, folder, plain)["initiative"].renewed == renewed
    with seeded.reading() as session:
        row = session.scalars(select(Initiative).where(Initiative.title == TITLE)).one()
        assert (row.summary, [link.goal_number for link in row.goals]) == ("A newer seed's summary", [11, 12])


def test_a_term_that_an_editor_reworded_is_not_overwritten(seeded: Database, folder: Path) -> None:
    with seeded.writing() as session:
        session.get_one(Challenge, "flooding").label = "An editor's own label"
    change_facts(folder, "challenges", lambda facts: [fact.update(gist="A newer seed's gist") for fact in facts])
    with seeded.writing() as session:
        counts = seed_terms(session, folder)["challenge"]
    assert (counts.renewed, counts.left) == (27, 1)
    with seeded.reading() as session:
        assert session.get_one(Challenge, "flooding").label == "An editor's own label"
        assert session.get_one(Challenge, "heat").gist == "A newer seed's gist"


def test_an_older_database_gets_the_other_words_for_terms_that_nobody_changed(seeded: Database) -> None:
    with seeded.writing() as session:
        session.execute(update(Challenge).values(synonyms=None), execution_options={"unlogged": True})
        for record in session.scalars(select(SeedRecord).where(SeedRecord.kind == "challenges")):
            challenge = session.get_one(Challenge, record.key)
            earlier = {name: getattr(challenge, name) for name in ("code", "position", "label", "gist", "dimension")}
            record.digest = hashlib.sha256(json.dumps(earlier, sort_keys=True).encode()).hexdigest()
        session.get_one(Challenge, "heat").label = "An editor's own label"
    with seeded.writing() as session:
        counts = seed_terms(session, ROOT / "seed_data")["challenge"]
    assert (counts.renewed, counts.left) == (27, 1)
    with seeded.reading() as session:
        assert "waterlogging" in str(session.get_one(Challenge, "flooding").synonyms)
        assert session.get_one(Challenge, "heat").synonyms is None


def test_what_an_editor_took_out_does_not_come_back(seeded: Database) -> None:
    with seeded.writing() as session:
        session.delete(session.scalars(select(Initiative).where(Initiative.title == TITLE)).one())
    counted = seeded_again(seeded, ROOT / "seed_data")
    assert counts(seeded)["initiatives"] == count("initiatives") - 1
    assert left_alone(counted) == [(TITLE, "withdrawn or deleted")]
    assert counted["initiative"].left == count("initiatives") - 1


def test_an_older_database_gets_the_context_of_its_places(seeded: Database) -> None:
    la_paz, quito = 3911925, 3652462
    with seeded.writing() as session:
        session.execute(
            update(Place).values(climate_zone=None, elevation_m=None, relief_m=None),
            execution_options={"unlogged": True},
        )
        session.get_one(Place, quito).name = "Another name"
    with seeded.reading() as session:
        before, places = log_position(session)[0], saved_places.fingerprint(session)
    with seeded.writing() as session:
        counted = seed_places(session, ROOT / "seed_data", wanted_places(ROOT / "seed_data"), plain)
    assert (counted.made, counted.renewed > 33_000) == (0, True)
    with seeded.reading() as session:
        place = session.get_one(Place, la_paz)
        assert (place.climate_zone, place.elevation_m, place.relief_m) == ("Cwb", 3782, 1000)
        place = session.get_one(Place, quito)
        assert (place.name, place.elevation_m) == ("Quito", 2854)
        # Pages that were kept are outdated, and so are the arrays that processes have saved.
        assert log_position(session)[0] > before
        assert saved_places.fingerprint(session) != places


@pytest.mark.usefixtures("_few_places")
def test_a_city_without_a_place_fails_with_its_name_and_leaves_nothing(sqlite_database: Database, folder: Path) -> None:
    change_facts(folder, "cities", lambda facts: facts[3].update(geoname_id=999_999_999))
    with pytest.raises(Refused, match="Kigali"), sqlite_database.writing() as session:
        seed(session, folder)
    assert counts(sqlite_database)["cities"] == 0
    with sqlite_database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Place)) == 0


@pytest.mark.usefixtures("_few_places")
@pytest.mark.parametrize(
    ("name", "text", "message"),
    [("initiatives.json", "[{", "initiatives.json is not JSON"), ("goals.json", None, "goals.json is missing")],
)
def test_a_broken_file_is_named(
    sqlite_database: Database, folder: Path, name: str, text: str | None, message: str
) -> None:
    (folder / name).unlink()
    if text is not None:
        (folder / name).write_text(text)
    with pytest.raises(Refused, match=message), sqlite_database.writing() as session:
        seed(session, folder)


def test_a_fact_that_lacks_something_is_named(seeded: Database, folder: Path) -> None:
    change_facts(folder, "visions", lambda facts: facts[2].pop("gist"))
    with pytest.raises(Refused, match=r"visions\.json: .*gist"), seeded.writing() as session:
        seed_facts(session, folder, plain)


def test_a_source_that_is_no_page_is_refused(seeded: Database, folder: Path) -> None:
    change_facts(folder, "leaders", lambda facts: facts[0].update(source="javascript:alert(1)"))
    with pytest.raises(Refused, match="not the address of a page"), seeded.writing() as session:
        seed_facts(session, folder, plain)


@pytest.mark.slow
@pytest.mark.postgresql
def test_postgresql_takes_the_seed_and_a_newer_edition_of_it(
    postgresql_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = first_initiatives(20, tmp_path / "older")
    (older / "forum_sessions.json").write_text("[]")
    change_facts(older, "initiatives", lambda facts: [fact.update(results="Older.") for fact in facts[:3]])
    with monkeypatch.context() as earlier, postgresql_database.writing() as session:
        few_places(earlier)
        places = seed(session, older)["place"].made
    with postgresql_database.writing() as session:
        session.scalars(select(Initiative).where(Initiative.title == TITLE)).one().summary = "An editor's own"
    with postgresql_database.writing() as session:
        whole = seed(session, ROOT / "seed_data")
    assert (whole["place"].made > 33_000, whole["place"].renewed, whole["place"].left) == (True, 0, places)
    assert 0 < places < 1_000
    counted = whole["initiative"]
    assert (counted.made, counted.renewed, counted.left) == (count("initiatives") - 20, 2, 17)
    assert [entry.name for entry in counted.left_alone] == [TITLE]
    assert counts(postgresql_database)["initiatives"] == count("initiatives")


def test_the_real_sessions_are_there_as_their_sources_tell(seeded: Database) -> None:
    with seeded.reading() as session:
        of_2022, of_2025 = session.scalars(select(ForumSession).order_by(ForumSession.starts_at)).all()
        assert (of_2022.forum.title, of_2022.state) == ("WSIS Forum 2022", "ended")
        assert of_2022.starts_at == datetime(2022, 5, 30, 12, 30, tzinfo=UTC)
        assert (of_2022.planned_minutes, of_2025.planned_minutes) == (None, 60)
        assert [slot.kind for slot in of_2022.slots].count("talk") == 8
        assert of_2022.slots[-1].minutes is None
        assert (of_2022.forum.starts_on, of_2022.forum.place) == (None, None)
        # Who was announced has not thereby spoken.
        assert {speaker.status for speaker in of_2022.speakers} == {"announced"}
        by_name = {speaker.name: speaker for speaker in of_2025.speakers}
        amman = by_name["Yousef Al Shawarbeh"]
        assert amman.leader is not None
        assert (amman.leader.name, amman.city, amman.attendance) == (
            "Yousef Shawarbeh",
            amman.leader.terms[0].city,
            "video",
        )
        paris = by_name["Anne Hidalgo"].city
        assert paris is not None
        assert (paris.name, by_name["Anne Hidalgo"].city_name) == ("Paris", "Paris")
        assert [statement.speaker.name for statement in of_2025.statements if statement.speaker] == [
            "Tomas Lamanauskas", "Johan Stander", "Yousef Al Shawarbeh", "Jeong-kee Kim",
        ]  # fmt: skip


def test_speakers_are_linked_to_cities_that_came_after_their_session_unless_someone_changed_it(
    seeded: Database,
) -> None:
    def linked(session: Session) -> dict[int, int | None]:
        return {row.id: row.city_id for row in session.scalars(select(Speaker)) if row.city_name}

    with seeded.writing() as session:
        before = linked(session)
        first, *_, last = (row for row in session.scalars(select(Speaker).order_by(Speaker.id)) if row.city_id)
        assert first.session_id != last.session_id
        last.session.place = "Somewhere else"
        session.flush()
        session.execute(update(Speaker).values(city_id=None), execution_options={"unlogged": True})
    for _ in range(2):
        # The second time the sessions are still as the seed wrote them.
        with seeded.writing() as session:
            counted = seed_facts(session, ROOT / "seed_data", plain)["session"]
    assert (counted.renewed, counted.left_alone) == (0, [])
    with seeded.reading() as session:
        after = linked(session)
        assert after[first.id] == before[first.id]
        changed = {row.id for row in session.scalars(select(Speaker).where(Speaker.session_id == last.session_id))}
    assert after == {key: None if key in changed else city for key, city in before.items()}


def test_a_session_that_an_organiser_changed_is_left(seeded: Database, folder: Path) -> None:
    with seeded.writing() as session:
        session.scalars(select(Speaker).where(Speaker.name == "Axel Grael")).one().status = "spoke"
    change_facts(folder, "forum_sessions", lambda facts: facts[0].update(place="Elsewhere"))
    with seeded.writing() as session:
        counted = seed_facts(session, folder, plain)["session"]
        assert (counted.renewed, counted.left) == (0, 1)
        (left_alone,) = counted.left_alone
        assert (left_alone.name.split(" | ")[-1], left_alone.why) == ("2022-05-30", "changed here")


def test_newer_facts_of_a_session_renew_it_without_doubling(seeded: Database, folder: Path) -> None:
    change_facts(folder, "forum_sessions", lambda facts: facts[0]["run_of_show"].pop())
    with seeded.writing() as session:
        assert seed_facts(session, folder, plain)["session"].renewed == 1
    with seeded.reading() as session:
        renewed = session.scalars(select(ForumSession).order_by(ForumSession.starts_at)).first()
        assert renewed is not None
        assert (len(renewed.slots), len(renewed.speakers)) == (10, 9)
        assert session.scalar(select(func.count()).select_from(Slot)) == 10


def seeded_again(database: Database, folder: Path) -> dict[str, Counts]:
    with database.writing() as session:
        return seed_facts(session, folder, plain)


def left_alone(counted: dict[str, Counts]) -> list[tuple[str, str]]:
    return [(entry.name, entry.why) for counts in counted.values() for entry in counts.left_alone]


def test_a_renewed_entry_has_its_former_version_and_is_in_the_change_log(seeded: Database, folder: Path) -> None:
    change_facts(folder, "initiatives", lambda facts: facts[0].update(summary="A newer seed's summary"))
    with seeded.reading() as session:
        before = log_position(session)[0]
        entry = session.scalars(select(Initiative).where(Initiative.title == TITLE)).one()
        former, version = entry.summary, entry.version
    seeded_again(seeded, folder)
    with seeded.reading() as session:
        revisions = session.scalars(revisions_of(EntryKind.INITIATIVE, entry.id)).all()
        assert [(row.made_from, row.version, row.data["summary"]) for row in revisions] == [
            ("update", version + 1, "A newer seed's summary"),
            ("seed", version, former),
        ]
        noted = session.scalars(select(Change.entry_id).where(Change.id > before, Change.kind == "initiative")).all()
        assert noted == [entry.id]


def test_what_people_have_changed_is_left_alone_and_named(seeded: Database, folder: Path) -> None:
    titles = [fact["title"] for fact in facts("initiatives")[:5]]
    change_facts(folder, "initiatives", lambda facts: [fact.update(results="News.") for fact in facts[:5]])
    with seeded.writing() as session:
        editor = make_user(session, "editor")
        edited, confirmed, merged, kept, withdrawn = (
            session.scalars(select(Initiative).where(Initiative.title == title)).one() for title in titles
        )
        edited.summary = "An editor's own summary"
        actions.confirm(session, editor, EntryKind.INITIATIVE, confirmed.id)
        actions.merge(session, editor, EntryKind.INITIATIVE, kept.id, merged.id)
        actions.withdraw(session, editor, EntryKind.INITIATIVE, withdrawn.id, "A test")
    before = counts(seeded)
    for _ in range(2):
        counted = seeded_again(seeded, folder)
        assert left_alone(counted) == [
            (titles[0], "changed here"),
            (titles[1], "changed here"),
            (titles[2], "merged into another"),
            (titles[3], "changed here"),
            (titles[4], "withdrawn or deleted"),
        ]
        assert (counted["initiative"].made, counted["initiative"].renewed) == (0, 0)
    assert counts(seeded) == before
    with seeded.reading() as session:
        assert session.scalars(select(Initiative.id).where(Initiative.results == "News.")).all() == []


def test_what_people_have_made_themselves_is_not_doubled_by_newer_facts(seeded: Database) -> None:
    initiative = next(fact for fact in facts("initiatives") if fact["leader"] and fact["vision"])
    city = next(fact for fact in facts("cities") if fact["name"] == initiative["cities"][0])
    keys = {
        str(city["geoname_id"]),
        *(f"{initiative[name]} | {city['name']}" for name in ("title", "leader", "vision")),
    }
    with seeded.writing() as session:
        for record in session.scalars(select(SeedRecord).where(SeedRecord.key.in_(keys))):
            session.delete(record)
    before = counts(seeded)
    named = sorted(
        (name, "already here") for name in (city["name"], *(initiative[n] for n in ("title", "leader", "vision")))
    )
    assert sorted(left_alone(seeded_again(seeded, ROOT / "seed_data"))) == named
    assert left_alone(seeded_again(seeded, ROOT / "seed_data")) == []
    assert counts(seeded) == before


def test_new_facts_of_a_withdrawn_city_are_left_out_and_those_of_a_merged_one_go_to_the_other(
    seeded: Database, folder: Path
) -> None:
    def add_cities(rows: list[dict]) -> None:
        rows += [
            {**rows[0], "name": "Made-up one", "geoname_id": ROME},
            {**rows[0], "name": "Made-up two", "geoname_id": BRATISLAVA},
        ]

    def add_initiatives(rows: list[dict]) -> None:
        blank = {**rows[0], "leader": None, "vision": None}
        rows += [{**blank, "title": "Withdrawn with its city", "cities": ["Made-up one"]}]
        rows += [{**blank, "title": "Goes to another city", "cities": ["Made-up two"]}]

    change_facts(folder, "cities", add_cities)
    assert seeded_again(seeded, folder)["city"].made == 2
    with seeded.writing() as session:
        editor = make_user(session, "editor")
        one, two = (session.scalars(select(City).where(City.place_id == place)).one() for place in (ROME, BRATISLAVA))
        other = session.scalars(select(City).where(City.name == "Cape Town")).one()
        actions.withdraw(session, editor, EntryKind.CITY, one.id, "A test")
        actions.merge(session, editor, EntryKind.CITY, other.id, two.id)
    change_facts(folder, "initiatives", add_initiatives)
    counted = seeded_again(seeded, folder)
    assert counted["initiative"].made == 1
    assert left_alone(counted) == [
        ("Made-up one", "withdrawn or deleted"),
        ("Made-up two", "merged into another"),
        ("Withdrawn with its city", "its city was withdrawn"),
    ]
    with seeded.reading() as session:
        made = session.scalars(select(Initiative).where(Initiative.title == "Goes to another city")).one()
        assert [city.name for city in made.cities] == ["Cape Town"]


def test_what_is_interrupted_changes_nothing_and_can_be_done_again(seeded: Database, folder: Path) -> None:
    def until_the_third_initiative(items: Sequence[Any], label: str) -> Iterator[Any]:
        for number, item in enumerate(items):
            if (label, number) == ("Initiatives", 2):
                raise KeyboardInterrupt
            yield item

    change_facts(folder, "initiatives", lambda facts: [fact.update(results="News.") for fact in facts[:5]])
    with pytest.raises(KeyboardInterrupt), seeded.writing() as session:
        seed_facts(session, folder, until_the_third_initiative)
    with seeded.reading() as session:
        assert session.scalars(select(Initiative.id).where(Initiative.results == "News.")).all() == []
        assert session.scalar(select(func.count()).select_from(Revision)) == 0
    assert seeded_again(seeded, folder)["initiative"].renewed == 5


def test_two_terms_of_a_person_in_a_city_are_one_leader_who_is_known_again(seeded: Database, folder: Path) -> None:
    terms = [fact for fact in facts("leaders") if fact["name"] == "Milind Torawane"]
    with seeded.reading() as session:
        leader = session.scalars(select(Leader).where(Leader.name == "Milind Torawane")).one()
        assert [(term.title, term.start_year, term.end_year) for term in leader.terms] == [
            (fact["title"], fact["term_start"], fact["term_end"]) for fact in reversed(terms)
        ]
        assert leader.terms[0].in_office_on == date(2026, 3, 12)
        assert [term.leads_no_city for term in leader.terms] == [True, True]
    change_facts(folder, "leaders", lambda rows: rows.remove(terms[1]))
    assert seeded_again(seeded, folder)["leader"].renewed == 1
    with seeded.reading() as session:
        leader = session.scalars(select(Leader).where(Leader.name == "Milind Torawane")).one()
        assert [term.title for term in leader.terms] == [terms[0]["title"]]


def test_an_office_is_held_only_on_a_day_that_a_page_shows() -> None:
    for fact in facts("leaders"):
        if "in_office_on" in fact:
            assert fact["term_end"] is None
            assert fact["end_source"].startswith("http")
            assert date(2025, 1, 1) < date.fromisoformat(fact["in_office_on"]) <= date(2026, 11, 28)
