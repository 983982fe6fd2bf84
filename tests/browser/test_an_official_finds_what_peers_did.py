"""A city official: "we flood, and warnings come too late". From a search to people, plans and goals."""

import re

import pytest
from playwright.sync_api import Page, expect

from .browser_pages import PHONE, Visit


def test_from_a_search_to_a_city_its_leader_its_vision_and_its_goals(visit: Visit) -> None:
    page = visit("/")
    page.get_by_role("combobox", name="Search initiatives").fill("flood early warning")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name=re.compile("entries for “flood early warning”"))).to_be_visible()

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
    page.get_by_role("link", name="Basuki Tjahaja Purnama").click()
    expect(page.get_by_role("heading", level=1, name="Basuki Tjahaja Purnama")).to_be_visible()
    page.get_by_role("link", name="Jakarta").first.click()
    page.get_by_role("link", name="Jakarta Smart City programme").first.click()
    expect(page.get_by_role("heading", level=1, name="Jakarta Smart City programme")).to_be_visible()
    navigation = page.get_by_role("navigation", name="Main")
    navigation.get_by_text("Explore").click()
    navigation.get_by_role("link", name="Goals").click()
    page.get_by_role("link", name="Sustainable cities and communities", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("^11.5"))).to_be_visible()


def test_filters_come_and_go_in_place_and_the_back_button_goes_back(visit: Visit) -> None:
    page = visit("/search?q=flood")
    whole = page.locator("#results-title").inner_text()
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

    box = page.get_by_role("checkbox", name=re.compile("^Lower-middle income"))
    _tab_to(page, box)
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("income=lower-middle"))
    expect(page.get_by_role("list", name="Chosen filters")).to_contain_text("Lower-middle income")
    expect(box).to_be_focused()
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
    page.get_by_role("checkbox", name=re.compile("^Lower-middle income")).check()
    page.get_by_role("button", name="Apply the filters").click()
    expect(page).to_have_url(re.compile("q=flood.*income=lower-middle"))
    page.get_by_role("link", name="Surat end-to-end flood early warning system", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Surat")


def test_on_a_phone_the_filters_fold_and_nothing_runs_off_the_side(visit: Visit) -> None:
    page = visit("/search?q=flood", **PHONE)
    box = page.get_by_role("checkbox", name=re.compile("^Lower-middle income"))
    expect(box).to_be_hidden()
    page.get_by_text("Narrow down").first.click()
    expect(box).to_be_visible()
    paths = (
        "/",
        "/search?q=flood",
        "/map",
        "/about",
        "/goals/11",
        "/initiatives/petajakarta-flood-map-from-social-media",
    )
    for path in paths:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path


@pytest.mark.parametrize("java_script", [True, False])
def test_on_a_phone_results_come_before_the_filters_that_were_chosen(visit: Visit, java_script: bool) -> None:
    page = visit(
        "/search?q=flood&income=lower-middle&kind=initiative",
        **PHONE,
        java_script_enabled=java_script,
    )
    expect(page.get_by_text("2 chosen")).to_be_visible()
    expect(page.get_by_role("list", name="Chosen filters")).to_be_visible()
    first = page.locator(".result").first.bounding_box()
    assert first
    assert first["y"] < 844


def test_on_a_phone_filters_are_chosen_and_folded_away_again(visit: Visit) -> None:
    page = visit("/search?q=flood", **PHONE)
    page.get_by_text("Narrow down").first.click()
    page.get_by_role("checkbox", name=re.compile("^Lower-middle income")).check()
    expect(page.get_by_role("list", name="Chosen filters")).to_contain_text("Lower-middle income")
    page.get_by_role("link", name=re.compile("^Show .* entries$")).click()
    expect(page.get_by_role("checkbox", name=re.compile("^Lower-middle income"))).to_be_hidden()
    expect(page.locator("#results-title")).to_be_focused()
    expect(page.locator("#results-title")).to_be_in_viewport()


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
    mark = page.locator("a.mark", has_text="Singapore").first
    mark.focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="More about Singapore").click()
    expect(page.get_by_role("heading", level=1, name="Singapore")).to_be_visible()


def _tab_to(page: Page, wanted) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError("the keyboard never gets there")
