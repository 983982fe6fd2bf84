"""A vice-mayor of a city without a page here: her peers, what they did, and a page of it into a meeting."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from kb.web.core import pdf

from .browser_pages import PDF_PATIENCE, PHONE, Visit, picture


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.skipif(not pdf.pango_is_there(), reason="PDF needs Pango: make test installs it where it may")
def test_an_adviser_of_beira_has_a_brief_in_hand_in_eight_actions(visit: Visit, width: int) -> None:
    page = visit("/", viewport={"width": width, "height": 844})
    actions = []
    picture(page, "beira-1-home")

    def act(what: str, action: Callable[[], None]) -> None:
        actions.append(what)
        action()

    field = page.get_by_role("combobox", name="Your city")
    option = page.get_by_role("option", name=re.compile("^Beira.*Mozambique"))
    with page.expect_response(re.compile("q=beira$")):
        act("type the name of the city", lambda: field.press_sequentially("beira"))
    act("choose it", option.click)
    expect(page.get_by_role("heading", level=1, name="What worries you?")).to_be_visible()
    picture(page, "beira-2-challenges")
    act("choose flooding", page.get_by_role("checkbox", name="Flooding").check)
    act("show the cities", page.get_by_role("button", name="Show cities like Beira").click)
    expect(page.get_by_role("heading", level=1, name="Cities like Beira")).to_be_visible()
    picture(page, "beira-3-peers")
    did = page.locator("section", has=page.locator("#did"))
    act("save what a peer did", did.get_by_role("button", name=re.compile("^Save ")).first.click)
    saved = page.get_by_role("link", name="Saved 1")
    if width < 600:
        act("open the menu", page.locator("summary", has_text="Menu").click)
    act("open the saved list", saved.click)
    expect(page.get_by_role("heading", level=1, name="Saved list")).to_be_visible()
    picture(page, "beira-4-saved-list")
    link = page.get_by_role("link", name="Brief as PDF")
    with page.expect_download(timeout=PDF_PATIENCE) as download:
        act("download the brief", lambda: link.click(timeout=PDF_PATIENCE))
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
    assert len(actions) <= 8, actions


_CLEAR_OF_THE_BUTTON = """
    document.activeElement.closest("label").getBoundingClientRect().bottom
        <= document.querySelector(".challenge-choices-send").getBoundingClientRect().top
"""
"""Whether the row with the button leaves the choice that has the focus in view (WCAG 2.4.11)."""


def test_from_her_city_to_a_brief_for_the_meeting(visit: Visit) -> None:
    page = visit("/")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Find peers").click()
    field = page.get_by_role("combobox", name="Your city")
    with page.expect_response(re.compile("q=gwal$")):
        field.press_sequentially("gwal")
    expect(page.get_by_role("option", name=re.compile("^Gwalior.*India"))).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="What worries you?")).to_be_visible()
    page.get_by_role("checkbox").first.focus()
    for _ in range(page.get_by_role("checkbox").count()):
        assert page.evaluate(_CLEAR_OF_THE_BUTTON), page.evaluate("document.activeElement.id")
        page.keyboard.press("Tab")
    page.get_by_role("link", name="Skip this question").click()
    expect(page.get_by_role("heading", level=1, name="Cities like Gwalior")).to_be_visible()
    expect(page.get_by_text("No challenge is chosen")).to_be_visible()

    box = page.get_by_role("checkbox", name="Flooding")
    box.check()
    expect(page).to_have_url(re.compile(r"challenge=flooding$"))
    expect(page.get_by_text("No challenge is chosen")).to_be_hidden()
    expect(box).to_be_focused()
    page.get_by_role("combobox", name="Flooding").select_option("under-a-third")
    expect(page).to_have_url(re.compile(r"challenge=flooding:under-a-third$"))
    expect(page.get_by_text("both face Flooding").first).to_be_visible()
    address = page.url

    page.locator("#did").scroll_into_view_if_needed()
    keep = page.locator("section", has=page.locator("#did")).get_by_role("button", name=re.compile("^Save "))
    keep.first.click()
    expect(page.get_by_role("link", name="Saved 1")).to_be_visible()
    page.reload()
    expect(page.get_by_role("link", name="Saved 1")).to_be_visible()
    assert page.url == address
    page.get_by_text("Choose challenges").click()
    expect(page.get_by_role("checkbox", name="Flooding")).to_be_checked()

    page.get_by_role("link", name="Saved 1").click()
    expect(page).to_have_url(re.compile(r"/shortlist\?initiative="))
    expect(page.get_by_text("1 entry, as of")).to_be_visible()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.get_by_label("Address to share").input_value()
    with page.expect_download() as download:
        page.get_by_role("link", name="Brief as HTML").click()
    assert "Sources" in Path(download.value.path()).read_text(encoding="utf-8")
    page.get_by_role("link", name=re.compile("^Remove")).click()
    expect(page.get_by_role("heading", level=1, name="Saved list")).to_be_visible()
    expect(page.get_by_role("link", name="Saved", exact=True)).to_be_visible()
    assert page.evaluate("localStorage.getItem('citypeers.shortlist')") == "[]"


def test_weights_regions_and_the_pool_are_moved_in_place(visit: Visit) -> None:
    page = visit("/cities/surat/peers")
    page.get_by_text("Adjust weights (default)").click()
    weight = page.get_by_role("spinbutton", name="Distance", exact=True)
    weight.fill("9")
    weight.press("Tab")
    expect(page).to_have_url(re.compile(r"weight\.distance=9"))
    expect(page.get_by_text("Changed", exact=True)).to_be_visible()
    page.get_by_role("radio", name="All 69,000 places").check()
    expect(page).to_have_url(re.compile("pool=places"))
    page.locator("summary", has_text="Regions").click()
    page.get_by_role("checkbox", name="Southern Asia").check()
    expect(page).to_have_url(re.compile("without=southern-asia"))
    expect(page.locator(".peers-list")).not_to_contain_text("India")
    page.go_back()
    expect(page).not_to_have_url(re.compile("without="))
    expect(page.locator("#without-southern-asia")).not_to_be_checked()
    expect(page.get_by_role("radio", name="All 69,000 places")).to_be_checked()


def test_on_a_phone_the_map_begins_at_her_city(visit: Visit) -> None:
    page = visit("/cities/surat/peers", viewport={"width": 390, "height": 844})
    page.locator(".map-figure").scroll_into_view_if_needed()
    expect(page.locator(".here-mark .here")).to_be_in_viewport()


def test_without_javascript_the_same_by_plain_pages(visit: Visit) -> None:
    page = visit("/peers", java_script_enabled=False)
    page.get_by_label("Your city").fill("gwalior")
    page.get_by_role("checkbox", name="Flooding").check()
    page.get_by_role("button", name="Next").first.click()
    page.get_by_role("link", name="Gwalior", exact=True).click()
    page.get_by_text("Choose challenges").click()
    expect(page.get_by_role("checkbox", name="Flooding")).to_be_checked()
    page.get_by_role("checkbox", name="Traffic congestion").check()
    page.get_by_role("button", name="Show cities").first.click()
    expect(page).to_have_url(re.compile(r"/peers\?place=1270583&challenge=congestion&challenge=flooding$"))
    page.get_by_role("link", name=re.compile("^Save ")).first.click()
    expect(page.get_by_text("1 entry, as of")).to_be_visible()
    page.get_by_label("Title of an initiative").fill("petajakarta")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name=re.compile("Add “PetaJakarta")).click()
    expect(page.get_by_text("2 entries, as of")).to_be_visible()


def test_cities_are_added_to_a_comparison_and_taken_away(visit: Visit) -> None:
    page = visit("/compare?city=surat")
    with page.expect_response(re.compile("q=jakar$")):
        page.get_by_role("combobox", name="Add a city").press_sequentially("jakar")
    expect(page.get_by_role("option", name=re.compile("^Jakarta"))).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"city=surat&city=jakarta$"))
    expect(page.get_by_role("columnheader", name=re.compile("Jakarta"))).to_be_visible()
    page.get_by_role("link", name="Remove Surat").click()
    expect(page.get_by_role("columnheader", name=re.compile("Surat"))).to_have_count(0)


def test_a_shared_list_can_be_kept_and_is_full_at_thirty(visit: Visit) -> None:
    page = visit("/shortlist?city=surat&city=jakarta")
    page.get_by_role("button", name="Save all of these").click()
    expect(page.get_by_role("link", name="Saved 2")).to_be_visible()
    expect(page.get_by_role("button", name="Save all of these")).to_be_hidden()
    full = json.dumps([["city", f"made-up-{number}"] for number in range(30)])
    page.evaluate("text => localStorage.setItem('citypeers.shortlist', text)", full)
    page.goto("/cities/surat")
    page.get_by_role("button", name="Save Surat", exact=True).click()
    expect(page.get_by_text("The saved list is full")).to_have_count(1)
    expect(page.get_by_role("link", name="Saved 30")).to_be_visible()


def test_on_a_phone_the_pool_is_chosen_on_a_sheet(visit: Visit) -> None:
    page = visit("/cities/surat/peers", **PHONE)
    box = page.get_by_role("radio", name="All 69,000 places")
    expect(box).to_be_hidden()
    page.get_by_role("link", name=re.compile("^Severity, regions, weights")).click()
    expect(page.get_by_role("dialog").get_by_role("radio", name="All 69,000 places")).to_be_visible()
    box.check()
    expect(page).to_have_url(re.compile("pool=places"))
    page.get_by_role("dialog").get_by_role("link", name="Show cities").click()
    expect(box).to_be_hidden()
