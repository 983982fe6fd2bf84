"""The pages of the goals: what a researcher reads off them, follows, and takes away as a file."""

import csv
import html
import io
import json
import re
from collections import Counter
from html import unescape

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb.catalogue.models import Challenge, Country
from kb.goals import queries
from tests.factories import make_city, make_initiative

from .page_readers import jsonld_of, words_of

AXES = ["region", "income", "decade"]


def _matrix(page: str) -> list[list[tuple[str, str | None]]]:
    """Text and address of each cell of the matrix, row by row, without the heads."""
    table = page[page.index('<table class="figures matrix"') :]
    body = table[table.index("<tbody>") : table.index("</tbody>")]
    return [
        [
            (re.sub(r"<[^>]+>", "", cell).strip(), _address(cell))
            for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
        ]
        for row in re.findall(r"<tr[^>]*>(.*?)</tr>", body, re.DOTALL)
    ]


def _address(cell: str) -> str | None:
    link = re.search(r'href="([^"]+)"', cell)
    return unescape(link[1]) if link else None


def _rows(client: FlaskClient, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    assert answer.data.startswith(b"\xef\xbb\xbf"), "Excel reads accents wrongly without a byte order mark"
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


@pytest.mark.parametrize("by", AXES)
@pytest.mark.both_databases
def test_each_cell_of_the_matrix_leads_to_a_search_that_finds_just_as_many(visitor: FlaskClient, by: str) -> None:
    rows = _matrix(visitor.get(f"/goals/counts?by={by}").text)
    assert len(rows) == 18
    linked = [cell for row in rows for cell in row[:-1] if cell[1]]
    assert len(linked) >= 18 * 3
    # Every row's largest cell, every cell of the first row, and every twentieth of the others.
    chosen = {*rows[0][:-1], *(max(row[:-1], key=lambda cell: int(cell[0])) for row in rows), *linked[::20]}
    for count, address in chosen:
        if address is None:
            continue
        assert _total(visitor.get(address).text) == int(count), address


def _total(page: str) -> int:
    title = re.search(r'id="results-title"[^>]*>(.*?)</h\d>', page, re.DOTALL)
    assert title
    number = re.search(r"\d+", re.sub(r"<[^>]+>", "", title[1]))
    return int(number[0]) if number else 0


def test_what_began_nobody_knows_when_leads_to_its_initiatives_too(visitor: FlaskClient) -> None:
    page = visitor.get("/goals/counts?by=decade").text
    unknown = [row[-2] for row in _matrix(page)]
    assert "Not known" in page
    count, address = next((count, address) for count, address in unknown if count != "0")
    assert address is not None
    words = words_of(visitor.get(address.replace("&amp;", "&")).text)
    assert re.search(rf"\b{count} (initiative|result|entr)", words)
    assert "Year not known" in words


def test_an_initiative_of_two_regions_counts_in_each_and_once_in_all(session: Session, client: FlaskClient) -> None:
    cities = tuple(make_city(session, country=country) for country in ("IN", "IN", "BR"))
    make_initiative(session, cities=cities, goals=(14,))
    session.commit()
    rows = _rows(client, "/goals.csv?by=region")
    told = {
        row["region"]: (row["initiatives"], row["all_initiatives"])
        for row in rows
        if row["goal"] == "14" and row["all_initiatives"] != "0"
    }
    assert told == {"southern-asia": ("1", "1"), "latin-america-and-the-caribbean": ("1", "1")}
    assert _matrix(client.get("/goals/counts").text)[14][-1][0] == "1"


@pytest.mark.parametrize(
    "address", ["/goals/counts?by=moon", "/goals/counts?by=<script>alert(1)</script>", "/goals/counts?by=region%00"]
)
def test_a_way_to_divide_that_nobody_knows_is_said_and_regions_are_shown(visitor: FlaskClient, address: str) -> None:
    page = visitor.get(address)
    assert page.status_code == 200
    assert "cannot be divided by" in page.text
    assert "Southern Asia" in page.text
    assert "<script>alert" not in page.text


def test_the_bias_stands_beside_what_is_missing(visitor: FlaskClient) -> None:
    words = words_of(visitor.get("/goals/missing").text)
    assert "Cities of the region may still work for them" in words
    assert re.search(r"Southern Asia \d+ initiatives , none for: .*?14 Life below water", words)
    assert "Not shown, because they have fewer than 5 initiatives:" in words


def test_goals_together_are_told_with_what_chance_would_give(session: Session, client: FlaskClient) -> None:
    for goals in [(1, 2)] * 6 + [(3, 4)] * 6 + [(5, 6)]:
        make_initiative(session, goals=goals)
    session.commit()
    words = words_of(client.get("/goals/together").text)
    # 6 of 13 have both: 6 * 13 / (6 * 6) = 2.17 times what chance would give, 36 / 13 = 2.8.
    assert "1 No poverty 2 Zero hunger 6 2.8 2.2 times as often as expected" in words
    assert "5 Gender equality 6 Clean water and sanitation 1 0.1 Too few to say" in words
    links = re.findall(r'href="(/search[^"]*with_goal=[^"]*)"[^>]*>(\d+)<', client.get("/goals/together").text)
    both, count = links[0]
    assert f"{count} results" in words_of(client.get(html.unescape(both)).text)
    pair = _rows(client, "/goals/together.csv")[0]
    assert (pair["goal"], pair["with_goal"], pair["initiatives"], pair["expected"]) == ("1", "2", "6", "2.77")


def test_an_empty_catalogue_has_pages_too(client: FlaskClient) -> None:
    for path in ("/goals", "/goals/missing", *(f"/goals/counts?by={by}" for by in AXES)):
        assert client.get(path).status_code == 200
    assert "No initiative works for two goals yet." in client.get("/goals/together").text
    assert "No initiative works for this goal yet." in client.get("/goals/14").text
    assert len(_rows(client, "/goals.csv")) == 17
    assert _rows(client, "/goals/missing.csv") == []


def test_a_goal_tells_its_targets_cities_evidence_and_years(session: Session, client: FlaskClient) -> None:
    city = make_city(session, "Made-up Harbour")
    facts = {"cities": (city,), "goals": (14,)}
    make_initiative(session, targets=("14.1",), challenges=("flooding",), start_year=2011, evidence_level=2, **facts)
    make_initiative(session, targets=("14.1",), technologies=("sensors-iot",), start_year=2014, **facts)
    make_initiative(session, **facts)
    session.commit()
    words = words_of(client.get("/goals/14").text)
    assert "3 initiatives" in words
    assert "1 of 10 targets have an initiative." in words
    assert re.search(r"14\.1 .*? 2 initiatives 9 targets without initiatives 14\.2 .*? None yet", words)
    assert "Made-up Harbour India 3" in words
    assert "2 Data that show a change 1" in words
    assert "Not known 2" in words
    assert "2011 1 2012 0 2013 0 2014 1" in words
    assert "The start year of 1 initiative is not known." in words
    assert "Flooding 1 1 Too few to say" in words
    assert "Sensors and connected devices 1 1 Too few to say" in words


def test_every_chart_has_its_numbers_and_every_file_can_be_fetched(visitor: FlaskClient) -> None:
    for path in ("/goals/counts", "/goals/counts?by=income", "/goals/11"):
        page = visitor.get(path).text
        charts = re.findall(r'<figure class="chart".*?</figure>', page, re.DOTALL)
        assert len(charts) == 2
        for chart in charts:
            assert re.search(r'<tr data-count="\d+"', chart)
            assert re.search(r'href="[^"]+\.csv[^"]*"[^>]* download', chart)
        # Lists of initiatives may be empty, such as that of pictures.
        for address in re.findall(r'href="([^"?]+\.csv(?:\?by=[^"]*)?)"[^>]* download', page):
            assert _rows(visitor, unescape(address))


@pytest.mark.both_databases
def test_the_numbers_of_the_files_are_those_of_the_pages(visitor: FlaskClient) -> None:
    for by in AXES:
        cells = {tuple(cell[0] for cell in row[:-1]) for row in _matrix(visitor.get(f"/goals/counts?by={by}").text)[1:]}
        by_goal: dict[str, list[str]] = {}
        for row in _rows(visitor, f"/goals.csv?by={by}"):
            # The page names what has nothing on record beneath its table.
            if row["all_initiatives"] != "0":
                by_goal.setdefault(row["goal"], []).append(row["initiatives"])
        assert {tuple(counts) for counts in by_goal.values()} == cells


@pytest.mark.both_databases
def test_a_goals_files_add_up(visitor: FlaskClient) -> None:
    total = int(next(row for row in _rows(visitor, "/goals.csv") if row["goal"] == "11")["initiatives"])
    for what in ("evidence", "time"):
        assert sum(int(row["initiatives"]) for row in _rows(visitor, f"/goals/11/{what}.csv")) == total
    targets = _rows(visitor, "/goals/11/targets.csv")
    assert [row["target"] for row in targets][:2] == ["11.1", "11.2"]
    assert "0" in {row["initiatives"] for row in targets}
    assert {"challenge", "challenge_label", "times_expected"} <= set(_rows(visitor, "/goals/11/challenges.csv")[0])


def test_a_label_that_a_spreadsheet_would_run_comes_as_text(session: Session, client: FlaskClient) -> None:
    session.get_one(Challenge, "flooding").label = '=HYPERLINK("https://evil.example")'
    session.get_one(Country, "IN").name = "@SUM(A1)"
    make_initiative(session, goals=(14,), challenges=("flooding",))
    session.commit()
    assert _rows(client, "/goals/14/challenges.csv")[0]["challenge_label"].startswith("'=HYPERLINK")
    assert _rows(client, "/goals/14/cities.csv")[0]["country"] == "'@SUM(A1)"


def test_machines_are_told_of_the_files(visitor: FlaskClient) -> None:
    terms, dataset = jsonld_of(visitor.get("/goals").text)["@graph"]
    assert len(terms["hasDefinedTerm"]) == 17
    for file in dataset["distribution"]:
        assert _rows(visitor, file["contentUrl"]), file["name"]


@pytest.mark.parametrize("path", ["/goals/18/time.csv", "/goals/11/secrets.csv", "/goals/0"])
def test_what_there_is_not_is_not_found(visitor: FlaskClient, path: str) -> None:
    assert visitor.get(path).status_code == 404


def test_files_keep_their_labels_whatever_the_reader_speaks(visitor: FlaskClient) -> None:
    german = visitor.get("/goals.csv?by=region", headers={"Accept-Language": "de"})
    assert german.data == visitor.get("/goals.csv?by=region").data
    assert 'filename="citypeers-goals-by-region-' in german.headers["Content-Disposition"]


def test_the_tables_of_goals_are_offered_in_each_format(visitor: FlaskClient) -> None:
    for path, asked in (
        ("/goals", ""),
        ("/goals/counts", ""),
        ("/goals/counts", "?by=income"),
        ("/goals/together", ""),
        ("/goals/missing", ""),
    ):
        page = visitor.get(f"{path}{asked}{'&' if asked else '?'}goal=3").text
        menu, *_of_charts = re.findall(r"<details class=.downloads.*?</details>", page, re.DOTALL)
        for code in ("csv", "xlsx", "json"):
            address = f"{path}.{code}{asked}"
            assert f'href="{address}"' in menu
            assert re.search(rf'<link rel="alternate"[^>]*href="{re.escape(address)}"', page)
            assert visitor.get(address).status_code == 200
        rows = _rows(visitor, f"{path}.csv{asked}")
        told = json.loads(visitor.get(f"{path}.json{asked}").text)["rows"]
        assert [{name: _as_csv(cell) for name, cell in row.items()} for row in told] == rows
        header, *cells = (
            openpyxl.load_workbook(io.BytesIO(visitor.get(f"{path}.xlsx{asked}").data)).worksheets[0].values
        )
        assert [dict(zip(header, row, strict=True)) for row in cells] == told
        assert visitor.get(f"{path}{asked}", headers={"Accept": "text/csv"}).data == (
            visitor.get(f"{path}.csv{asked}").data
        )
    assert visitor.get("/goals.csv?by=income").data == visitor.get("/goals/counts.csv?by=income").data


def _as_csv(cell: str | float | None) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)


def test_a_file_of_goals_tells_what_it_cannot_be_asked(visitor: FlaskClient) -> None:
    assert '<summary class="action">' not in visitor.get("/goals/counts?by=moon").text, "its files would be refused"
    for address in (
        "/goals.csv?by=moon",
        "/goals/counts.json?by=moon",
        "/goals.csv?goal=3",
        "/goals/counts.csv?goal=3",
    ):
        refused = visitor.get(address)
        assert (refused.status_code, refused.mimetype) == (400, "text/plain"), address
    assert "Use one of: region, income, size, decade." in visitor.get("/goals.csv?by=moon").text


def test_gaps_on_the_page_are_those_of_the_room(session: Session, client: FlaskClient) -> None:
    for _ in range(queries.ENOUGH):
        make_initiative(session, goals=(11,))
    session.commit()
    told = Counter(row["region"] for row in _rows(client, "/goals/missing.csv"))
    assert told == {"southern-asia": 16}
    page = client.get("/goals/missing").text
    assert page[page.index('class="missing"') :].count('href="/goals/') >= 16


@pytest.mark.parametrize("by", [*AXES, "moon"])
def test_old_addresses_that_divide_the_goals_lead_to_their_page(client: FlaskClient, by: str) -> None:
    answer = client.get(f"/goals?by={by}")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"/goals/counts?by={by}")


def test_old_anchors_of_the_goals_are_there_and_lead_to_their_pages(visitor: FlaskClient) -> None:
    page = visitor.get("/goals").text
    for anchor, path in (
        ("matrix", "/goals/counts"),
        ("shares", "/goals/counts#shares"),
        ("together", "/goals/together"),
        ("missing", "/goals/missing"),
    ):
        section = page[page.index(f'<li id="{anchor}">') :]
        assert re.search(r'href="([^"]+)"', section)[1] == path  # type: ignore[index] # None fails as it should
        assert visitor.get(path).status_code == 200
