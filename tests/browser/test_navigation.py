"""The head of every page: menus by mouse, keyboard and without JavaScript; one line on a phone."""

import pytest
from playwright.sync_api import expect

from .browser_pages import PHONE, Visit, faults


def test_a_menu_opens_and_escape_or_a_click_elsewhere_closes_it(visit: Visit) -> None:
    page = visit("/about")
    navigation = page.get_by_role("navigation", name="Main")
    summary = navigation.locator("summary", has_text="Explore")
    goals = navigation.get_by_role("link", name="Goals")
    expect(goals).to_be_hidden()
    summary.focus()
    page.keyboard.press("Enter")
    expect(goals).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(goals).to_be_hidden()
    expect(summary).to_be_focused()
    page.keyboard.press("Enter")
    expect(goals).to_be_visible()
    page.get_by_role("heading", level=1).click()
    expect(goals).to_be_hidden()


@pytest.mark.parametrize("java_script", [True, False])
def test_on_a_phone_the_navigation_is_one_line_behind_a_button(visit: Visit, java_script: bool) -> None:
    page = visit("/about", **PHONE, java_script_enabled=java_script)
    head = page.locator(".site-head").bounding_box()
    assert head
    assert head["height"] < 80
    expect(page.get_by_role("link", name="Find peers")).to_be_hidden()
    page.locator("summary", has_text="Menu").click()
    page.locator("summary", has_text="Explore").click()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Challenges").click()
    expect(page.get_by_role("heading", level=1, name="Challenges")).to_be_visible()


def test_escape_closes_the_menu_of_a_phone_from_within(visit: Visit) -> None:
    page = visit("/about", **PHONE)
    menu = page.locator("summary", has_text="Menu")
    menu.click()
    page.locator("summary", has_text="Explore").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Technologies")).to_be_hidden()
    expect(page.get_by_role("link", name="Find peers")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Find peers")).to_be_hidden()
    expect(menu).to_be_focused()


def test_axe_finds_nothing_while_the_menus_are_open(visit: Visit) -> None:
    page = visit("/cities/jakarta")
    page.locator("summary", has_text="Explore").click()
    found = faults(page, "explore", [("light", 1280), ("dark", 1280)])
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("summary", has_text="Menu").click()
    found |= faults(page, "phone", [("light", 390), ("dark", 390)])
    assert found == {}
