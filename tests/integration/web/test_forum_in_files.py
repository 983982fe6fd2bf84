"""What a release has of the forum is what the API gives of it, at the same addresses."""

import csv
import io
import zipfile
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from kb.core.column_types import now
from kb.core.db import Database
from kb.exporting.releases.writing import make_release
from kb.forum.models import Question
from tests.factories import make_city, make_city_answer, make_initiative, make_session

pytestmark = pytest.mark.one_database


def test_a_release_has_the_sessions_and_answers_of_the_api(
    database: Database, client: FlaskClient, tmp_path: Path
) -> None:
    with database.writing() as session:
        city = make_city(session)
        held = make_session(session, cities=(city,), state="ended")
        make_session(session, cities=(city,), state="draft")
        for number, state in enumerate(("answered", "approved"), 1):
            asked = Question(
                session=held, number=number, text="Made-up?", state=state, answer="Made-up", answered_at=now()
            )
            session.add(asked)
        make_city_answer(session, city)
        make_city_answer(session, city, initiative=make_initiative(session, cities=(city,)))
        make_city_answer(session, city, may_publish=False)
    release, _ = make_release(database, tmp_path, "http://localhost")
    for table, resource in (("sessions", "sessions"), ("answers", "answers"), ("city-answers", "city-answers")):
        with zipfile.ZipFile(tmp_path / release.archive) as opened, opened.open(f"data/{table}.csv") as file:
            rows = list(csv.DictReader(io.TextIOWrapper(file, "utf-8", newline="")))
        given = client.get(f"/api/v1/{resource}").get_json()["items"]
        assert given
        assert [row["address"] for row in rows] == [item["url"] for item in given]
        text = "title" if table == "sessions" else "text"
        assert [row[text] for row in rows] == [item[text] for item in given]
    page = client.get("/data").text
    assert 'id="table-sessions-programme"' in page
    assert "sessions-speakers.id" in page
