"""Long words, addresses and numbers break: no page is wider than a phone, and nothing runs off the paper."""

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import String, Text, select, update

from config import Config
from kb.app import create_app
from kb.catalogue.entries import ENTRIES, EntryKind, snapshot
from kb.catalogue.models import Initiative, Outcome, Source
from kb.core.db import Database, Model
from kb.editorial.actions import drafting
from kb.forum import queries
from kb.forum.live import session_control
from kb.importing import actions as importing
from kb.search import indexing
from kb.web.core import context, pdf
from kb.web.forum import programme_page
from kb.web.forum.views import briefs
from tests.factories import make_initiative, make_source, make_user
from tests.forum_factories import NOON, asked, make_dialogue
from tests.spreadsheets import as_csv

from . import browser_pages
from .browser_pages import PHONE, Visit

WORD = "Donaudampfschifffahrtselektrizitätenhauptbetrieb"
ADDRESS = f"https://{'a' * 60}.example.org/{'b' * 120}/{'c' * 60}.html?{'d' * 80}=1"
TABLES = (
    "challenges", "cities", "countries", "forum_questions", "forum_sessions", "forum_slots", "forum_speakers",
    "forum_statements", "forums", "import_rows", "initiatives", "leader_terms", "leaders", "outcomes", "partners",
    "regions", "technologies", "users", "visions",
)  # fmt: skip
STEPS = tuple(step.code for step in ENTRIES[EntryKind.INITIATIVE].steps)
CODES = re.compile(r"slug|url|email|hash|stamp|website|timezone|sort_key|language|code|folded|continent|income_group")


@pytest.fixture(scope="module")
def hostile_config(seeded_config: Config, tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A copy of the seeded site in which every name and text begins with a long word and ends with a long address."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "kb.sqlite3").write_bytes(Path(Database(seeded_config.database_url).url.database or "").read_bytes())
    database = Database(f"sqlite:///{folder / 'kb.sqlite3'}")
    with database.writing() as session:
        editor = make_user(session, "administrator", email="adi@city.example", name="Adi Made-up")
        dialogue = make_dialogue(session, short_code="longer")
        session_control.take_step(session, dialogue, "started", 0, NOON)
        for number in range(1, 4):
            asked(session, dialogue, "Made up: what did it cost?", number).state = "approved"
        make_initiative(session, "hostile", slug="hostile", sources=(make_source(session, ADDRESS),))
        entry = session.scalars(select(Initiative).where(Initiative.slug.startswith("petajakarta"))).one()
        changed = snapshot(EntryKind.INITIATIVE, entry) | {"title": f"{WORD}, changed", "contact": ADDRESS}
        drafting.start(session, editor, EntryKind.INITIATIVE, changed, entry_id=entry.id)
        proposal = drafting.start(session, editor, EntryKind.INITIATIVE, changed | {"summary": WORD * 4})
        drafting.submit(session, editor, proposal.id, seen=proposal.version)
        rows = [[WORD, f"{WORD} {ADDRESS}", WORD]]
        importing.upload(session, editor, as_csv(rows, heading=("title", f"A{WORD}", "city")), f"{WORD}.csv")
    with database.writing() as session:
        for table in map(Model.metadata.tables.__getitem__, TABLES):
            texts = [
                column
                for column in table.columns
                if isinstance(column.type, Text) or (isinstance(column.type, String) and (column.type.length or 0) > 99)
            ]
            values = {column.name: WORD + column + f" {ADDRESS}" for column in texts if not CODES.search(column.name)}
            if values:
                session.execute(update(table).values(values), execution_options={"unlogged": True})
        session.execute(
            update(Initiative.__table__).values(cost_amount=10**15, cost_currency="IDR", language="en"),
            execution_options={"unlogged": True},
        )
        session.execute(update(Outcome.__table__).values(value=1234567890123.5), execution_options={"unlogged": True})
        session.execute(update(Source.__table__).values(title=WORD * 3), execution_options={"unlogged": True})
    indexing.rebuild(database, folder / "search_index")
    database.dispose()
    return dataclasses.replace(
        seeded_config,
        database_url=f"sqlite:///{folder / 'kb.sqlite3'}",
        search_index=folder / "search_index",
        instance=folder / "instance",
    )


@pytest.fixture(scope="module")
def hostile_app(hostile_config: Config) -> Iterator[Flask]:
    app = create_app(hostile_config)
    _ = app.extensions["kb_peers"].gazetteer
    yield app
    app.extensions["kb_search"].close()
    app.extensions["kb_mail"].close()
    app.extensions["kb_database"].dispose()


@pytest.fixture(scope="module")
def site(hostile_app: Flask) -> Iterator[str]:
    """The address of that site."""
    with browser_pages.served(hostile_app) as address:
        yield address


INITIATIVE = "petajakarta-flood-map-from-social-media"
PUBLIC = [
    "/",
    "/search",
    f"/search?q={WORD}",
    f"/search?q={'x' * 300}",
    f"/initiatives/{INITIATIVE}",
    f"/initiatives/{INITIATIVE}/history",
    f"/initiatives/{INITIATIVE}/report",
    "/peers/challenges?city=surat",
    "/initiatives/hostile",
    "/cities",
    "/cities/jakarta",
    "/cities/jakarta/peers",
    "/leaders/basuki-tjahaja-purnama",
    "/visions/jakarta-smart-city-programme",
    "/goals",
    "/goals/11",
    "/goals/missing",
    "/goals/together",
    "/goals/counts",
    f"/goals/suggest?text={WORD}",
    "/challenges",
    "/challenges/flooding",
    "/technologies",
    "/technologies/early-warning",
    "/map",
    f"/peers?q={WORD}",
    "/peers",
    "/compare?city=surat&city=jakarta&city=dar-es-salaam",
    "/about",
    "/data",
    f"/downloads/new?q={WORD}",
    "/peers/method",
    f"/no/such/{WORD * 3}",
    f"/shortlist?initiative={INITIATIVE}&city=surat",
    "/forum",
    "/forum/made-up-dialogue",
    "/forum/made-up-dialogue/poster",
    "/forum/made-up-dialogue/screen",
    "/f/longer",
    "/f/longer/ask",
    "/sign-in",
]
DESK = [
    "/desk",
    "/desk/queue",
    "/desk/boards",
    "/desk/boards/stale",
    "/desk/boards/incomplete",
    "/desk/boards/unsourced",
    "/desk/boards/doubt",
    "/desk/boards/demand",
    f"/desk/entries/initiative/{INITIATIVE}",
    f"/desk/entries/initiative/{INITIATIVE}/merge",
    "/desk/proposals/1",
    "/desk/entries/city/jakarta",
    "/desk/proposals/1/check",
    "/desk/proposals/1/preview",
    "/desk/proposals/2",
    "/desk/proposals/2/check",
    *(f"/desk/proposals/1/write/{step}" for step in STEPS),
    "/desk/imports",
    "/desk/imports/1",
    "/desk/forum",
    "/desk/forum/new",
    "/desk/forum/made-up-dialogue",
    "/desk/forum/made-up-dialogue/details",
    "/desk/forum/made-up-dialogue/brief",
    "/desk/forum/made-up-dialogue/speakers/new",
    "/forum/made-up-dialogue/console",
    "/forum/made-up-dialogue/chairs",
    "/forum/made-up-dialogue/questions",
    "/desk/questions",
    "/desk/people",
    "/desk/people/1",
    "/desk/people/invite",
    "/desk/audit",
    "/desk/sources",
    "/desk/sources/1",
    "/desk/terms",
    "/desk/terms/challenge/flooding",
    "/desk/new",
    "/account",
    "/account/keys",
]

WIDER = """() => {
  if (!document.querySelector("h1")) return "no heading";
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return "";
  const all = [...document.querySelectorAll("body *")];
  const beyond = all.filter((each) => each.getBoundingClientRect().right > width + 1);
  const deepest = beyond.filter((each) => ![...each.children].some((child) => beyond.includes(child)));
  const called = (each) => `${each.localName}.${each.className}`;
  const first = deepest.slice(0, 5).map((each) => `${called(each.parentElement)} > ${called(each)}`);
  return first.join(", ") || "wider than the window";
}"""


def too_wide(page: Page, paths: list[str]) -> dict[str, str]:
    """The pages that are wider than the window, with what of them is."""
    found = {}
    for path in paths:
        page.goto(path)
        if wider := page.evaluate(WIDER):
            found[path] = wider
    return found


def test_no_public_page_is_wider_than_a_phone(visit: Visit) -> None:
    assert too_wide(visit("/", **PHONE), PUBLIC) == {}


def test_results_in_figures_are_read_on_a_phone_without_scrolling_sideways(visit: Visit) -> None:
    page = visit("/initiatives/kigali-online-construction-permits-cpmis-bpmis", **PHONE)
    widths = page.locator("table.figures").evaluate_all(
        "tables => tables.map((table) => table.parentElement.scrollWidth - table.parentElement.clientWidth)"
    )
    assert widths, "the entry has results in figures"
    assert max(widths) == 0
    page.goto("/data")
    page.locator("#table-initiatives summary").click()
    table = page.get_by_role("region", name="initiatives", exact=True)
    assert table.evaluate("frame => frame.scrollWidth - frame.clientWidth") == 0, "nor what columns mean"


def test_no_page_of_the_desk_is_wider_than_a_phone(visit: Visit) -> None:
    page = visit("/robots.txt", **PHONE)
    browser_pages.let_in(page, "adi@city.example")
    assert too_wide(page, DESK) == {}


def beyond_the_margin(html: str) -> list[str]:
    """The texts of a document that end to the right of its page's text area."""
    # Imported where it is used: that takes as long as many tests, and every worker reads this module.
    from weasyprint import HTML
    from weasyprint.formatting_structure.boxes import TextBox
    from weasyprint.urls import URLFetcher

    document = HTML(string=html, url_fetcher=URLFetcher(allowed_protocols=("data",))).render()
    found = []
    for page in document.pages:
        box = page._page_box
        right = box.content_box_x() + box.width
        inside = (each for each in box.descendants() if isinstance(each, TextBox))
        found += [each.text for each in inside if each.position_x + each.width > right + 1]
    return found


@pytest.mark.skipif(not pdf.pango_is_there(), reason="PDF needs Pango: make test installs it where it may")
def test_nothing_runs_off_the_paper(hostile_app: Flask) -> None:
    visitor = hostile_app.test_client()
    brief = visitor.get(f"/shortlist/brief.html?initiative={INITIATIVE}&initiative=hostile&city=surat").text
    assert brief.count(ADDRESS) > 10
    assert beyond_the_margin(brief) == []
    with hostile_app.test_request_context():
        forum_session = queries.public_session(context.session(), "made-up-dialogue")
        programme = programme_page.document(forum_session)
        chair_brief = briefs.brief_document(context.session(), forum_session)
        assert WORD in programme
        assert WORD in chair_brief
        assert beyond_the_margin(programme) == []
        assert beyond_the_margin(chair_brief) == []
