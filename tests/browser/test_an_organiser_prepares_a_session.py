"""An organiser drafts a session, finds leaders while typing, puts the run of show in order by keyboard and by mouse,
announces it, and reads the chair's brief; axe reads all of it.
"""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect
from werkzeug.serving import make_server

from config import Config
from kb.app import create_app
from kb.db import Database
from tests.factories import PASSWORD, make_user

from .test_everyone_can_read_every_page import RULES


@pytest.fixture
def desk(seeded_config: Config, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The seeded site in a database of the test's own, and the address of an organiser who may sign in."""
    file = tmp_path / "site.sqlite3"
    shutil.copy(seeded_config.database_url.removeprefix("sqlite:///"), file)
    config = Config(
        database_url=f"sqlite:///{file}",
        search_index=tmp_path / "index",
        development=True,
        rate_limit="100000 per minute",
    )
    database = Database(config.database_url)
    with database.writing() as session:
        email = make_user(session, "editor").email
    database.dispose()
    app = create_app(config)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", email
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["kb_search"].close()
    app.extensions["kb_database"].dispose()


@pytest.fixture
def visit(browser: Browser, desk: tuple[str, str]) -> Iterator[Callable[..., Page]]:
    """Open the site as the organiser; what the browser complains about fails the test."""
    site, email = desk
    complaints: list[str] = []
    contexts = []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(base_url=site, **{"viewport": {"width": 1280, "height": 900}} | options)
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda problem: complaints.append(str(problem)))
        page.goto("/sign-in")
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        page.wait_for_load_state()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def draft(page: Page) -> None:
    page.goto("/desk/forum/new")
    page.get_by_label("Title").fill("Made-up dialogue on water")
    page.get_by_label("New event").fill("Made-up Forum")
    page.get_by_label("Day").fill("2027-06-01")
    page.get_by_label("Time", exact=True).fill("14:30")
    page.get_by_label("Minutes").fill("60")
    page.get_by_role("button", name="Make a draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Made-up dialogue on water")


def add_leader(page: Page, typed: str, name: str) -> None:
    page.get_by_role("link", name="Add somebody").click()
    page.get_by_label("Find a leader").press_sequentially(typed)
    page.locator("#found").get_by_role("link", name=name).click()
    expect(page.get_by_label("Name", exact=True)).to_have_value(name)
    page.get_by_role("button", name="Save", exact=True).click()


def kinds(page: Page) -> list[str]:
    return [text.strip() for text in page.locator(".desk-show .show-kind").all_inner_texts()]


def test_a_session_is_prepared_from_draft_to_announcement(visit: Callable[..., Page]) -> None:
    page = visit()
    draft(page)
    add_leader(page, "freetown", "Yvonne Aki-Sawyerr")
    add_leader(page, "surabaya", "Tri Rismaharini")
    expect(page.locator(".desk-rows").first).to_contain_text("Mayor (former)")
    page.get_by_role("button", name="Lay out the usual run of show").click()
    assert kinds(page)[:5] == ["Opening", "Thematic presentation", "How the session will go", "Introduction", "Talk"]

    button = page.get_by_role("button", name=re.compile("^Down How the session will go"))
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Moved to place 4 of 12.")).to_be_attached()
    assert kinds(page)[2:4] == ["Introduction", "How the session will go"]
    expect(page.get_by_role("button", name=re.compile("^Down How the session will go"))).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Moved to place 5 of 12.")).to_be_attached()

    rows = page.locator(".desk-show > li")
    rows.nth(4).drag_to(rows.nth(0))
    expect(page.get_by_role("status").filter(has_text="Moved to place 1 of 12.")).to_be_attached()
    assert kinds(page)[0] == "How the session will go"
    page.reload()
    assert kinds(page)[0] == "How the session will go"
    expect(rows.nth(0).locator(".show-time")).to_contain_text("14:30")

    page.get_by_role("button", name="Announce it").click()
    page.get_by_role("link", name="Its public page").click()
    expect(page.locator("main")).to_contain_text("Yvonne Aki-Sawyerr")


def test_what_is_typed_before_the_script_comes_is_found_when_it_comes(visit: Callable[..., Page]) -> None:
    page = visit()
    draft(page)
    slow: list[Route] = []
    page.route("**/js/find.js*", lambda route: slow.append(route))  # noqa: PLW0108 - Playwright takes no built-in
    page.get_by_role("link", name="Add somebody").click()
    page.get_by_label("Find a leader").press_sequentially("freetown")
    page.wait_for_timeout(500)
    expect(page.locator("#found").get_by_role("link", name="Yvonne Aki-Sawyerr")).to_have_count(0)
    slow[0].continue_()
    expect(page.locator("#found").get_by_role("link", name="Yvonne Aki-Sawyerr")).to_be_visible()


def test_without_javascript_the_same_buttons_work(visit: Callable[..., Page]) -> None:
    page = visit(java_script_enabled=False)
    draft(page)
    page.get_by_role("link", name="Add somebody").click()
    page.get_by_label("Find a leader").fill("amman")
    page.get_by_role("button", name="Find").click()
    page.locator("#found").get_by_role("link", name="Yousef Shawarbeh").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Lay out the usual run of show").click()
    page.get_by_role("button", name=re.compile("^Down Opening")).click()
    assert kinds(page)[:2] == ["Thematic presentation", "Opening"]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_at_the_desk_of_the_forum(visit: Callable[..., Page], scheme: str, width: int) -> None:
    page = visit(color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True)
    draft(page)
    add_leader(page, "freetown", "Yvonne Aki-Sawyerr")
    add_leader(page, "surabaya", "Tri Rismaharini")
    page.get_by_role("button", name="Lay out the usual run of show").click()
    here = page.url
    slot = page.get_by_role("link", name=re.compile("^Change Talk")).first.get_attribute("href")
    paths = [
        "/desk/forum", "/desk/forum/new", here, f"{here}/details", f"{here}/speakers/new?q=cape", slot,
        f"{here}/statements/new", f"{here}/brief", "/desk/questions", "/forum",
        "/forum/smart-city-leaders-talk-safe-smart-cities-and-climate-frustration",
        "/forum/mayors-dialogue-smart-cities-drivers-of-innovative-sustainable-development",
    ]  # fmt: skip
    found: dict[str, Any] = {}
    for path in paths:
        page.goto(str(path))
        result = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
        for violation in result.response["violations"]:
            found[f"{path} {violation['id']}"] = violation["nodes"][0]["html"][:200]
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{path} is {wide} pixels too wide"
    assert found == {}
