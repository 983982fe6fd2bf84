"""An erased person is found by no search any more; and `kb person`, which gives and erases from the terminal."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from kb.accounts.models import User
from kb.core.db import Database
from kb.privacy.erasure import erase_person
from kb.search import indexing
from kb.search.follower import Follower
from kb.search.results import SearchQuery
from kb.search.service import Search
from tests.factories import make_city, make_city_answer, make_user
from tests.terminal import kb, production

ADDRESS = "zoe@city.example"
NAME = "Zoe Madeupname"


@pytest.mark.one_database
def test_no_search_finds_an_erased_person_in_a_public_answer(database: Database, tmp_path: Path) -> None:
    root = tmp_path / "index"
    with database.writing() as session:
        person = make_user(session, email=ADDRESS, name=NAME)
        answer = make_city_answer(session, make_city(session), text=f"How does the gauge work? Asked by {NAME}.")
        answer.text, answer.answered_by_id, answer.answered_by_name = f"Ask {NAME} at {ADDRESS}.", person.id, NAME
    indexing.rebuild(database, root)

    def found(typed: str) -> int:
        with database.reading() as session:
            return len(Search(database, root).answer(session, SearchQuery(typed, {})).hits)

    assert found("madeupname") == 1
    with database.writing() as session:
        erase_person(session, ADDRESS)
    Follower(database, root).step()
    assert found("madeupname") == 0
    assert found("gauge") == 1
    assert indexing.check(database, root) == []


@pytest.fixture
def environment(sqlite_database: Database, tmp_path: Path) -> dict[str, str]:
    """A machine whose database knows a person."""
    with sqlite_database.writing() as session:
        make_user(session, "administrator")
        make_user(session, email=ADDRESS, name=NAME)
    return production(sqlite_database, tmp_path)


def test_a_person_is_given_and_erased_from_the_terminal(environment: dict[str, str], sqlite_database: Database) -> None:
    given = kb(environment, "person", "export", ADDRESS.upper())
    assert json.loads(given.stdout)["account"][0]["name"] == NAME
    erased = kb(environment, "person", "erase", ADDRESS, "--yes")
    assert erased.returncode == 0, erased.stderr
    assert "audit trail: " in erased.stdout
    with sqlite_database.reading() as session:
        assert session.scalars(select(User.email).where(User.email == ADDRESS)).all() == []
    for command in (("export",), ("erase", "--yes")):
        again = kb(environment, "person", *command, ADDRESS)
        assert again.returncode == 1
        assert (again.stdout, again.stderr) == ("", f"kb: No data is stored about {ADDRESS}.\n")
