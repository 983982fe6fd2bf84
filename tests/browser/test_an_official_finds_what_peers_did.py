"""A city official: "we flood, and warnings come too late". From a search to people, plans and goals."""

import re

import pytest
from playwright.sync_api import Page, expect

from .browser_pages import PHONE, Visit, faults


def test_from_a_search_to_a_city_its_leader_its_vision_and_its_goals(visit: Visit) -> None:
    page = visit("/")
    page.get_by_role("combobox", name="Search initiatives").fill("flood early warning")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name=re.compile("entries for “flood early warning”"))).to_be_visible()

    page.locator("#facet-income > summary").click()
    page.get_by_role("checkbox", name=re.compile("^Lower-middle income")).check()
    expect(page).to_have_url(re.compile("income=lower-middle"))
    expect(page.get_by_role("checkbox", name=re.compile("^Lower-middle income"))).to_be_focused()
    expect(page.get_by_role("list", name="Chosen filters")).to_contain_text("Lower-middle income")

    page.get_by_role("link", name="Surat end-to-end flood early warning system", exact=True).click()
    for heading in ("The problem", "What was done", "Did it work, and how do we know?", "What did it cost?"):
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()

    page.locator(".entry-place").get_by_role("link", name="Surat").click()
    expect(page.get_by_role("heading", level=1, name="Surat")).to_be_visible()

    page.goto("/cities/jakarta")
    page.get_by_role("link", name="Basuki Tjahaja Purnama", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Basuki Tjahaja Purnama")).to_be_visible()
    page.get_by_role("link", name="Jakarta").first.click()
    page.get_by_role("link", name="Jakarta Smart City programme").first.click()
    expect(page.get_by_role("heading", level=1, name="Jakarta Smart City programme")).to_be_visible()
    navigation = page.get_by_role("navigation", name="Main")
    navigation.get_by_text("Explore").click()
    navigation.get_by_role("link", name="Goals").click()
    page.get_by_role("main").get_by_role("link", name=re.compile("Sustainable cities and communities")).first.click()
    expect(page.get_by_role("heading", name=re.compile("^11.5"))).to_be_visible()


def test_filters_come_and_go_in_place_and_the_back_button_goes_back(visit: Visit) -> None:
    page = visit("/search?q=flood")
    whole = page.locator("#results-title").inner_text()
    page.locator("#facet-income > summary").click()
    page.get_by_role("checkbox", name=re.compile("^Upper-middle income")).check()
    expect(page.locator("#results-title")).not_to_have_text(whole)
    expect(page.locator("[data-status]")).to_have_text(re.compile("entr"))
    page.get_by_label("Sort by").select_option("title")
    expect(page).to_have_url(re.compile("sort=title"))
    page.get_by_role("link", name=re.compile("Upper-middle income")).click()
    expect(page).not_to_have_url(re.compile("income="))
    page.go_back()
    expect(page).to_have_url(re.compile("income=upper-middle"))
    expect(page.get_by_role("checkbox", name=re.compile("^Upper-middle income"))).to_be_checked()
    page.locator("#facet-decade > summary").click()
    first = page.get_by_role("spinbutton", name="From")
    first.fill("2015")
    first.press("Enter")
    expect(page).to_have_url(re.compile("year_from=2015"))
    expect(page.get_by_role("list", name="Chosen filters")).to_contain_text("Start year from: 2015")
    expect(first).to_be_focused()
    page.locator("#facet-details > summary").click()
    page.get_by_role("checkbox", name=re.compile("^Results: in figures")).check()
    expect(page).to_have_url(re.compile("year_from=2015&outcome=measured"))
    expect(page.locator("[data-status]")).to_contain_text("Filter added: Results: in figures.")
    page.get_by_role("link", name=re.compile("^Start year from: 2015")).click()
    expect(page).not_to_have_url(re.compile("year_from="))
    expect(first).to_have_value("")


def test_by_keyboard_alone(visit: Visit) -> None:
    page = visit("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    _tab_to(page, page.get_by_role("combobox", name="Search initiatives"))
    expect(page.get_by_role("combobox", name="Search initiatives")).to_be_focused()
    page.keyboard.type("flood early warn")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?q=flood"))

    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to filters")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#filters")).to_be_focused()
    _tab_to(page, page.locator("#facet-income > summary"))
    page.keyboard.press("Enter")
    box = page.get_by_role("checkbox", name=re.compile("^Lower-middle income"))
    _tab_to(page, box)
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("income=lower-middle"))
    expect(page.get_by_role("list", name="Chosen filters")).to_contain_text("Lower-middle income")
    expect(page.locator("[data-status]")).to_contain_text("Filter added: Lower-middle income.")
    expect(box).to_be_focused()
    page.evaluate("document.activeElement.blur(); document.querySelector('.skip').focus()")
    expect(page.get_by_role("link", name="Skip to results")).to_be_focused()
    page.keyboard.press("Enter")
    link = page.get_by_role("link", name="Surat end-to-end flood early warning system", exact=True)
    _tab_to(page, link)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Surat")


def test_suggestions_are_chosen_with_the_arrows(visit: Visit) -> None:
    page = visit("/")
    field = page.get_by_role("combobox", name="Search initiatives")
    with page.expect_response(re.compile("q=jakar$")):
        field.press_sequentially("jakar")
    option = page.get_by_role("option", name=re.compile("^Jakarta City"))
    expect(option).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    for _ in range(8):
        page.keyboard.press("ArrowDown")
        if option.get_attribute("aria-selected") == "true":
            break
    expect(field).to_have_attribute("aria-activedescendant", str(option.get_attribute("id")))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/cities/jakarta$"))


def test_the_kind_of_a_suggestion_is_not_broken_within_a_word_on_a_phone(visit: Visit) -> None:
    page = visit("/search", **PHONE)
    with page.expect_response(re.compile("q=early\\+w$|q=early%20w$")):
        page.get_by_role("combobox", name="Search initiatives").press_sequentially("early w")
    expect(page.get_by_role("option", name=re.compile("^Early warning systems Technology"))).to_be_visible()
    kinds = page.get_by_role("option").locator(".quiet")
    lines = kinds.evaluate_all(
        """kinds => kinds.map(kind => {
            const words = document.createRange();
            words.selectNodeContents(kind);
            return [kind.textContent, new Set([...words.getClientRects()].map(line => line.top)).size];
        })"""
    )
    assert ["Initiative", 1] in lines
    assert [words for words, of in lines if " " not in words and of > 1] == []


@pytest.mark.parametrize("composing", ["isComposing: true", "keyCode: 229"])
def test_keys_of_an_input_method_are_left_to_it(visit: Visit, composing: str) -> None:
    page = visit("/")
    field = page.get_by_role("combobox", name="Search initiatives")
    with page.expect_response(re.compile("q=jakar$")):
        field.press_sequentially("jakar")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("ArrowDown")
    chosen = field.get_attribute("aria-activedescendant")
    assert chosen
    kept = field.evaluate(
        f"""input => ["ArrowDown", "Escape", "Enter"].every(key => input.dispatchEvent(
            new KeyboardEvent("keydown", {{ key, {composing}, bubbles: true, cancelable: true }})))"""
    )
    assert kept
    expect(page.get_by_role("listbox")).to_be_visible()
    expect(field).to_have_attribute("aria-activedescendant", chosen)
    expect(page).to_have_url(re.compile("/$"))


def test_without_javascript_everything_is_still_there(visit: Visit) -> None:
    page = visit("/", java_script_enabled=False)
    page.get_by_label("Search initiatives").fill("flood early warning")
    page.get_by_role("button", name="Search").click()
    page.locator("#facet-income > summary").click()
    page.get_by_role("checkbox", name=re.compile("^Lower-middle income")).check()
    page.get_by_role("button", name="Apply the filters").click()
    expect(page).to_have_url(re.compile("q=flood.*income=lower-middle.*#results-title$"))
    page.get_by_role("link", name="Surat end-to-end flood early warning system", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Surat")


def test_on_a_phone_the_filters_fold(visit: Visit) -> None:
    page = visit("/search?q=flood", **PHONE)
    box = page.get_by_role("checkbox", name=re.compile("^Flooding"))
    expect(box).to_be_hidden()
    page.get_by_role("link", name="Filters", exact=True).click()
    expect(box).to_be_visible()


@pytest.mark.parametrize("java_script", [True, False])
def test_on_a_phone_results_come_before_the_filters_that_were_chosen(visit: Visit, java_script: bool) -> None:
    page = visit(
        "/search?q=flood&income=lower-middle&kind=initiative",
        **PHONE,
        java_script_enabled=java_script,
    )
    expect(page.get_by_role("link", name="Filters 2 chosen")).to_be_visible()
    expect(page.get_by_role("list", name="Chosen filters")).to_be_visible()
    first = page.locator(".result").first.bounding_box()
    assert first
    assert first["y"] < 844


def test_on_a_phone_filters_are_chosen_and_folded_away_again(visit: Visit) -> None:
    page = visit("/search?q=flood", **PHONE)
    page.get_by_role("link", name="Filters", exact=True).click()
    page.get_by_role("dialog", name="Filters").get_by_role("checkbox", name=re.compile("^Disaster risk")).check()
    expect(page).to_have_url(re.compile("challenge=disaster-risk"))
    page.get_by_role("link", name=re.compile("^Show .* results$")).click()
    expect(page.get_by_role("list", name="Chosen filters")).to_contain_text("Disaster risk")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("checkbox", name=re.compile("^Disaster risk"))).to_be_hidden()
    expect(page.locator("#results-title")).to_be_focused()
    expect(page.locator("#results-title")).to_be_in_viewport()


def test_fewer_than_fifteen_tab_stops_lead_to_the_first_result(visit: Visit) -> None:
    page = visit("/search?q=flood")
    first = page.locator(".result a").first
    expect(first).to_be_visible()
    stops = _tab_to(page, first)
    assert stops < 15, f"{stops} tab stops"


@pytest.mark.parametrize("width", [1280, 390])
def test_the_tab_key_reaches_the_link_to_downloads(visit: Visit, width: int) -> None:
    page = visit("/search?q=flood", viewport={"width": width, "height": 844})
    links = page.get_by_role("link", name="Download, cite or follow these results")
    expect(links).to_have_count(1)
    page.locator(".skip").nth(1 if width == 1280 else 0).focus()
    page.keyboard.press("Enter")
    assert _tab_to(page, links) < 5
    page.keyboard.press("Enter")
    expect(page.locator("#results-actions")).to_be_in_viewport()


def test_the_page_stays_where_it_is_and_says_what_changed(visit: Visit) -> None:
    page = visit("/search?q=city")
    page.locator("#facet-stage > summary").click()
    box = page.locator("#facet-stage input").first
    box.scroll_into_view_if_needed()
    before = box.bounding_box()
    name = page.locator("#facet-stage label > span:first-of-type").first.inner_text()
    box.check()
    expect(page).to_have_url(re.compile("stage="))
    expect(page.locator("[data-status]")).to_contain_text(f"Filter added: {name}.")
    after = page.locator("#facet-stage input:focus").bounding_box()
    assert before
    assert after
    assert abs(after["y"] - before["y"]) < 2
    expect(page.locator("#results-title")).to_be_in_viewport()
    expect(page.get_by_role("list", name="Chosen filters")).to_be_in_viewport()
    page.get_by_role("link", name="Clear all").click()
    expect(page).not_to_have_url(re.compile("stage="))
    expect(page.locator("#results-title")).to_be_focused()


def test_a_fold_that_was_closed_stays_closed(visit: Visit) -> None:
    page = visit("/search?q=flood")
    page.locator("#facet-technology > summary").click()
    page.get_by_role("checkbox", name=re.compile("^Disaster risk")).check()
    expect(page.get_by_role("list", name="Chosen filters")).to_be_visible()
    expect(page.locator("#facet-technology input").first).to_be_hidden()


def test_kinds_are_chosen_in_place_with_the_arrows(visit: Visit) -> None:
    page = visit("/search?q=flood")
    page.get_by_role("radio", name=re.compile("^Everything")).focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("kind=initiative"))
    expect(page.get_by_role("radio", name=re.compile("^Initiatives"))).to_be_focused()
    page.goto("/search?q=flood&kind=city&kind=initiative")
    page.get_by_role("radio", name=re.compile("^Cities")).check()
    expect(page).to_have_url(re.compile(r"q=flood&kind=city$"))


def test_the_sheet_of_filters_keeps_the_focus_and_escape_closes_it(visit: Visit) -> None:
    page = visit("/search?q=flood", **PHONE)
    opener = page.get_by_role("link", name="Filters", exact=True)
    opener.click()
    sheet = page.get_by_role("dialog", name="Filters")
    expect(sheet).to_be_focused()
    for _ in range(60):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('#filters')")
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(opener).to_be_focused()


def test_without_javascript_the_sheet_has_an_address(visit: Visit) -> None:
    page = visit("/search?q=flood", **PHONE, java_script_enabled=False)
    page.get_by_role("link", name="Filters", exact=True).click()
    page.get_by_role("checkbox", name=re.compile("^Disaster risk")).check()
    page.get_by_role("button", name="Apply the filters").click()
    expect(page).to_have_url(re.compile("challenge=disaster-risk"))
    expect(page.get_by_role("checkbox", name=re.compile("^Disaster risk"))).to_be_hidden()
    expect(page.get_by_role("list", name="Chosen filters")).to_be_visible()


def test_axe_finds_nothing_while_the_sheet_is_open(visit: Visit) -> None:
    page = visit("/search?q=flood&income=lower-middle", **PHONE)
    page.get_by_role("link", name="Filters 1 chosen").click()
    expect(page.get_by_role("dialog", name="Filters")).to_be_visible()
    assert faults(page, "sheet", [("light", 390), ("dark", 390)]) == {}


def test_a_place_without_a_page_is_found_by_typing(visit: Visit) -> None:
    page = visit("/search")
    field = page.get_by_role("combobox", name="Search initiatives")
    with page.expect_response(re.compile("q=beira$")):
        field.press_sequentially("beira")
    option = page.get_by_role("option", name=re.compile("^Beira, Mozambique.*No page yet. See its peers"))
    expect(option).to_be_visible()
    option.click()
    expect(page.get_by_role("heading", level=1, name="Cities like Beira")).to_be_visible()


def test_the_field_shows_its_focus_and_the_form_draws_nothing_around_it(visit: Visit) -> None:
    for path in ("/", "/search?q=flood"):
        page = visit(path)
        page.get_by_role("combobox", name="Search initiatives").focus()
        assert page.evaluate("getComputedStyle(document.querySelector('[role=search]')).boxShadow") == "none"
        ring = page.evaluate("getComputedStyle(document.activeElement).outline")
        assert "3px" in ring
        assert "solid" in ring


def test_a_phone_sees_the_whole_world_at_once(visit: Visit) -> None:
    for path in ("/", "/map"):
        page = visit(path, **PHONE)
        circles = page.locator("svg.map:visible .mark circle")
        boxes = [circle.bounding_box() for circle in circles.all()]
        assert len(boxes) > 10
        assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes), path


def test_at_320_pixels_nothing_runs_off_the_side(visit: Visit) -> None:
    page = visit("/", viewport={"width": 320, "height": 640})
    paths = (
        "/",
        "/search?q=flood&income=lower-middle",
        "/map?area=africa",
        "/about",
        "/cities",
        "/challenges",
        "/initiatives/petajakarta-flood-map-from-social-media",
    )
    for path in paths:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path


def test_the_map_leads_to_a_continent_and_on_to_a_city(visit: Visit) -> None:
    page = visit("/map")
    page.get_by_role("navigation", name="Continents").get_by_role("link", name="Asia").click()
    expect(page).to_have_url(re.compile("area=asia"))
    # It says how it is moved when its script is there; before, a circle is a link.
    expect(page.locator("#map-help")).to_be_visible()
    mark = page.locator("a.mark", has_text="Singapore").first
    mark.focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="More about Singapore").click()
    expect(page.get_by_role("heading", level=1, name="Singapore")).to_be_visible()


def _tab_to(page: Page, wanted) -> int:
    """Press Tab until the element has the focus; how often that was."""
    for presses in range(1, 201):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return presses
    raise AssertionError("the keyboard never gets there")
