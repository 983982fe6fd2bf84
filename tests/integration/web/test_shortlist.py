"""An adviser collects entries for a meeting, and takes them along as a brief."""

import base64
import html
import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import docx
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb.pdf.maker import PdfMaker
from kb.web.core import pdf
from kb.web.core.assets import VENDOR
from tests.factories import make_city, make_initiative, make_source
from tests.waiting import wait_until

from .page_readers import counted_queries, words_of

LIST = "initiative=petajakarta-flood-map-from-social-media&city=surat"
MAP = "PetaJakarta flood map from social media"


def test_the_address_is_the_list(visitor: FlaskClient) -> None:
    page = visitor.get(f"/shortlist?{LIST}")
    words = words_of(page.text)
    assert words.index(MAP) < words.index("Lower-middle income")
    assert "2 entries, as of" in words
    contents = re.findall(r'<a href="#(entry-\d)"', page.text)
    assert contents == ["entry-1", "entry-2"], "what is on the list comes before all that can be done with it"
    assert all(f'id="{target}"' in page.text for target in contents)
    assert page.text.index('href="#entry-2"') < page.text.index('id="brief-title"')
    assert "seen 28 Nov 2026" in words
    assert f"http://localhost/shortlist?{LIST}".replace("&", "&amp;") in page.text
    assert 'href="/shortlist?city=surat"' in page.text
    assert "noindex" in page.text


def test_an_empty_list_says_how_to_begin(visitor: FlaskClient) -> None:
    assert "Press “Save” on any initiative or city" in words_of(visitor.get("/shortlist").text)


def test_what_is_not_there_is_said(visitor: FlaskClient) -> None:
    words = words_of(visitor.get("/shortlist?city=atlantis&initiative=%00&initiative=nope").text)
    assert "There is no city “atlantis”" in words
    assert "There is no initiative “nope”" in words


def test_no_more_than_thirty_fit(session: Session, client: FlaskClient) -> None:
    slugs = [make_city(session).slug for _ in range(31)]
    session.commit()
    words = words_of(client.get("/shortlist?" + "&".join(f"city={slug}" for slug in slugs)).text)
    assert "A saved list has at most 30 entries. The others were left out." in words


def test_what_is_not_there_takes_no_place_of_the_thirty(visitor: FlaskClient) -> None:
    query = "&".join(f"city=made-up-{number}" for number in range(31)) + "&city=surat"
    words = words_of(visitor.get(f"/shortlist?{query}").text)
    assert "A saved list has at most 30 entries" not in words
    assert "Surat" in words


def test_without_javascript_links_carry_the_list_on(visitor: FlaskClient) -> None:
    assert 'href="/shortlist?initiative=petajakarta-flood-map-from-social-media"' in (
        visitor.get("/initiatives/petajakarta-flood-map-from-social-media").text
    )
    page = visitor.get("/shortlist?city=surat&add=petajak")
    assert 'href="/shortlist?city=surat&amp;initiative=petajakarta-flood-map-from-social-media"' in page.text
    assert "No other initiative or city begins with “qqqq”" in words_of(visitor.get("/shortlist?add=qqqq").text)


def test_a_brief_says_every_fact_and_in_one_line_every_gap(session: Session, client: FlaskClient) -> None:
    entry = make_initiative(
        session, "Made-up <Shade> & Trees", sources=(make_source(session, "https://example.org/shade"),)
    )
    session.commit()
    text = client.get(f"/shortlist/brief.html?initiative={entry.slug}").text
    assert "Made-up &lt;Shade&gt; &amp; Trees" in text
    assert "Not known" not in text
    assert (
        "Not published: what was done, results, strength of the evidence, cost, legal basis, staff, time, "
        "prerequisites, what was learned, contact." in words_of(text)
    ), "in the words of the entry's own page"
    assert "<dt>Cost</dt>" not in text
    assert "https://example.org/shade" in text
    assert "day seen not known" in text
    assert f"http://localhost/initiatives/{entry.slug}" in text


def test_the_html_brief_is_one_file_that_needs_nothing_else(visitor: FlaskClient) -> None:
    response = visitor.get(f"/shortlist/brief.html?{LIST}")
    assert re.fullmatch(
        r'attachment; filename="citypeers-brief-\d{4}-\d\d-\d\d\.html"', response.headers["Content-Disposition"]
    )
    text = response.text
    fetched = re.findall(r'(?:\bsrc=|url\()"?([^")\s]+)', text)
    assert fetched
    assert all(address.startswith("data:font/woff;base64,") for address in fetched)
    assert all(base64.b64decode(address.split(",")[1])[:4] == b"wOFF" for address in fetched)
    assert not re.search(r"<(script|link|img|iframe)\b", text)


QUESTION = "for=surat&challenge=flooding&question=How+do+we+warn+people%3F"


def test_the_docx_brief_compares_the_peers(visitor: FlaskClient) -> None:
    response = visitor.get(f"/shortlist/brief.docx?{LIST}&city=jakarta&city=dar-es-salaam&{QUESTION}")
    assert response.mimetype.endswith("wordprocessingml.document")
    assert response.headers["Content-Disposition"].endswith('.docx"')
    document = docx.Document(BytesIO(response.data))
    assert document.paragraphs[0].text == "How do we warn people?"
    assert [row.cells[0].text for row in document.tables[0].rows] == [
        "City",
        "Jakarta\nIndonesia",
        "Dar es Salaam\nTanzania",
    ]


@pytest.mark.parametrize("place", ["1255364", "surat", "Surat", "Surat, India"])
def test_a_brief_says_whose_it_is_and_for_what_question(visitor: FlaskClient, place: str) -> None:
    query = {"city": "jakarta", "for": place, "question": "How do we warn people?"}
    text = words_of(visitor.get("/shortlist", query_string=query).text)
    assert "For Surat, India." in text
    brief = visitor.get("/shortlist/brief.html", query_string=query).text
    assert "How do we warn people?</h1>" in brief
    assert "Surat, India; " in brief
    assert "Alike:" in words_of(brief)
    assert "<strong>Challenges:</strong> " in brief, "those that the page of the city names"


def test_what_is_not_understood_of_a_question_is_said_and_kept(visitor: FlaskClient) -> None:
    query = {"city": "jakarta", "for": "Nirgendwo <1>", "challenge": "boredom", "question": "مَن يسأل؟"}
    page = visitor.get("/shortlist", query_string=query)
    assert page.status_code == 200
    assert "No place called “Nirgendwo &lt;1&gt;” is known." in page.text
    assert "There is no challenge “boredom”. It was left out." in page.text
    assert 'value="Nirgendwo &lt;1&gt;"' in page.text
    assert 'value="مَن يسأل؟"' in page.text
    brief = visitor.get("/shortlist/brief.html", query_string=query).text
    assert "Nirgendwo &lt;1&gt;" in brief
    assert "No city was chosen for this brief" in brief


def test_a_question_that_is_too_long_is_cut_and_said_so(visitor: FlaskClient) -> None:
    for path in ("/shortlist", "/shortlist/brief.html"):
        text = visitor.get(path, query_string={"city": "jakarta", "question": "Warum? " * 1_000}).text
        assert "The question is longer than 300 characters. The rest was left out." in text


@pytest.mark.parametrize("place", ["99999999999999999999", "0", "\0", "-", "½"])
def test_no_place_of_an_address_is_an_error(visitor: FlaskClient, place: str) -> None:
    for path in ("/shortlist", "/shortlist/brief.html", "/shortlist/brief.docx"):
        assert visitor.get(path, query_string={"city": "jakarta", "for": place}).status_code == 200


def test_of_several_places_with_one_name_the_reader_chooses(visitor: FlaskClient) -> None:
    page = visitor.get("/shortlist?city=jakarta&for=Springfield&question=Why")
    assert "Which is yours?" in page.text
    links = [html.unescape(link) for link in re.findall(r'href="(/shortlist\?[^"]*for=\d[^"]*)"', page.text)]
    assert len(links) > 1
    assert "For Springfield" in words_of(visitor.get(links[0]).text)
    assert "question=Why" in links[0]


def test_every_link_of_the_list_keeps_the_question(visitor: FlaskClient) -> None:
    text = visitor.get(f"/shortlist?city=surat&city=jakarta&add=petajak&{QUESTION}").text
    links = [html.unescape(link) for link in re.findall(r'href="(/shortlist[^"]*\?[^"]*)"', text)]
    assert len(links) > 4
    assert all(link.endswith(QUESTION) for link in links if "Change" not in link and "for=" in link), links
    assert sum("for=" not in link for link in links) == 1, "only the one that changes the city lets go of it"


def test_peers_of_a_page_make_a_brief(visitor: FlaskClient) -> None:
    text = visitor.get("/peers?place=1255364&challenge=flooding:met").text
    (link,) = re.findall(r'href="(/shortlist[^"]*)"[^>]*>Make a brief of these peers', text)
    link = html.unescape(link)
    assert (link.count("initiative="), link.count("city=")) == (5, 3), "what peers did about it, then the closest"
    assert link.endswith("&for=1255364&challenge=flooding")
    words = words_of(visitor.get(link).text)
    assert "For Surat, India." in words
    assert "8 entries, as of" in words


@pytest.mark.skipif(not pdf.pango_is_there(), reason="PDF needs Pango: make test installs it where it may")
@pytest.mark.parametrize(
    "asked", ["place=1255364&challenge=flooding:met", "place=3652350&challenge=flooding&challenge=waste"]
)
def test_on_paper_the_comparison_is_the_first_page_alone(visitor: FlaskClient, asked: str) -> None:
    from weasyprint import HTML  # only where Pango is

    text = visitor.get(f"/peers?{asked}").text
    (link,) = re.findall(r'href="(/shortlist[^"]*)"[^>]*>Make a brief of these peers', text)
    brief = visitor.get(html.unescape(link).replace("/shortlist?", "/shortlist/brief.html?")).text
    with_table = [
        number
        for number, page in enumerate(HTML(string=brief).render().pages, 1)
        if any(box.element_tag == "table" for box in page._page_box.descendants())
    ]
    assert with_table == [1]


@pytest.mark.skipif(not pdf.pango_is_there(), reason="PDF needs Pango: make test installs it where it may")
def test_the_pdf_brief_is_a_pdf(visitor: FlaskClient) -> None:
    response = visitor.get(f"/shortlist/brief.pdf?{LIST}")
    assert response.mimetype == "application/pdf"
    assert response.data.startswith(b"%PDF-")
    assert "brief-" in response.headers["Content-Disposition"]


@pytest.mark.skipif(not pdf.pango_is_there(), reason="PDF needs Pango: make test installs it where it may")
def test_a_brief_that_cannot_be_waited_for_comes_by_itself(
    visitor: FlaskClient, seeded_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pdfs = PdfMaker(tmp_path, waiting=0, fonts=VENDOR)
    monkeypatch.setitem(seeded_app.extensions, "kb_pdfs", pdfs)
    try:
        later = visitor.get(f"/shortlist/brief.pdf?{LIST}")
        assert later.status_code == 503
        assert later.headers["Retry-After"] == later.headers["Refresh"] == "10"
        assert "The PDF is being made" in words_of(later.text)
        (file,) = re.findall(r'href="(/shortlist/brief.html[^"]*)">Download the HTML file', later.text)
        assert visitor.get(html.unescape(file)).status_code == 200
        wait_until(lambda: list(tmp_path.glob("*.pdf")))
        assert visitor.get(f"/shortlist/brief.pdf?{LIST}").data.startswith(b"%PDF-")
    finally:
        pdfs.close()


def test_where_pango_is_missing_the_page_says_so_and_offers_html(
    visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "_LIBRARIES", ("pango-that-nobody-has",))
    pdf.pango_is_there.cache_clear()
    try:
        page = visitor.get(f"/shortlist?{LIST}")
        assert "This server cannot make PDF files" in words_of(page.text)
        assert "brief.pdf" not in page.text
        assert "brief.html" in page.text
        refused = visitor.get(f"/shortlist/brief.pdf?{LIST}")
        assert refused.status_code == 503
        assert "This server cannot make PDF files" in words_of(refused.text)
    finally:
        pdf.pango_is_there.cache_clear()


def test_a_site_starts_without_weasyprint_in_memory() -> None:
    code = "import sys, kb.app; sys.exit('weasyprint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_long_list_costs_as_many_queries_as_a_short_one(session: Session, app: Flask) -> None:
    counts = []
    # Whoever comes first waits for profiles, which others find.
    app.test_client().get(f"/shortlist/brief.html?city={make_city(session).slug}&city=nope&for=nowhere")
    for items in (1, 3):
        entries = [make_initiative(session, sources=(make_source(session),)) for _ in range(items)]
        cities = [make_city(session, challenges=("heat",)) for _ in range(items)]
        session.commit()
        pairs = [f"initiative={initiative.slug}" for initiative in entries] + [f"city={city.slug}" for city in cities]
        pairs += [f"city={cities[0].slug}", f"for={cities[0].slug}"]
        for path in ("/shortlist", "/shortlist/brief.html"):
            with counted_queries(app) as statements:
                assert app.test_client().get(f"{path}?" + "&".join(pairs)).status_code == 200
            counts.append(len(statements))
    assert counts[:2] == counts[2:], statements
