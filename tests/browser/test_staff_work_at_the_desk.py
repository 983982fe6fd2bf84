"""Staff at the desk in a real browser: with and without JavaScript, by keyboard, signed out and cut off."""

import dataclasses
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from config import Config
from kb.app import create_app
from kb.catalogue.entries import EntryKind
from kb.catalogue.models import City
from kb.core.db import Database
from kb.editorial import actions
from tests.factories import make_user

from . import browser_pages
from .browser_pages import PHONE, Visit, faults, picture
from .conftest import FLAGS, chromium

DECIDED = re.compile(r"/desk/proposals/\d+$")


@pytest.fixture(scope="module")
def desk_config(seeded_config: Config, tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A copy of the seeded site that may be written to, with Ana of Surat, and Eva and Edda who review."""
    folder = tmp_path_factory.mktemp("desk")
    seeded = Path(Database(seeded_config.database_url).url.database or "")
    shutil.copy(seeded, folder / "desk.sqlite3")
    shutil.copytree(seeded_config.search_index, folder / "search_index")
    url = f"sqlite:///{folder / 'desk.sqlite3'}"
    database = Database(url)
    with database.writing() as session:
        surat = session.scalars(select(City).where(City.slug == "surat")).one()
        make_user(session, "contributor", email="ana@city.example", name="Ana Made-up", city_id=surat.id)
        make_user(session, "editor", email="eva@city.example", name="Eva Made-up")
        make_user(session, "editor", email="edda@city.example", name="Edda Made-up")
        remark = {"about": "missing", "message": "The website is missing.", "source": "https://surat.example"}
        actions.report(session, EntryKind.CITY, "surat", "Surat", {**remark, "email": "reader@city.example"})
    database.dispose()
    return dataclasses.replace(seeded_config, database_url=url, search_index=folder / "search_index")


@pytest.fixture(scope="module")
def site(desk_config: Config) -> Iterator[str]:
    """The address of that site."""
    app = create_app(desk_config)
    # Made before the first visitor asks, as where the site is served.
    _ = app.extensions["kb_peers"].gazetteer
    with browser_pages.served(app) as address:
        yield address
    app.extensions["kb_search"].close()
    app.extensions["kb_mail"].close()
    app.extensions["kb_database"].dispose()


@pytest.fixture
def at_desk(visit: Visit) -> Visit:
    """Open the desk as one of the cast."""

    def open_desk(who: str, **options: Any) -> Page:
        page = visit("/robots.txt", **options)
        browser_pages.let_in(page, f"{who}@city.example")
        return page

    return open_desk


def sign_in(page: Page, who: str) -> None:
    browser_pages.sign_in(page, f"{who}@city.example")


def status(page: Page):
    return page.locator("[data-draft-status]")


def save_at_once(page: Page, told: str = "Saved at") -> None:
    """Let what was typed be saved as when a connection is there again, without the pause after the last key."""
    page.evaluate("new Promise((done) => { dispatchEvent(new Event('online')); setTimeout(done); })")
    expect(status(page)).to_contain_text(told)


def go_on(page: Page) -> None:
    page.get_by_role("button", name="Save and continue").click()


def comment_beside_a_reason(eva: Page) -> None:
    """Comment on a field while a reason is typed in another form of the page; neither is lost."""
    eva.get_by_label("Or tell the author what to change").fill("Which river is it?")
    eva.get_by_text("Comment Summary").click()
    eva.get_by_label("About “Summary”").fill("How many sensors?")
    eva.get_by_label("About the whole proposal").fill(" ")
    eva.get_by_role("button", name="Add comment").last.press("Enter")
    expect(eva.locator(".form-summary")).to_be_visible()
    expect(eva.get_by_label("About “Summary”")).to_have_value("How many sensors?")
    eva.get_by_label("About “Summary”").locator("xpath=ancestor::form").get_by_role("button").press("Enter")
    expect(eva.locator(".remark").get_by_text("How many sensors?")).to_be_visible()
    expect(eva.get_by_label("Or tell the author what to change")).to_have_value("Which river is it?")


def test_a_project_is_written_up_by_keyboard_reviewed_and_published(at_desk: Visit) -> None:
    ana = at_desk("ana")
    ana.goto("/desk/new/initiative")
    ana.get_by_label("Title", exact=False).first.focus()
    ana.keyboard.type("Flood sensors, made up")
    expect(status(ana)).to_contain_text("Saved at")
    expect(ana.get_by_role("heading", level=1)).to_have_text("Flood sensors, made up")
    expect(ana).to_have_url(re.compile("/desk/proposals/"))
    ana.get_by_role("button", name="Add another city").press("Enter")
    with ana.expect_response(re.compile("q=Gwalio$")):
        ana.keyboard.type("Gwalio")
    expect(ana.get_by_role("option", name=re.compile("^Gwalior"))).to_be_visible()
    ana.keyboard.press("ArrowDown")
    ana.keyboard.press("Enter")
    expect(ana.locator("#cities-1-typed")).to_have_value("Gwalior")
    picture(ana, "contributor-1-write")
    ana.get_by_label("Summary").focus()
    ana.keyboard.type("Sensors warn people of floods.")
    ana.get_by_label("Stage").focus()
    ana.keyboard.type("Pilot")
    ana.get_by_role("button", name="Save and continue").press("Enter")
    ana.get_by_label("The problem").focus()
    ana.keyboard.type("Flooding harms poor people in slums; early warning was missing under climate change.")
    expect(status(ana)).to_contain_text("Saved at")
    ana.get_by_role("button", name="Save and continue").press("Enter")
    ana.get_by_label("Flooding").press("Space")
    ana.get_by_role("button", name="Add 13", exact=True).press("Enter")
    expect(ana.get_by_label("13 Climate action")).to_be_checked()
    ana.get_by_role("button", name="Sources").press("Enter")
    ana.get_by_label("Address").focus()
    ana.keyboard.type("https://example.org/made-up")
    ana.get_by_role("button", name="Save and continue").press("Enter")
    expect(ana.get_by_text("Everything needed is there.")).to_be_visible()
    picture(ana, "contributor-2-check")
    ana.get_by_role("button", name="Send for review").press("Enter")
    expect(ana.get_by_text("Waiting for an editor")).to_be_visible()

    eva = at_desk("eva")
    eva.goto("/desk/queue")
    eva.get_by_role("link", name="Flood sensors, made up").press("Enter")
    expect(eva.get_by_text("Surat (India")).to_be_visible()
    picture(eva, "editor-1-review")
    comment_beside_a_reason(eva)
    eva.get_by_role("button", name="Accept and publish").press("Enter")
    eva.get_by_role("link", name="Public page").press("Enter")
    expect(eva.get_by_role("heading", level=1)).to_have_text("Flood sensors, made up")
    picture(eva, "editor-2-published")


def test_a_project_is_written_up_without_javascript(at_desk: Visit) -> None:
    ana = at_desk("ana", java_script_enabled=False)
    ana.goto("/desk/new/initiative")
    ana.get_by_label("Title").first.fill("Street lamps, made up")
    ana.get_by_label("Summary").fill("Lamps that dim.")
    ana.get_by_label("Stage").select_option("pilot")
    ana.get_by_role("button", name="Add another city").click()
    ana.locator("#cities-1-typed").fill("San Jose")
    go_on(ana)
    expect(ana.get_by_text("Which one do you mean?")).to_be_visible()
    ana.get_by_label("Costa Rica, 335,007 people").check()
    go_on(ana)
    expect(ana.get_by_label("The problem")).to_be_visible()
    ana.get_by_role("button", name="Figures").click()
    ana.get_by_label("What was measured").fill("Lamps")
    ana.get_by_role("button", name="Add an outcome").click()
    ana.get_by_label("What was measured").nth(1).fill("Power")
    ana.get_by_role("button", name="Remove Outcome").first.click()
    expect(ana.get_by_label("What was measured")).to_have_count(1)
    expect(ana.get_by_label("What was measured")).to_have_value("Power")
    ana.get_by_role("button", name="Preview").click()
    expect(ana.get_by_role("heading", level=1)).to_have_text("Street lamps, made up")
    expect(ana.get_by_text("It is not public yet.")).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])
def test_a_double_click_makes_one_draft(at_desk: Visit, script: bool) -> None:
    ana = at_desk("ana", java_script_enabled=script, **PHONE)
    title = f"Clicked twice, made up, {script}"
    ana.goto("/desk/new/initiative")
    ana.get_by_label("Title").first.fill(title)
    ana.get_by_role("button", name="Save and continue").dblclick(no_wait_after=True)
    expect(ana).to_have_url(re.compile("/desk/proposals/"))
    ana.goto("/desk")
    expect(ana.get_by_role("link", name=title)).to_have_count(1)


def test_whoever_is_signed_out_loses_nothing_and_goes_on_in_the_same_window(at_desk: Visit) -> None:
    ana = at_desk("ana")
    ana.goto("/desk/new/initiative")
    ana.get_by_label("Title").first.fill("Bins, made up")
    save_at_once(ana)
    ana.context.clear_cookies()
    ana.get_by_label("Summary").fill("Words that must not be lost.")
    save_at_once(ana, "you are no longer signed in")
    with ana.context.expect_page() as opened:
        status(ana).get_by_role("link").click()
    # Two sign-in pages at once would each bring a session, of which the slower one stays.
    opened.value.wait_for_load_state()
    sign_in(opened.value, "ana")
    opened.value.close()
    ana.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(status(ana)).to_contain_text("Saved at")
    ana.reload()
    expect(ana.get_by_label("Summary")).to_have_value("Words that must not be lost.")


def test_what_a_page_asks_for_by_itself_opens_no_sign_in_page(at_desk: Visit) -> None:
    """Such a page would bring a session, and end that of the sign-in page that somebody has opened meanwhile."""
    ana = at_desk("ana")
    ana.goto("/desk/new/initiative")
    ana.context.clear_cookies()
    answers: list[str] = []
    ana.on("response", lambda response: answers.append(response.url))
    with ana.expect_response(re.compile("/desk/alike")) as answered:
        ana.get_by_label("Title").first.fill("Bins, made up")
    assert answered.value.status == 302
    assert ana.evaluate("fetch('/about').then((response) => response.status)") == 200
    assert [url for url in answers if "/sign-in" in url] == []


def test_whoever_is_cut_off_finds_the_words_again_in_this_browser(at_desk: Visit) -> None:
    ana = at_desk("ana")
    ana.goto("/desk/new/initiative")
    ana.get_by_label("Title").first.fill("Trams, made up")
    save_at_once(ana)
    address = ana.url
    ana.route("**/write/**", lambda route: route.abort())
    ana.get_by_label("Summary").fill("Typed in a tunnel.")
    save_at_once(ana, "no connection")
    ana.unroute("**/write/**")
    ana.goto("/desk")
    ana.goto(address)
    expect(ana.get_by_label("Summary")).to_have_value("")
    ana.get_by_role("button", name="Restore the text").click()
    expect(ana.get_by_label("Summary")).to_have_value("Typed in a tunnel.")
    expect(ana.get_by_text("This browser has text")).to_be_hidden()


def test_what_came_back_with_an_error_is_not_called_unsaved(at_desk: Visit) -> None:
    ana = at_desk("ana")
    ana.goto("/desk/new/initiative")
    ana.get_by_label("Title").first.fill("Lamps that came back, made up")
    save_at_once(ana)
    ana.get_by_label("Year it began").fill("last year")
    # Spaces at the end are left out by the server, so this form is not the copy in the browser.
    ana.get_by_label("Summary").fill("Lamps that dim.  ")
    go_on(ana)
    expect(ana.get_by_text("last year is not a year.").first).to_be_visible()
    expect(ana.get_by_label("Year it began")).to_have_value("last year")
    expect(ana.locator("[data-draft-found]")).to_be_hidden()


@pytest.fixture(scope="module")
def whole_browser(browser: Browser) -> Iterator[Browser]:
    """The whole Chromium, which keeps pages as they stand for Back and Forward unless Playwright forbids it."""
    program = browser.browser_type.launch(
        executable_path=chromium("chromium"),
        args=["--headless", *FLAGS],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield program
    program.close()


@pytest.fixture
def remembering(whole_browser: Browser, site: str) -> Iterator[Page]:
    """A window that keeps pages as they stand, as browsers do unless Playwright starts them."""
    context = whole_browser.new_context(base_url=site)
    page = context.new_page()
    page.add_init_script("addEventListener('pageshow', (event) => { window.wasKept = event.persisted; })")
    yield page
    context.close()


@pytest.mark.parametrize("path", ["/desk", "/cities/surat", "draft"])
def test_back_after_signing_out_shows_nothing_of_the_person(remembering: Page, path: str) -> None:
    ana = remembering
    ana.goto("/cities/surat")
    ana.goto("/cities/lagos")
    ana.go_back(wait_until="commit")
    ana.wait_for_function("() => window.wasKept", timeout=30_000)
    sign_in(ana, "ana")
    if path == "draft":
        ana.goto("/desk/new/initiative")
        ana.get_by_label("Title").first.fill("Made up in secret")
        save_at_once(ana)
    else:
        ana.goto(path)
    expect(ana.get_by_text("Ana Made-up").first).to_be_attached()
    ana.goto("/cities/lagos")
    ana.locator(".person-menu summary").click()
    ana.get_by_role("button", name="Sign out").click()
    expect(ana.get_by_role("link", name="Sign in")).to_be_visible()
    for _ in range(2):
        ana.go_back(wait_until="commit")
        expect(ana.locator(".person-menu")).to_have_count(0)
        assert "Ana Made-up" not in ana.content()
        assert "Made up in secret" not in ana.content()


def test_a_preview_beside_the_form_follows_what_is_typed(at_desk: Visit) -> None:
    ana = at_desk("ana")
    ana.goto("/desk/new/initiative")
    ana.get_by_label("Title").first.fill("Ferries, made up")
    save_at_once(ana)
    ana.get_by_role("button", name="Live preview").click()
    preview = ana.get_by_role("region", name="Live preview")
    expect(preview.get_by_role("heading", level=1)).to_have_text("Ferries, made up")
    ana.get_by_label("Summary").fill("Boats that run on time.")
    expect(preview.get_by_text("Boats that run on time.")).to_be_visible()


def test_two_editors_in_conflict_see_both_versions(at_desk: Visit) -> None:
    pages = []
    for who, words in (("eva", "Eva writes this."), ("edda", "Edda writes that.")):
        page = at_desk(who)
        page.goto("/desk/entries/initiative/petajakarta-flood-map-from-social-media")
        page.get_by_role("button", name="Suggest a change").click()
        page.get_by_label("Summary").fill(words)
        page.get_by_role("button", name="Check and send").click()
        expect(page.get_by_role("button", name="Publish without review")).to_be_visible()
        pages.append(page)
    eva, edda = pages
    eva.get_by_role("button", name="Publish without review").click()
    expect(eva).to_have_url(DECIDED)
    edda.get_by_role("button", name="Publish without review").click()
    expect(edda.get_by_text("Eva writes this.")).to_be_visible()
    expect(edda.get_by_text("Edda writes that.")).to_be_visible()
    edda.get_by_label("This proposal").check()
    edda.get_by_role("button", name="Save my choices").click()
    edda.get_by_role("link", name="Continue writing").click()
    edda.get_by_role("button", name="Check and send").click()
    edda.get_by_role("button", name="Publish without review").click()
    expect(edda).to_have_url(DECIDED)
    edda.goto("/initiatives/petajakarta-flood-map-from-social-media/history")
    expect(edda.get_by_text("Eva writes this.")).to_be_visible()


PATHS = [
    "/desk",
    "/desk/new",
    "/desk/new/initiative",
    "/desk/new/city",
    "/desk/new/leader",
    "/desk/new/vision",
    "{draft}/write/what",
    "{draft}/write/story",
    "{draft}/write/aims",
    "{draft}/write/figures",
    "{draft}/write/people",
    "{draft}/write/reuse",
    "{draft}/write/sources",
    "{draft}/check",
    "{draft}",
    "{draft}/preview",
    "/desk/queue",
    "/desk/queue?state=accepted",
    "/desk/boards",
    "/desk/boards/stale",
    "/desk/boards/demand",
    "/desk/boards/reports",
    "/desk/city-questions",
    "/desk/city-questions/blocked",
    "/desk/terms",
    "/desk/terms/challenge/flooding",
    "/desk/sources",
    "/desk/sources/1",
    "/desk/entries/initiative/{slug}/merge?with={other}",
    "/initiatives/{slug}/history",
]


def test_on_a_phone_the_navigation_of_the_desk_is_one_line_that_unfolds_without_a_script(at_desk: Visit) -> None:
    page = at_desk("eva", **browser_pages.PHONE, java_script_enabled=False)
    page.goto("/desk")
    navigation = page.get_by_role("navigation", name="Desk")
    imports = navigation.get_by_role("link", name="Imports")
    expect(imports).to_be_hidden()
    assert navigation.bounding_box()["height"] < 60
    navigation.get_by_text("Desk menu").click()
    imports.click()
    expect(page).to_have_url(re.compile("/desk/imports$"))
    page.set_viewport_size({"width": 1280, "height": 900})
    expect(imports).to_be_visible()
    expect(navigation.get_by_text("Desk menu")).to_be_hidden()


def test_axe_finds_nothing_at_the_desk(at_desk: Visit) -> None:
    page = at_desk("eva", bypass_csp=True)
    page.goto("/desk/new/initiative")
    page.get_by_label("Title").first.fill("A made-up draft")
    page.get_by_label("Year it began").fill("soon")
    go_on(page)
    expect(page.locator("form[data-draft]")).to_have_attribute("action", re.compile("/desk/proposals/"))
    draft = (page.locator("form[data-draft]").get_attribute("action") or "").rpartition("/write")[0]
    values = {"draft": draft, "slug": "petajakarta-flood-map-from-social-media", "other": "cape-town-open-data-portal"}
    found: dict[str, str] = {}
    for path in PATHS:
        answer = page.goto(path.format(**values))
        if answer is None or answer.status == 404:
            found[path] = "not there"
        else:
            found |= faults(page)
    assert found == {}


def test_a_picture_is_chosen_shown_at_once_and_published_with_its_author(
    at_desk: Visit, visit: Visit, tmp_path: Path
) -> None:
    file = tmp_path / "siren.jpg"
    Image.effect_mandelbrot((640, 480), (-2.2, -1.2, 1.0, 1.2), 60).convert("RGB").save(file)
    eva = at_desk("eva", bypass_csp=True)
    eva.goto("/desk/entries/initiative/cape-town-open-data-portal")
    eva.locator("form[action$='/change'] button").click()
    eva.get_by_role("button", name="Pictures").click()
    eva.get_by_label("What the picture shows").fill("Made-up siren above a river")
    save_at_once(eva)
    eva.get_by_label("File").set_input_files(file)
    expect(eva.get_by_role("img", name="The stored picture")).to_be_visible()
    expect(eva.get_by_text("This browser has text")).to_be_hidden()
    expect(eva.get_by_label("What the picture shows")).to_have_value("Made-up siren above a river")
    eva.get_by_label("Author").fill("Made-up Photographer")
    eva.get_by_label("Licence").select_option("CC BY-SA 4.0")
    eva.get_by_label("Source").fill("https://example.org/siren")
    save_at_once(eva)
    assert faults(eva) == {}
    eva.reload()
    expect(eva.get_by_text("This browser has text")).to_be_hidden()
    expect(eva.get_by_label("Author")).to_have_value("Made-up Photographer")
    eva.get_by_role("button", name="Check and send").click()
    eva.locator("button[value='publish']").click()
    expect(eva).to_have_url(DECIDED)
    assert faults(eva) == {}

    page = visit("/initiatives/cape-town-open-data-portal")
    picture = page.get_by_role("img", name="Made-up siren above a river")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth > 0")
    expect(page.get_by_role("figure")).to_contain_text("Picture: Made-up Photographer")
    expect(page.get_by_role("figure").get_by_role("link", name="CC BY-SA 4.0")).to_be_visible()
    assert faults(page) == {}
