"""Making a download that can be cited: the form, its page, its files, and what is said when something fails."""

import csv
import io
import json
import re
from dataclasses import replace
from hashlib import sha256

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config import Config
from kb.core.db import Database
from kb.exporting.downloads import actions, making, queries
from kb.exporting.downloads.making import DownloadMaker
from kb.exporting.formats import FORMATS
from kb.exporting.releases.writing import make_release
from tests.factories import make_city, make_initiative, make_source
from tests.sign_in import token_in


@pytest.fixture
def maker(app: Flask) -> DownloadMaker:
    return app.extensions["kb_downloads"]


def fill(database: Database) -> None:
    with database.writing() as session:
        for number in range(3):
            make_initiative(
                session,
                f"Made-up flood wall {number}",
                (make_city(session, f"Made-up Port {number}"),),
                goals=(11,),
                sources=(make_source(session, f"https://example.org/wall-{number}"),),
            )


def send(client: FlaskClient, **fields: str):
    token = token_in(client.get("/downloads/new").text)
    return client.post("/downloads", data={"csrf_token": token, **fields})


def test_a_search_becomes_a_page_with_a_file_its_checksum_and_citations(
    database: Database, client: FlaskClient
) -> None:
    fill(database)
    address = "/downloads/new?q=flood&amp;kind=initiative&amp;goal=11"
    assert f'href="{address}"' in client.get("/search?q=flood&goal=11&kind=initiative&page=1").text
    for page in ("/goals/11", "/challenges/flooding", "/technologies/open-data", "/cities"):
        assert 'href="/downloads/new?kind=' in client.get(page).text, page
    form = client.get("/downloads/new?q=flood&goal=11&kind=initiative&goal=99&format=json").text
    for words in ("“flood”", "Sustainable cities and communities", "3 entries", "there is no “99”"):
        assert words in form
    assert 'value="json" required checked' in " ".join(form.split())
    answer = send(client, q="flood", goal="11", kind="initiative", format="csv")
    assert answer.status_code == 303
    again = send(client, q="\x01flood\u200b\n", goal="11", kind="initiative", format="csv")
    assert again.location == answer.location, "what cannot be seen makes no other question, and breaks no citation"
    page = client.get(answer.location)
    file = client.get(f"{answer.location}/data.csv")
    checksum = sha256(file.data).hexdigest()
    assert page.status_code == 200
    for words in (
        checksum,
        "Initiatives, “flood”, Goal: 11 Sustainable cities and communities",
        "[Data set]",
        "Southern Asia",
    ):
        assert words in page.text
    whole = f"http://localhost{answer.location}"
    search = "/search?q=flood&amp;kind=initiative&amp;goal=11"
    assert f'href="{search}" rel="nofollow">http://localhost{search}</a>' in page.text
    assert f'<{whole}>; rel="cite-as"' in page.headers["Link"]
    assert f'<{whole}/data.csv>; rel="item"; type="text/csv"' in page.headers["Link"]
    described = json.loads(
        re.findall(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', page.text, re.DOTALL)[0]
    )
    assert (described["@type"], described["distribution"][0]["sha256"]) == ("Dataset", checksum)
    assert len(list(csv.DictReader(io.StringIO(file.text.removeprefix("\ufeff"))))) == 3
    assert file.headers["Content-Disposition"].startswith('attachment; filename="citypeers-20')
    assert file.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in file.headers
    head = client.head(f"{answer.location}/data.csv")
    assert (head.status_code, head.headers["Content-Length"], head.headers["ETag"]) == (
        200,
        str(len(file.data)),
        f'"{checksum}"',
    )
    unchanged = client.get(f"{answer.location}/data.csv", headers={"If-None-Match": f'"{checksum}"'})
    assert unchanged.status_code == 304
    whole_entries = send(client, q="flood", goal="11", kind="initiative", format="json").location
    packed = client.get(f"{whole_entries}/data.json", headers={"Accept-Encoding": "zstd"})
    again = {"Accept-Encoding": "zstd", "If-None-Match": packed.headers["ETag"]}
    known = client.get(f"{whole_entries}/data.json", headers=again)
    assert (packed.headers["Content-Encoding"], known.status_code) == ("zstd", 304)
    known.close()
    # Servers close every answer; the client of tests only those that were read.
    head.close()
    unchanged.close()
    sources = client.get(f"{answer.location}/sources.csv").text
    assert sources.count("https://example.org/wall-") == 3
    assert "region,southern-asia,Southern Asia,3,1,3,1" in client.get(f"{answer.location}/coverage.csv").text
    assert checksum in client.get(f"{answer.location}/citation.bib").text
    assert answer.location in client.get(f"{answer.location}/citation.ris").text
    assert client.get(f"{answer.location}/data.json").status_code == 404
    assert client.get("/downloads/made-up").status_code == 404


def test_a_download_by_start_years_says_what_they_leave_out(database: Database, client: FlaskClient) -> None:
    with database.writing() as session:
        make_initiative(session, "Made-up levee", (make_city(session),), start_year=2016)
    told = "Entries whose start year is not known are left out"
    dated = send(client, kind="initiative", year_from="2015", format="csv").location
    assert told in client.get(dated).text
    assert told not in client.get(send(client, kind="initiative", format="csv").location).text


def test_values_of_one_filter_are_cited_once_in_their_order_as_alternatives(
    database: Database, client: FlaskClient
) -> None:
    with database.writing() as session:
        city = make_city(session, "Made-up Port", place={"population": 600_000})
        make_initiative(session, "Made-up wall", (city,))
    token = token_in(client.get("/downloads/new").text)
    chosen = {"size": ["1m-5m", "500k-1m", "100k-500k"], "city": [city.slug]}
    answer = client.post("/downloads", data={"csrf_token": token, "kind": "initiative", "format": "csv"} | chosen)
    sizes = "Size of the city: 100,000 to 500,000 or 500,000 to 1 million or 1 to 5 million"
    assert f"Initiatives, {sizes}, City: Made-up Port" in client.get(answer.location).text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "initiative"}, "Choose a format."),
        ({"format": "csv"}, "Choose what the file should list."),
        ({"kind": "goal", "format": "pdf"}, "Choose a format."),
        ({"kind": "leader", "format": "csv"}, "there is nothing to download"),
    ],
)
def test_a_form_with_something_wrong_comes_back_as_it_was(
    database: Database, client: FlaskClient, fields: dict[str, str], words: str
) -> None:
    fill(database)
    answer = send(client, q="flood", **fields)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'name="q" value="flood"' in answer.text


def test_who_asks_too_often_is_told_when_to_come_back_and_loses_nothing(
    database: Database, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(database)
    monkeypatch.setattr("kb.web.downloads.views.BY_ADDRESS", "1 per hour")
    assert send(client, q="flood", kind="initiative", format="csv").status_code == 303
    refused = send(client, q="flood", kind="initiative", format="json")
    assert (refused.status_code, 3_500 < int(refused.headers["Retry-After"]) <= 3_600) == (429, True)
    assert 'name="q" value="flood"' in refused.text
    assert client.get("/downloads").location == "/data"


def test_a_large_download_is_made_while_its_page_looks_again(
    database: Database, client: FlaskClient, maker: DownloadMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(database)
    monkeypatch.setattr("kb.exporting.downloads.making.SMALL", 1)
    monkeypatch.setattr(maker, "make_later", lambda _id: None)
    address = send(client, kind="initiative", format="csv").location
    waiting = client.get(address)
    assert (waiting.status_code, waiting.headers["Refresh"]) == (202, "3")
    assert "The download is being made" in waiting.text
    assert client.get(f"{address}/data.csv").status_code == 404
    monkeypatch.undo()
    client.get(address)
    maker.wait()
    assert client.get(address).status_code == 200


def test_what_went_wrong_is_said_in_a_sentence(
    database: Database, client: FlaskClient, maker: DownloadMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(database)
    address = send(client, kind="initiative", format="json").location
    with database.reading() as session:
        download = queries.download_by_code(session, address.rpartition("/")[2])
    maker._files.remove(download.checksum or "")
    with monkeypatch.context() as patch:
        patch.setitem(making.FORMATS, "json", replace(FORMATS["json"], write=lambda *_: iter([b"{}"])))
        gone = client.get(f"{address}/data.json")
    assert gone.status_code == 410
    assert "is no longer available" in client.get(address).text
    assert str(download.checksum) in gone.json["error"]
    assert sha256(b"{}").hexdigest() in gone.json["error"]
    with monkeypatch.context() as patch:
        patch.setattr(maker, "make", lambda _id: None)
        failing = send(client, kind="city", format="csv").location
    with database.writing() as session:
        waiting = queries.download_by_code(session, failing.rpartition("/")[2])
        actions.note_failed(session, waiting.id, making.NO_SPACE)
    failed = client.get(failing)
    assert failed.status_code == 503
    assert "no space left" in failed.text
    assert send(client, kind="city", format="csv").location == failing
    assert client.get(failing).status_code == 200


def test_all_data_are_listed_as_releases_with_what_changed_and_what_each_column_means(
    database: Database, client: FlaskClient, config: Config
) -> None:
    assert "There is no release yet." in client.get("/data").text
    fill(database)
    first, _ = make_release(database, config.releases_folder, "https://peers.example")
    with database.writing() as session:
        make_initiative(session, "Made-up fourth wall")
    second, _ = make_release(database, config.releases_folder, "https://peers.example")
    page = client.get("/data").text
    assert page.index(second.version) < page.index(first.version)
    for words in (
        "2 added, 0 changed, 0 withdrawn, 0 merged",
        "The first release.",
        second.checksum,
        "initiatives-outcomes",
    ):
        assert words in page
    assert f"(Version {second.version}) [Data set]. http://localhost/data/releases/{second.name}" in page
    with client.get(f"/data/releases/{second.archive}") as archive:
        assert sha256(archive.data).hexdigest() == second.checksum
        assert archive.headers["Content-Disposition"] == f'attachment; filename="{second.archive}"'
        assert archive.headers["Access-Control-Allow-Origin"] == "*"
    codebook = client.get("/data/codebook.csv").text
    assert "initiatives-outcomes,is_target," in codebook
    assert "low = Low income; lower-middle = Lower-middle income" in codebook, "as in a workbook"
    assert client.get(f"/data/releases/{first.name}").location == f"/data#{first.name}"
    assert second.checksum in client.get(f"/data/releases/{second.name}.bib").text
    assert f"ET  - {second.version}" in client.get(f"/data/releases/{second.name}.ris").text
    for path in ("citypeers-2020-01-01-1.zip", "citypeers-2020-01-01-1", "made-up.bib", "..%2f..%2fkb.zip"):
        assert client.get(f"/data/releases/{path}").status_code == 404
