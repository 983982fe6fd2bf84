"""Pages as files: the same address with an ending, or the page asked for by `Accept`."""

import csv
import gzip
import io
import json
import re
import threading
from collections.abc import Callable
from html import unescape
from itertools import count
from typing import Any

import openpyxl
import pandas
import pytest
from flask import Flask
from flask.testing import FlaskClient

from kb.catalogue.entries import EntryKind
from kb.core import db
from kb.core.column_types import now
from kb.core.db import Database
from kb.editorial import actions
from kb.exporting import export, plain_tables
from kb.exporting.goal_tables import PARTS_OF_A_GOAL
from kb.forum.models import Question
from kb.search import indexing
from kb.search.service import Search
from kb.web.core import packing
from kb.web.exporting import files
from tests.factories import make_city, make_city_answer, make_initiative, make_place, make_session, make_user

from .page_readers import counted_queries

pytestmark = pytest.mark.one_database


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def slugs(client: FlaskClient, address: str) -> list[str]:
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "text/csv"), answer.text
    return [row["slug"] for row in rows(answer.text)]


@pytest.fixture
def town(app: Flask, database: Database) -> None:
    """A town whose initiatives are more than a page of results shows."""
    with database.writing() as session:
        city = make_city(session, "Made-up Town", slug="made-up-town")
        for number in range(25):
            make_initiative(
                session, f"Pump {number:02}", (city,), (6,), challenges=("flooding",), slug=f"pump-{number:02}"
            )
        make_initiative(session, "Elsewhere", goals=(11,), technologies=("early-warning",), slug="elsewhere")
    indexing.rebuild(database, app.config["KB"].search_index)


@pytest.mark.usefixtures("town")
def test_a_file_has_all_that_its_page_is_about(client: FlaskClient) -> None:
    pumps = [f"pump-{number:02}" for number in range(25)]
    assert sorted(slugs(client, "/challenges/flooding.csv")) == pumps
    assert sorted(slugs(client, "/goals/6.csv")) == pumps
    assert sorted(slugs(client, "/search.csv?q=pump&page=2")) == pumps
    assert slugs(client, "/technologies/early-warning.csv") == ["elsewhere"]
    assert sorted(slugs(client, "/initiatives.csv")) == ["elsewhere", *pumps]
    assert slugs(client, "/initiatives/pump-03.csv") == ["pump-03"]
    assert slugs(client, "/search.csv?kind=city&q=town") == ["made-up-town"]
    assert "made-up-town" in slugs(client, "/cities.csv")
    table = rows(client.get("/search.csv?q=pump&table=goals").text)
    assert {(row["goal"], row["goal_label"]) for row in table} == {("6", "Clean water and sanitation")}


@pytest.mark.usefixtures("town")
def test_a_search_is_sorted_in_its_file_as_on_its_page(client: FlaskClient) -> None:
    shown = re.findall(r'href="/initiatives/(pump-\d\d)"', client.get("/search?q=pump&sort=title").text)
    assert list(dict.fromkeys(shown)) == slugs(client, "/search.csv?q=pump&sort=title")[:20]


@pytest.mark.usefixtures("town")
def test_a_page_is_a_file_for_who_asks_so_and_a_page_for_browsers(client: FlaskClient) -> None:
    def kind(accept: str) -> str:
        answer = client.get("/initiatives/pump-03", headers={"Accept": accept})
        assert "Accept" in [name.strip() for name in answer.headers["Vary"].split(",")]
        return answer.mimetype

    assert kind("text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8") == "text/html"
    assert kind("*/*") == "text/html"
    assert kind("text/csv") == "text/csv"
    assert kind("application/json, */*") == "application/json"
    assert kind("text/html, application/json") == "text/html"
    assert kind("text/html;q=0.5, text/csv;q=0.9") == "text/csv"
    assert kind("application/pdf") == "text/html"
    page = client.get("/initiatives/pump-03")
    as_file = client.get("/initiatives/pump-03", headers={"Accept": "text/csv", "If-None-Match": page.headers["ETag"]})
    assert as_file.status_code == 200, "a reader with the page has no file yet"
    assert page.headers["Link"].startswith('<http://localhost/initiatives/pump-03>; rel="cite-as"')
    assert '<http://localhost/initiatives/pump-03.csv>; rel="alternate"; type="text/csv"' in page.headers["Link"]


@pytest.mark.usefixtures("town")
def test_a_page_offers_its_files_in_its_menu_and_to_programs(client: FlaskClient) -> None:
    page = client.get("/search?q=pump&sort=title&page=2").text
    (menu,) = re.findall(r"<details class=.downloads.*?</details>", page, re.DOTALL)
    address = "/search.csv?q=pump&amp;sort=title"
    assert f'href="{address}"' in menu
    assert f'href="{address}&amp;table=outcomes"' in menu
    assert "all results under “Initiatives” (25)" in menu
    assert re.search(rf'<link rel="alternate"\s+type="text/csv"\s+title="CSV"\s+href="{re.escape(address)}">', page)


@pytest.mark.usefixtures("town")
def test_files_and_feed_of_a_search_leave_out_what_its_page_leaves_out(client: FlaskClient) -> None:
    page = client.get("/search?q=pump&city=gone&goal=pump&goal=6").text
    offered = {unescape(url) for url in re.findall(r'href="(/search\.\w+\?[^"]*)"', page)}
    assert {"/search.csv?q=pump&goal=6", "/search.atom?q=pump&goal=6"} < offered
    assert {client.get(url).status_code for url in offered} == {200}
    # Who asks for another filter than there is, is still told so.
    assert client.get("/search.csv?q=pump&city=gone").status_code == 400


@pytest.mark.parametrize("path", ["/cities/xyz", "/initiatives/xyz", "/leaders/xyz", "/challenges/xyz", "/goals/99"])
def test_a_page_of_what_there_is_not_offers_no_files(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert 'rel="alternate"' not in answer.text
    assert "Link" not in answer.headers


@pytest.mark.usefixtures("town")
def test_what_there_is_not_is_said(client: FlaskClient) -> None:
    answer = client.get("/initiatives/pump-03.docx")
    assert answer.status_code == 404
    assert "one of these endings: .csv, .xlsx, .json, .geojson, .bib, .ris, .ttl, .jsonld." in answer.text.replace(
        "\n", " "
    )
    assert "cities, challenges, goals" in client.get("/initiatives/pump-03.csv?table=made-up").text
    assert client.get("/initiatives/made-up.csv").status_code == 404
    assert client.get("/goals/18.csv").status_code == 404
    assert client.get("/search.csv?kind=session&table=sources").status_code == 400
    page = client.get("/search?kind=session", headers={"Accept": "text/turtle, text/html;q=0.5"})
    assert (page.status_code, page.mimetype) == (200, "text/html"), "the page has no such file"
    answer = client.get("/search.bib?kind=session")
    assert answer.status_code == 404
    assert "one of these endings: .csv, .xlsx, .json." in answer.text.replace("\n", " ")
    for address in ("/initiatives.csv?goal=6", "/goals/6.json?year_from=2015", "/goals/6.atom?year_from=2015"):
        for answer in (client.get(address), client.head(address)):
            assert answer.status_code == 400, f"{address} would hold more than was asked for"
    assert "no filter year_from at this address" in client.get("/goals/6.atom?year_from=2015").text
    assert client.get("/goals/6.csv?table=outcomes&utm_source=mail").status_code == 200
    assert client.head("/search.csv?goal=99").status_code == 400
    answer = client.get("/search.csv?goal=99")
    assert (answer.status_code, answer.text) == (
        400,
        "The search does not know this value: goal=99. The search page lists all values.\n",
    )


@pytest.mark.usefixtures("town")
def test_a_file_tells_other_programs_what_it_is(client: FlaskClient) -> None:
    answer = client.get("/initiatives/pump-03.json")
    assert re.fullmatch(
        r'attachment; filename="citypeers-pump-03-\d{4}-\d\d-\d\d\.json"', answer.headers["Content-Disposition"]
    )
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "Set-Cookie" not in answer.headers
    assert json.loads(answer.text)["entries"][0]["slug"] == "pump-03"
    again = client.get("/initiatives/pump-03.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    any_will_do = client.get("/initiatives/pump-03.json", headers={"If-None-Match": "*"})
    assert (any_will_do.status_code, any_will_do.data, any_will_do.headers["ETag"]) == (
        304,
        b"",
        answer.headers["ETag"],
    )
    assert client.get("/initiatives/nothing.json", headers={"If-None-Match": "*"}).status_code == 404
    head = client.head("/initiatives/pump-03.json")
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", answer.headers["ETag"])


@pytest.mark.usefixtures("town")
def test_a_file_asks_the_database_as_often_for_many_entries_as_for_one(app: Flask, client: FlaskClient) -> None:
    def queries(address: str) -> int:
        with counted_queries(app) as statements:
            assert client.get(address).data
        return len(statements)

    queries("/goals/6.json")
    for suffix in ("csv", "json", "xlsx", "ttl"):
        assert queries(f"/goals/6.{suffix}") == queries(f"/goals/11.{suffix}")


@pytest.mark.usefixtures("town")
def test_neither_head_nor_a_reader_who_has_the_file_costs_a_search(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "/search.json?q=pump"
    etag = client.get(address).headers["ETag"]

    def refuse(*_: object) -> None:
        raise AssertionError("nothing is to be searched")

    monkeypatch.setattr(Search, "matching", refuse)
    assert client.head(address).headers["ETag"] == etag
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize("address", ["/initiatives.csv", "/challenges.csv"])
def test_a_large_file_counts_as_several_pages_and_can_always_be_had_once(
    address: str, app_with: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_ENTRIES_OF_A_PAGE", 1)
    client = app_with(rate_limit="20 per hour").test_client()
    assert [client.get(address).status_code for _ in range(2)] == [200, 429]


def test_lists_of_terms_and_peers_are_tables(visitor: FlaskClient) -> None:
    challenges = {row["code"]: row for row in rows(visitor.get("/challenges.csv").text)}
    flooding = challenges["flooding"]
    assert (flooding["label"], flooding["dimension_label"]) == ("Flooding", "Environment")
    assert int(flooding["initiatives"]) == len(slugs(visitor, "/challenges/flooding.csv"))
    technologies = json.loads(visitor.get("/technologies.json").text)["rows"]
    assert {row["group_label"] for row in technologies} >= {"Sensing", "Safety"}
    peers = rows(visitor.get("/cities/cape-town/peers.csv?show=60").text)
    cities = len(rows(visitor.get("/cities.csv").text))
    assert [row["rank"] for row in peers] == [str(number) for number in range(1, len(peers) + 1)]
    assert 0 < len(peers) < cities
    assert {row["strength"] for row in peers} <= {"strong", "fair", "weak"}
    scores = [float(row["combined_score"]) for row in peers]
    assert scores == sorted(scores, reverse=True)
    page = visitor.get("/cities/cape-town/peers?show=60").text
    assert 'href="/cities/cape-town/peers.csv?show=60"' in page
    assert peers[0]["name"] in page
    for address in ("/challenges.csv?table=outcomes", "/cities/cape-town/peers.csv?region=africa"):
        refused = visitor.get(address)
        assert (refused.status_code, refused.mimetype) == (400, "text/plain"), address
    assert "Use one of: challenge," in refused.text
    asked = (
        "weight.coast=2&pool=places&challenge=flooding&without_income=high&without_own_country=yes&utm_source=letter"
    )
    far = rows(visitor.get(f"/cities/cape-town/peers.csv?{asked}").text)
    assert far
    assert "ZA" not in {row["country_code"] for row in far}
    for unknown in ("weight.size=2", "pool=all", "challenge=boredom", "without=atlantis", "without_income=golden"):
        refused = visitor.get(f"/cities/cape-town/peers.csv?{unknown}")
        assert (refused.status_code, refused.mimetype) == (400, "text/plain"), unknown
        assert f"“{unknown.partition('=')[2]}”" in refused.text or "“size”" in refused.text
    for query, reason in (
        ("weight.of-context=0&weight.of-challenges=0", "Both scores have weight 0."),
        ("weight.coast=lots", "The weight “lots” for Distance from the sea is not a number from 0 to 10."),
        ("challenge=heat:very", "“very” is not a severity."),
        ("show=many", "“many” is not a number of cities."),
    ):
        refused = visitor.get(f"/cities/cape-town/peers.csv?{query}")
        assert (refused.status_code, refused.text.strip()) == (400, reason)
    assert visitor.get("/challenges.ttl").status_code == 404
    assert visitor.get("/cities/made-up/peers.csv").status_code == 404
    head = visitor.head("/cities/cape-town/peers.csv")
    assert (head.status_code, head.data) == (200, b"")


def cells(frame: pandas.DataFrame) -> list[list[Any]]:
    rows = frame.astype(object).values.tolist()
    return [list(frame.columns), *([None if pandas.isna(cell) or cell == "" else cell for cell in row] for row in rows)]


@pytest.mark.parametrize(
    ("address", "sheet"),
    [
        ("/challenges.{}", "challenges"),
        ("/technologies.{}", "technologies"),
        ("/cities/cape-town/peers.{}?challenge=flooding", "peers"),
        ("/search.{}?kind=session", "sessions"),
        # Pandas takes the codes of evidence for numbers, but only in CSV.
        *((f"/goals/11/{part}.{{}}", f"goal-11-{part}") for part in PARTS_OF_A_GOAL if part != "evidence"),
    ],
)
def test_a_table_is_the_same_as_csv_json_and_workbook(visitor: FlaskClient, address: str, sheet: str) -> None:
    def read(code: str) -> bytes:
        answer = visitor.get(address.format(code))
        assert answer.status_code == 200, answer.text
        return answer.data

    as_is: dict[str, Any] = {"keep_default_na": False, "na_values": [""]}
    table = cells(pandas.read_csv(io.BytesIO(read("csv")), **as_is))
    assert len(table) > 2
    assert cells(pandas.DataFrame(json.loads(read("json"))["rows"])) == table
    assert cells(pandas.read_excel(io.BytesIO(read("xlsx")), sheet_name=sheet, **as_is)) == table
    workbook = openpyxl.load_workbook(io.BytesIO(read("xlsx")))
    meanings = list(workbook["codebook"].iter_rows(min_row=2, values_only=True))
    assert [(name, column) for name, column, *_ in meanings] == [(sheet, column) for column in table[0]]
    assert all(label for _, _, label, *_ in meanings)


def test_each_table_of_a_goal_is_offered_in_every_format_that_it_has(visitor: FlaskClient) -> None:
    page = visitor.get("/goals/11").text
    for part in PARTS_OF_A_GOAL:
        menu = next(
            menu
            for menu in re.findall(r"<details class=.downloads.*?</details>", page, re.DOTALL)
            if f"/{part}." in menu
        )
        assert re.findall(r'href="([^"]*)"', menu) == [f"/goals/11/{part}.{code}" for code in ("csv", "xlsx", "json")]
        assert "The same table, for programs." in menu
    assert len(set(re.findall(r'<summary class="file-link">(.*?)</summary>', page))) == len(PARTS_OF_A_GOAL)


def test_what_a_search_finds_in_the_forum_is_a_file_too(app: Flask, client: FlaskClient, database: Database) -> None:
    with database.writing() as session:
        city = make_city(session, "Made-up Bay")
        titles = ("Made-up pumps", "Made-up dykes", "More made-up pumps")
        held = [make_session(session, title, (city,), state="ended") for title in titles]
        values = {"asker_name": "Made-up Asker", "asker_hash": "0" * 64, "state": "answered"}
        asked = [
            Question(text=f"How many pumps? {number}", number=number, session=of, **values)
            for number, of in enumerate(held)
        ]
        for question in asked:
            question.answer, question.answered_at = "A made-up answer", now()
        session.add_all(asked)
        make_city_answer(session, city, text="Pumps of another kind?")
        make_city_answer(session, city, text="Pumps?", may_publish=False)
        session.flush()
        slugs_held, answers = [of.slug for of in held], [question.id for question in asked]
        talks = [slot for of in held for slot in of.slots if slot.kind == "talk"]
        for talk in talks[1:]:
            assert talk.speaker is not None
            talk.title, talk.speaker.status = f"Pumps of {talk.session.title}", "spoke"
        about_pumps = {talk.id for talk in talks[1:]}
    indexing.rebuild(database, app.config["KB"].search_index)
    client.get("/search.csv?kind=session")
    for kind in ("session", "talk"):
        costs = {}
        for text in ("dykes", "made-up"):
            with counted_queries(app) as statements:
                file = rows(client.get(f"/search.csv?kind={kind}&q={text}").text)
            costs[len(file)] = len(statements)
        assert len(costs) == 2, "one row, and several"
        assert len(set(costs.values())) == 1, "as many queries for one row as for several"

    def found(kind: str, column: str) -> list[str]:
        page = client.get(f"/search?q=pumps&kind={kind}").text
        (menu,) = re.findall(r"<details class=.downloads.*?</details>", page, re.DOTALL)
        assert "The same table, for programs." in menu
        assert "All tables as sheets" not in menu
        (address,) = re.findall(r'href="(/search.csv[^"]*)"', menu)
        file = client.get(unescape(address))
        assert (file.status_code, file.mimetype) == (200, "text/csv")
        shown = [page.index(f'{row["address"].removeprefix("http://localhost")}"') for row in rows(file.text)]
        assert shown == sorted(shown), "the rows are in the order of the page"
        return [row[column] for row in rows(file.text)]

    assert sorted(found("session", "slug")) == sorted([slugs_held[0], slugs_held[2]])
    assert sorted(found("answer", "id")) == sorted(map(str, answers))
    assert found("city-answer", "text") == ["Pumps of another kind?"]
    assert set(map(int, found("talk", "id"))) == about_pumps
    more = rows(client.get("/search.csv?q=pumps&kind=session&kind=answer").text)
    assert {row["slug"] for row in more} == {slugs_held[0], slugs_held[2]}, "the first kind that is asked for"


def test_a_file_of_the_forum_is_sent_while_it_is_read(
    app: Flask, client: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.writing() as session:
        for number in range(3):
            make_session(session, f"Made-up pumps {number}")
    indexing.rebuild(database, app.config["KB"].search_index)
    monkeypatch.setattr(db, "VALUES_A_STATEMENT", 1)
    monkeypatch.setattr(plain_tables, "ROWS_A_BATCH", 1)
    whole = client.get("/search.csv?q=made-up&kind=session").data
    with counted_queries(app) as statements:
        sent = client.get("/search.csv?q=made-up&kind=session", buffered=False)
        pieces = iter(sent.response)
        begun = next(pieces)
        before = len(statements)
        assert begun + b"".join(pieces) == whole
        assert before < len(statements), "what follows is read once it is asked for"
    half = client.get("/search.csv?q=made-up&kind=session", buffered=False)
    next(iter(half.response))
    half.close()
    assert database.engine.pool.checkedout() == 0


def test_the_peers_of_any_place_are_files_too(client: FlaskClient, database: Database) -> None:
    with database.writing() as session:
        place = make_place(session, "Made-up Hamlet").id
        for number in range(3):
            make_city(session, f"Made-up Town {number}", challenges=("flooding",))
    asked = f"place={place}&challenge=flooding&without_income=high"
    page = client.get(f"/peers?{asked}&region=africa").text
    (menu,) = re.findall(r"<details class=.downloads.*?</details>", page, re.DOTALL)
    for code in ("csv", "xlsx", "json"):
        assert f"/peers.{code}?{asked}" in map(unescape, re.findall(r'href="([^"]*)"', menu))
    (linked,) = re.findall(r'<link rel="alternate"\s+type="text/csv"\s+title="CSV"\s+href="([^"]*)">', page)
    file = client.get(unescape(linked))
    assert (file.status_code, file.mimetype) == (200, "text/csv")
    assert f"citypeers-peers-{place}-" in file.headers["Content-Disposition"]
    assert file.headers["Link"] == f'<http://localhost/peers?{asked}>; rel="canonical"'
    peers = rows(file.text)
    assert len(peers) == 3
    assert peers[0]["name"] in page
    assert client.get(f"/peers?{asked}", headers={"Accept": "text/csv"}).data == file.data
    assert [row["slug"] for row in json.loads(client.get(f"/peers.json?{asked}").text)["rows"]] == [
        row["slug"] for row in peers
    ]
    assert client.get(f"/peers.csv?place={place}&region=africa").status_code == 400
    for unknown in ("challenge=boredom", "show=many", "weight.moon=1"):
        assert client.get(f"/peers.csv?place={place}&{unknown}").status_code == 400
        assert 'rel="alternate"' not in client.get(f"/peers?place={place}&{unknown}").text, "it would be refused"


def test_a_city_has_the_same_peers_by_its_place_as_by_its_page(visitor: FlaskClient) -> None:
    (place,) = [row["geonames_id"] for row in rows(visitor.get("/cities.csv").text) if row["slug"] == "cape-town"]
    by_place, by_page = visitor.get(f"/peers.csv?place={place}"), visitor.get("/cities/cape-town/peers.csv")
    assert by_place.data == by_page.data
    assert by_place.headers["Link"] == by_page.headers["Link"]


@pytest.mark.parametrize("where", ["", "?q=Springfield", "?place=Springfield"])
def test_without_a_place_there_is_no_file_of_peers(visitor: FlaskClient, where: str) -> None:
    assert 'rel="alternate"' not in visitor.get(f"/peers{where}").text
    for refused in (visitor.get(f"/peers.csv{where}"), visitor.get(f"/peers{where}", headers={"Accept": "text/csv"})):
        assert (refused.status_code, refused.mimetype) == (400, "text/plain")
        assert "place=NUMBER" in refused.text


def test_a_place_that_there_is_not_has_no_file_of_peers(visitor: FlaskClient) -> None:
    for path in ("/peers?place=999999999", "/cities/made-up/peers"):
        page = visitor.get(path)
        assert (page.status_code, 'rel="alternate"' in page.text) == (404, False), path
    for ask in (visitor.get, visitor.head):
        assert ask("/peers.csv?place=999999999").status_code == 404


def test_the_file_of_an_entry_that_was_merged_is_that_of_the_other(client: FlaskClient, database: Database) -> None:
    with database.writing() as session:
        editor = make_user(session, "editor")
        kept, gone = make_initiative(session, slug="kept"), make_initiative(session, slug="gone")
        actions.merge(session, editor, EntryKind.INITIATIVE, kept.id, gone.id)
    answer = client.get("/initiatives/gone.csv")
    assert (answer.status_code, answer.location) == (301, "/initiatives/kept.csv")


@pytest.mark.usefixtures("town")
def test_a_reader_who_goes_away_leaves_nothing_open(app: Flask, client: FlaskClient, database: Database) -> None:
    pool = app.extensions["kb_database"].engine.pool
    answer = client.get("/initiatives.csv", buffered=False)
    pieces = answer.iter_encoded()
    assert b"slug" in next(pieces)
    assert b"pump-03" in next(pieces)
    assert pool.checkedout() == 1
    answer.close()
    assert pool.checkedout() == 0
    # One that is never read opens nothing.
    client.get("/initiatives.csv", buffered=False).close()
    assert pool.checkedout() == 0


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize(
    ("accepted", "encoding"), [("gzip", "gzip"), ("gzip, deflate, br, zstd", "zstd"), ("gzip, zstd;q=0.5", "gzip")]
)
def test_a_packed_file_has_the_same_bytes(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, accepted: str, encoding: packing.Encoding
) -> None:
    monkeypatch.setattr(export, "ENTRIES_A_BATCH", 3)
    packed = client.get("/initiatives.csv", headers={"Accept-Encoding": accepted})
    assert packed.headers["Content-Encoding"] == encoding
    unpack = gzip.decompress if encoding == "gzip" else packing.zstd.decompress
    assert unpack(packed.data) == client.get("/initiatives.csv").data
    half = client.get("/initiatives.csv", headers={"Accept-Encoding": accepted}, buffered=False)
    next(half.iter_encoded())
    half.close()
    assert app.extensions["kb_database"].engine.pool.checkedout() == 0
    assert not [thread for thread in threading.enumerate() if "ThreadPoolExecutor" in thread.name]


@pytest.mark.usefixtures("town")
def test_what_breaks_half_way_breaks_a_packed_file_too(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "ENTRIES_A_BATCH", 3)
    read, batches = export.read_many, count()

    def breaking(*given: Any) -> Any:
        if next(batches) == 2:
            raise OSError("made up")
        return read(*given)

    monkeypatch.setattr(export, "read_many", breaking)
    answer = client.get("/initiatives.csv", headers={"Accept-Encoding": "gzip"}, buffered=False)
    with pytest.raises(OSError, match="made up"):
        list(answer.iter_encoded())
