"""The interface for programs: what it lists, how errors look, and who may read it."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories import make_initiative

PROBLEM = "application/problem+json"


def test_a_list_goes_on_by_its_cursor_until_every_entry_was_given_once(visitor: FlaskClient) -> None:
    address, slugs, headers = "/api/v1/initiatives?limit=50", [], []
    while address:
        page = visitor.get(address)
        slugs += [entry["slug"] for entry in page.json["items"]]
        headers.append(page.headers.get("Link"))
        address = page.json["next"]
        assert page.headers.get("Link") == (f'<{address}>; rel="next"' if address else None)
    assert len(slugs) == len(set(slugs)) == page.json["total"] == 129


def test_an_entry_is_given_whole_with_its_id_and_the_address_of_its_page(visitor: FlaskClient) -> None:
    listed = visitor.get("/api/v1/cities?limit=1").json["items"][0]
    entry = visitor.get(f"/api/v1/cities/{listed['slug']}").json
    assert entry == listed
    assert entry["url"] == f"http://localhost/cities/{entry['slug']}"
    assert {"id", "kind", "version", "name", "challenges", "sources"} <= entry.keys()


@pytest.mark.parametrize(
    ("method", "path", "code", "said"),
    [
        ("GET", "/api/v1/nothing", 404, "openapi.json"),
        ("GET", "/api/v1/initiatives/none-such", 404, "none-such"),
        ("POST", "/api/v1/openapi.json", 405, "GET, HEAD, OPTIONS"),
        ("GET", "/api/v1/initiatives?limit=0", 422, "from 1 to 200"),
        ("GET", "/api/v1/initiatives?limit=1&limit=2", 422, "once"),
        ("GET", "/api/v1/initiatives?colour=red", 422, "cursor"),
        ("GET", "/api/v1/initiatives?cursor=made-up", 400, "Take it from"),
        ("GET", "/api/v1/initiatives/%00", 404, "openapi.json"),
    ],
)
def test_an_error_says_in_one_shape_what_would_be_right(
    visitor: FlaskClient, method: str, path: str, code: int, said: str
) -> None:
    answer = visitor.open(path, method=method)
    assert (answer.status_code, answer.mimetype, answer.json["status"]) == (code, PROBLEM, code)
    assert said in answer.json["detail"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_errors_of_parameters_are_told_apart(visitor: FlaskClient) -> None:
    answer = visitor.get("/api/v1/cities?limit=many&shade=red")
    assert answer.json["errors"].keys() == {"shade"}
    answer = visitor.get("/api/v1/cities?limit=many")
    assert answer.json["errors"] == {"limit": ["This should be a whole number from 1 to 200."]}


@pytest.mark.one_database
def test_a_cursor_neither_skips_nor_doubles_while_entries_come_and_go(session: Session, client: FlaskClient) -> None:
    initiatives = [make_initiative(session) for _ in range(5)]
    session.commit()
    first = client.get("/api/v1/initiatives?limit=2").json
    # What was given is deleted, what was not is changed, and something is added.
    kept = [initiative.slug for initiative in initiatives[2:]]
    session.delete(initiatives[0])
    initiatives[4].title = "A made-up title that comes first"
    added = make_initiative(session).slug
    session.commit()
    second = client.get(first["next"]).json
    third = client.get(second["next"]).json
    assert [entry["slug"] for entry in (*second["items"], *third["items"])] == [*kept, added]
    assert third["next"] is None


def test_a_cursor_is_for_the_list_that_gave_it(visitor: FlaskClient) -> None:
    cursor = visitor.get("/api/v1/initiatives?limit=1").json["next"].split("cursor=")[1]
    answer = visitor.get(f"/api/v1/cities?cursor={cursor}")
    assert (answer.status_code, "another list" in answer.json["detail"]) == (400, True)


def test_scripts_of_every_site_may_read(visitor: FlaskClient) -> None:
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}
    preflight = visitor.options("/api/v1/initiatives", headers=asked)
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    read = visitor.get("/api/v1/initiatives?limit=1", headers=asked)
    assert read.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert {"ETag", "Link"} <= set(read.headers["Access-Control-Expose-Headers"].split(", "))
    assert "Set-Cookie" not in read.headers


def test_head_answers_as_get_without_a_body(visitor: FlaskClient) -> None:
    answer = visitor.head("/api/v1/initiatives?limit=1")
    assert (answer.status_code, answer.data) == (200, b"")
