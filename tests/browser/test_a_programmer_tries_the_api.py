"""A programmer reads about the API, and tries an address out on a phone that is dark."""

from playwright.sync_api import expect

from .browser_pages import Visit, faults


def test_an_address_is_tried_out_under_the_policy_of_the_site_and_axe_finds_nothing(visit: Visit) -> None:
    page = visit("/about", viewport={"width": 390, "height": 900}, color_scheme="dark")
    page.get_by_role("link", name="All addresses of the API").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The data for programs (API)")
    expect(page.locator(".opblock-summary").first).to_be_visible()
    assert faults(page) == {}
    page.emulate_media(color_scheme="dark")
    page.locator("[data-path='/api/v1/goals/{number}']").click()
    operation = page.locator(".opblock.is-open")
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_placeholder("number").fill("11")
    operation.get_by_role("button", name="Execute").click()
    answered = operation.locator(".live-responses-table")
    expect(answered.locator(".response-col_status").last).to_contain_text("200")
    expect(answered).to_contain_text("Make cities inclusive, safe, resilient and sustainable.")
    # The page follows the colours of the device, and nothing is wider than the screen.
    expect(page.locator("html")).to_have_class("dark-mode")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
