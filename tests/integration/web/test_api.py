"""The interface for programs: what it lists, how errors look, and who may read it."""

import gzip
import re
from collections import Counter
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from config import Config
from kb.app import create_app
from kb.catalogue.queries import changes
from kb.core.db import Database
from kb.editorial import actions
from kb.forum.models import ForumSession, Question
from kb.search import indexing
from kb.web.core.packing import zstd
from tests.factories import make_initiative, make_session, make_user
from tests.seed_facts import count

PROBLEM = "application/problem+json"


def test_a_list_goes_on_by_its_cursor_until_every_entry_was_given_once(visitor: FlaskClient) -> None:
    address, slugs, headers = "/api/v1/initiatives?limit=50", [], []
    while address:
        page = visitor.get(address)
        slugs += [entry["slug"] for entry in page.json["items"]]
        headers.append(page.headers.get("Link"))
        address = page.json["next"]
        assert page.headers.get("Link") == (f'<{address}>; rel="next"' if address else None)
    assert len(slugs) == len(set(slugs)) == page.json["total"] == count("initiatives")


def test_a_packed_answer_is_the_same_answer(visitor: FlaskClient) -> None:
    addresses = ("/api/v1/initiatives?limit=50", "/api/v1/initiatives?limit=1")
    for address, (encoding, unpack) in product(addresses, (("gzip", gzip.decompress), ("zstd", zstd.decompress))):
        packing = {"Accept-Encoding": encoding}
        packed, plain = visitor.get(address, headers=packing), visitor.get(address)
        assert (packed.headers["Content-Encoding"], "Content-Encoding" in plain.headers) == (encoding, False)
        assert unpack(packed.data) == plain.data
        for name in ("ETag", "Link", "Vary", "Content-Type"):
            assert packed.headers[name] == plain.headers[name]
        assert int(packed.headers["Content-Length"]) == len(packed.data)
        known = {**packing, "If-None-Match": packed.headers["ETag"]}
        assert visitor.get(address, headers=known).status_code == 304


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
        ("GET", "/api/v1/initiatives?cursor=made-up", 400, "Use `next` of"),
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


@pytest.mark.both_databases
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


def read(client: FlaskClient, address: str) -> dict[str, Any]:
    """The answer of an address, which has to be one of 200."""
    page = client.get(address)
    assert page.status_code == 200, page.text
    return page.json


def walk(client: FlaskClient, address: str | None) -> list[dict[str, Any]]:
    """Every item of a list, page by page."""
    items = []
    while address:
        page = read(client, address)
        items += page["items"]
        address = page["next"]
    return items


def test_a_list_asks_once_how_far_the_change_log_has_grown(seeded_app: Flask, visitor: FlaskClient) -> None:
    visitor.get("/api/v1/initiatives")
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    engine = seeded_app.extensions["kb_database"].engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert visitor.get("/api/v1/initiatives").json["items"]
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert sum("max(changes.id)" in statement for statement in statements) == 1


@pytest.mark.parametrize("sort", ["", "&sort=newest", "&sort=evidence", "&sort=title", "&sort=relevance"])
def test_a_list_in_any_order_gives_everything_once(visitor: FlaskClient, sort: str) -> None:
    paged = walk(visitor, f"/api/v1/initiatives?goal=11&region=southern-asia&fields=title&limit=4{sort}")
    whole = read(visitor, f"/api/v1/initiatives?goal=11&region=southern-asia&fields=title&limit=200{sort}")
    assert paged == whole["items"]
    assert len(paged) == whole["total"] > 4


def test_a_list_has_the_filters_and_the_order_of_the_page(visitor: FlaskClient) -> None:
    found = walk(visitor, "/api/v1/search?q=flood+warning&income=lower-middle&kind=initiative")
    page = visitor.get("/search?q=flood+warning&income=lower-middle&kind=initiative").text
    links = list(dict.fromkeys(re.findall(r'href="(/initiatives/[a-z0-9-]+)"', page)))
    assert [hit["url"].removeprefix("http://localhost") for hit in found][: len(links)] == links
    assert links


def test_only_some_fields_are_given_and_others_expanded(visitor: FlaskClient) -> None:
    address = "/api/v1/initiatives?fields=title,cities,goals,leader&expand=cities,goals,leader&limit=200"
    items = walk(visitor, address)
    assert all({*item} <= {"id", "url", "title", "cities", "goals", "leader"} for item in items)
    assert all(city["kind"] == "city" and city["name"] for item in items for city in item["cities"])
    assert all(row["goal"]["label"] and row["origin"] for item in items for row in item["goals"])
    assert any(item["leader"] and item["leader"]["name"] for item in items)


def test_counts_honour_the_filters(visitor: FlaskClient) -> None:
    counted = read(visitor, "/api/v1/initiatives?group_by=region&goal=13")
    for group in counted["groups"][:3]:
        assert read(visitor, f"/api/v1/initiatives?goal=13&region={group['region']}")["total"] == group["count"]
        assert group["region_label"]
    crossed = read(visitor, "/api/v1/initiatives?group_by=stage,income&goal=13")
    for group in crossed["groups"][:3]:
        found = read(visitor, f"/api/v1/initiatives?goal=13&stage={group['stage']}&income={group['income']}")
        assert found["total"] == group["count"]


def test_a_sample_can_be_repeated_and_another_seed_gives_another(visitor: FlaskClient) -> None:
    def sample(seed: int) -> list[int]:
        answer = read(visitor, f"/api/v1/initiatives?goal=11&sample=10&seed={seed}")
        assert answer["next"] is None
        return [item["id"] for item in answer["items"]]

    assert len(set(sample(1))) == 10
    assert sample(1) == sample(1) != sample(2)


def test_every_entry_is_as_likely_to_be_sampled(visitor: FlaskClient) -> None:
    total = read(visitor, "/api/v1/visions?fields=title&limit=1")["total"]
    seen = Counter(
        item["id"]
        for seed in range(40)
        for item in read(visitor, f"/api/v1/visions?sample=20&seed={seed}&fields=title")["items"]
    )
    expected = 40 * 20 / total
    assert len(seen) == total
    assert max(seen.values()) < 2.5 * expected


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("initiatives?goal=99", {"goal": "99"}),
        ("initiatives?income=rich", {"income": "upper-middle"}),
        ("initiatives?year_from=long+ago", {"year_from": "from 1800 to 2099"}),
        ("goals?goal=11", {"goal": "This address has none"}),
        ("initiatives?page=2", {"page": "cursor"}),
        ("initiatives?kind=city", {"kind": "cursor"}),
        ("initiatives?sort=size", {"sort": "newest"}),
        ("initiatives?limit=", {"limit": "Leave it out"}),
        ("initiatives?group_by=goal,region,stage", {"group_by": "At most 2"}),
        ("initiatives?group_by=colour", {"group_by": "region"}),
        ("initiatives?group_by=goal&sample=3", {"sample": "group_by"}),
        ("initiatives?fields=colour", {"fields": "title"}),
        ("initiatives?expand=title", {"expand": "cities"}),
        ("initiatives?sample=0", {"sample": "from 1 to 200"}),
        ("initiatives?seed=-1", {"seed": "from 0 to"}),
        ("initiatives?limit=" + "9" * 5000, {"limit": "from 1 to 200"}),
        ("initiatives?limit=٣", {"limit": "from 1 to 200"}),
        ("initiatives?q=" + "a" * 1001, {"q": "1000"}),
        ("initiatives?challenge=a%00b", {"challenge": "“a b”"}),
        ("initiatives?changed_since=yesterday", {"changed_since": "2026-11-23"}),
        ("initiatives?changed_since=99999999", {"changed_since": "the last one is"}),
        ("changes?since=-1", {"since": "2026-11-23"}),
        ("changes?kind=city,goal", {"kind": "session"}),
        ("peers", {"place": "required"}),
        ("peers?place=Beira&weight.income=eleven", {"weight.income": "0 to 10"}),
        ("peers?place=Beira&challenge=flooding:dreadful", {"challenge": "under-a-third"}),
        ("peers?place=Beira&without=atlantis", {"without": "southern-asia"}),
        ("places?country=ZZ", {"country": "ZZ"}),
        ("goals/suggest?text=+", {"text": "required"}),
    ],
)
def test_what_cannot_be_read_is_said_by_parameter(visitor: FlaskClient, path: str, said: dict[str, str]) -> None:
    answer = visitor.get(f"/api/v1/{path}")
    assert (answer.status_code, answer.mimetype) == (422, PROBLEM)
    assert answer.json["errors"].keys() == said.keys()
    for name, words in said.items():
        assert words in answer.json["errors"][name][0]
        assert words in answer.json["detail"]


@pytest.mark.one_database
@pytest.mark.parametrize("with_index", [False, True])
def test_a_cursor_by_relevance_never_skips_or_doubles(
    session: Session, database: Database, config: Config, client: FlaskClient, with_index: bool
) -> None:
    for number in range(4):
        make_initiative(session, f"Made-up flood sirens {number}")
    session.commit()
    if with_index:
        indexing.rebuild(database, config.search_index)
    first = read(client, "/api/v1/initiatives?q=flood&limit=2")
    assert len(walk(client, first["next"])) == 2
    make_initiative(session, "Aaa flood flood flood")
    session.commit()
    if with_index:
        indexing.rebuild(database, config.search_index)
    moved = client.get(first["next"])
    assert (moved.status_code, moved.mimetype) == (409, PROBLEM)
    assert "sort=id" in moved.json["detail"]


@pytest.mark.both_databases
def test_whoever_follows_the_changes_is_told_of_what_is_gone(session: Session, client: FlaskClient) -> None:
    editor = make_user(session, "editor")
    kept, merged, withdrawn, other = [make_initiative(session) for _ in range(4)]
    session.commit()
    before = read(client, "/api/v1/initiatives?limit=2")
    kept.title = "Made-up and changed"
    actions.merge(session, editor, "initiative", kept.id, merged.id)
    actions.withdraw(session, editor, "initiative", withdrawn.id, "Made-up reason.")
    session.commit()

    followed = read(client, f"/api/v1/initiatives?changed_since={before['change']}")
    assert [item["id"] for item in followed["items"]] == [kept.id]
    gone = {entry["id"]: entry for entry in followed["deleted"]}
    assert gone[merged.id]["reason"] == "merged"
    assert gone[merged.id]["merged_into"] == f"http://localhost/initiatives/{kept.slug}"
    assert gone[withdrawn.id]["reason"] == "withdrawn"
    assert read(client, f"/api/v1/initiatives?changed_since={followed['change']}")["items"] == []

    by_number = walk(client, f"/api/v1/changes?since={before['change']}&limit=1")
    assert {(item["id"], item["action"]) for item in by_number if item["kind"] == "initiative"} == {
        (kept.id, "saved"),
        (merged.id, "deleted"),
        (withdrawn.id, "deleted"),
    }
    assert walk(client, "/api/v1/changes?since=2100-01-01T00:00:00Z") == []
    everything = walk(client, "/api/v1/changes?kind=initiative&since=2000-01-01")
    assert sorted(item["id"] for item in everything) == sorted([kept.id, merged.id, withdrawn.id, other.id])

    moved = client.get(f"/api/v1/initiatives/{gone[merged.id]['slug']}")
    assert (moved.status_code, moved.headers["Location"]) == (301, f"http://localhost/api/v1/initiatives/{kept.slug}")
    told = client.get(f"/api/v1/initiatives/{gone[withdrawn.id]['slug']}")
    assert (told.status_code, "Made-up reason." in told.json["detail"]) == (410, True)


@pytest.mark.both_databases
@pytest.mark.parametrize("filters", ["", "&stage=pilot"])
def test_a_page_of_changes_walks_a_part_of_the_log_however_often_entries_were_saved(
    session: Session, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, filters: str
) -> None:
    before = read(client, "/api/v1/initiatives?limit=1")["change"]
    often, once = make_initiative(session, stage="pilot"), make_initiative(session, stage="pilot")
    session.commit()
    for number in range(12):
        often.title = f"Made-up and changed {number}"
        session.commit()
    addresses = [f"/api/v1/initiatives?changed_since={before}{filters}"]
    addresses += [] if filters else [f"/api/v1/changes?kind=initiative&since={before}"]
    whole = [walk(client, address) for address in addresses]
    monkeypatch.setattr(changes, "WALKED", 4)
    for address, items in zip(addresses, whole, strict=True):
        first = read(client, address)
        assert often.id not in [item["id"] for item in first["items"]]
        assert first["next"] is not None
        assert [item["id"] for item in items] == [once.id, often.id]
        assert walk(client, address) == items


@pytest.mark.both_databases
def test_an_entry_that_changed_and_no_longer_matches_is_told_to_whoever_follows_a_filter(
    session: Session, client: FlaskClient
) -> None:
    initiative = make_initiative(session, stage="pilot")
    session.commit()
    before = read(client, "/api/v1/initiatives?stage=pilot")
    assert [item["id"] for item in before["items"]] == [initiative.id]
    initiative.stage = "operational"
    session.commit()
    followed = read(client, f"/api/v1/initiatives?stage=pilot&changed_since={before['change']}")
    assert (followed["items"], followed["deleted"]) == ([], [])
    assert followed["unmatched"] == [{"id": initiative.id, "slug": initiative.slug}]


def test_who_has_an_answer_as_it_is_gets_304(visitor: FlaskClient) -> None:
    for path in ("initiatives?limit=3&goal=11", "cities/surat", "search?q=flood", "openapi.json", "goals"):
        first = visitor.get(f"/api/v1/{path}")
        again = visitor.get(f"/api/v1/{path}", headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
        assert again.headers["Catalogue-Change"] == first.headers["Catalogue-Change"]
    assert visitor.get("/api/v1/goals", headers={"If-None-Match": '"other"'}).status_code == 200
    for method in ("GET", "HEAD"):
        any_will_do = visitor.open("/api/v1/goals", method=method, headers={"If-None-Match": "*"})
        assert (any_will_do.status_code, any_will_do.data) == (304, b"")
    assert visitor.get("/api/v1/cities/nowhere", headers={"If-None-Match": "*"}).status_code == 404


def test_the_tag_of_an_entry_begins_with_its_version(visitor: FlaskClient) -> None:
    answer = visitor.get("/api/v1/cities/surat")
    assert answer.headers["ETag"].startswith(f'W/"{answer.json["version"]}-')


@pytest.mark.one_database
def test_an_answer_changes_its_tag_when_something_is_saved(
    session: Session, database: Database, config: Config, client: FlaskClient
) -> None:
    initiative = make_initiative(session)
    session.commit()
    indexing.rebuild(database, config.search_index)
    address = f"/api/v1/initiatives/{initiative.slug}"
    tag = client.get(address).headers["ETag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
    initiative.title = "Made-up and changed"
    session.commit()
    changed = client.get(address, headers={"If-None-Match": tag})
    assert (changed.status_code, changed.json["title"]) == (200, "Made-up and changed")


@pytest.mark.one_database
def test_requests_are_limited_and_every_answer_says_how_many_are_left(config: Config) -> None:
    app = create_app(replace(config, rate_limit="10 per minute"))
    client = app.test_client()
    addresses = ("goals", "search", "initiatives?q=flood", "peers?place=Surat")
    left = [client.get(f"/api/v1/{address}").headers["RateLimit"].split(";")[1] for address in addresses]
    assert left == ["r=9", "r=6", "r=3", "r=0"], "what is searched, and peers, count as three"
    refused = client.get("/api/v1/goals")
    assert (refused.status_code, refused.mimetype) == (429, PROBLEM)
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["RateLimit-Policy"] == '"page";q=10;w=60'
    assert refused.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.one_database
def test_a_database_that_is_away_is_told_as_a_problem(config: Config, tmp_path: Path) -> None:
    app = create_app(replace(config, database_url=f"sqlite:///{tmp_path / 'none.sqlite3'}"))
    answer = app.test_client().get("/api/v1/initiatives")
    assert (answer.status_code, answer.mimetype) == (503, PROBLEM)
    assert int(answer.headers["Retry-After"]) > 0


def test_terms_places_sessions_and_peers_are_given(visitor: FlaskClient) -> None:
    goals = read(visitor, "/api/v1/goals")["items"]
    assert [goal["number"] for goal in goals] == list(range(1, 18))
    assert len(read(visitor, "/api/v1/targets")["items"]) == 169
    for folder, key in (("goals", "number"), ("targets", "code"), ("challenges", "code"), ("technologies", "code")):
        term = read(visitor, f"/api/v1/{folder}")["items"][0]
        assert read(visitor, f"/api/v1/{folder}/{term[key]}") == term
    beira = read(visitor, "/api/v1/places?q=Beira")["items"][0]
    assert read(visitor, f"/api/v1/places/{beira['id']}")["name"] == beira["name"] == "Beira"
    written = ("Beira", beira["id"], "Beira, Mozambique", "Conselho Municipal da Beira, Mozambique")
    by_number, *by_names = (read(visitor, f"/api/v1/peers?place={given}")["peers"] for given in written)
    assert by_names == [by_number] * 3 != [[]] * 3
    assert read(visitor, "/api/v1/cities/surat/peers?limit=3")["place"]["city"] == "surat"
    session = read(visitor, "/api/v1/sessions")["items"][0]
    record = read(visitor, f"/api/v1/sessions/{session['slug']}")
    assert session.items() <= record.items()
    assert record["programme"]


@pytest.mark.both_databases
def test_nothing_of_the_forum_is_given_that_is_not_public(session: Session, client: FlaskClient) -> None:
    draft = make_session(session, slug="made-up-draft", state="draft")
    ended = make_session(session, slug="made-up-ended", state="ended")
    for forum_session in (draft, ended):
        for number, (state, answer) in enumerate((("answered", "Made-up answer."), ("waiting", None)), 1):
            asked = {"text": f"Made-up {state}?", "state": state, "answer": answer, "asker_hash": "a", "number": number}
            session.add(Question(session=forum_session, **asked))
    session.commit()
    assert [item["slug"] for item in walk(client, "/api/v1/sessions")] == ["made-up-ended"]
    (answer,) = walk(client, "/api/v1/answers")
    assert answer["text"] == "Made-up answered?"
    assert client.get("/api/v1/sessions/made-up-draft").status_code == 404
    assert client.get("/api/v1/answers?session=made-up-draft").status_code == 404
    removed = make_session(session, slug="made-up-removed", state="draft")
    session.commit()
    session.delete(removed)
    draft.title = ended.title = "Made-up and changed"
    session.commit()
    changes = "/api/v1/changes?kind=session,answer&limit=1"
    told = [(change["kind"], change["id"], change["action"]) for change in walk(client, changes)]
    assert sorted(told) == [("answer", answer["id"], "saved"), ("session", ended.id, "saved")], (
        "nothing of what is private"
    )
    assert client.get("/api/v1/sessions?changed_since=0").get_json()["deleted"] == []
    shown_once, gone = draft.id, ended.id
    draft.state = "announced"
    session.commit()
    draft.state = ended.state = "draft"
    session.commit()
    session.delete(ended)
    session.commit()
    told = [(change["kind"], change["id"], change["action"]) for change in walk(client, changes)]
    deleted = [("session", key, "deleted") for key in (shown_once, gone)]
    assert sorted(told) == [("answer", answer["id"], "deleted"), *sorted(deleted)], "all of this was public"
    tombstones = client.get("/api/v1/sessions?changed_since=0").get_json()["deleted"]
    assert {(row["id"], row["reason"]) for row in tombstones} == {(shown_once, "deleted"), (gone, "deleted")}


@pytest.mark.both_databases
def test_a_session_or_answer_is_never_told_under_the_number_of_one_that_is_gone(
    session: Session, client: FlaskClient
) -> None:
    def make(state: str) -> ForumSession:
        made = make_session(session, state=state)
        session.add(Question(session=made, number=1, text="Made-up?", state="answered", answer="Made-up."))
        session.commit()
        return made

    def told() -> dict[tuple[str, int], str]:
        return {
            (change["kind"], change["id"]): change["action"]
            for change in walk(client, "/api/v1/changes?kind=session,answer")
        }

    gone = make("ended")
    before = told()
    assert len(before) == 2
    gone.state = "draft"
    session.delete(gone)
    session.commit()
    new = make("draft")
    assert told() == dict.fromkeys(before, "deleted"), "nothing of the draft"
    new.state = "ended"
    session.commit()
    assert sorted(told().values()) == ["deleted", "deleted", "saved", "saved"]


def test_goals_are_suggested_for_a_text(visitor: FlaskClient) -> None:
    found = read(visitor, "/api/v1/goals/suggest?text=Solar+panels+on+the+roofs+of+schools")
    assert found["goals"][0]["number"] == 7
    assert found["goals"][0]["words"][0]["text"] == "Solar panels"
