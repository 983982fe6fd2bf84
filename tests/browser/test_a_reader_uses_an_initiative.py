"""A reader of an initiative shares it, cites it, follows a figure to its source, and reports an error."""

import re
from urllib.parse import unquote

from playwright.sync_api import expect

from .browser_pages import PHONE, Visit

PATH = "/initiatives/qlue-and-crop-citizen-reporting"


def test_a_link_is_copied_where_the_device_cannot_share(visit: Visit) -> None:
    page = visit(PATH, permissions=["clipboard-read", "clipboard-write"])
    page.evaluate("Object.defineProperty(navigator, 'share', { value: undefined })")
    page.get_by_role("link", name="Share").click()
    expect(page.get_by_role("link", name="Link copied")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Link copied")).to_be_attached()
    assert page.evaluate("navigator.clipboard.readText()").endswith(PATH)


def test_a_device_that_can_share_is_given_the_title_and_the_address(visit: Visit) -> None:
    page = visit(PATH)
    page.evaluate("navigator.share = async (shared) => { window.shared = shared; }")
    page.get_by_role("link", name="Share").click()
    page.wait_for_function("window.shared")
    shared = page.evaluate("window.shared")
    assert (shared["title"], shared["url"].endswith(PATH)) == ("Qlue and CROP citizen reporting", True)


def test_without_javascript_a_page_is_shared_by_mail_and_cited(visit: Visit) -> None:
    page = visit(PATH, java_script_enabled=False, **PHONE)
    letter = unquote(page.get_by_role("link", name="Share").get_attribute("href") or "")
    assert letter.startswith("mailto:?subject=Qlue and CROP citizen reporting&body=")
    assert letter.endswith(PATH)
    citation = page.get_by_text("CityPeers (20")
    expect(citation).to_be_hidden()
    page.locator("summary", has_text="Cite").click()
    expect(citation).to_contain_text("Qlue and CROP citizen reporting (Jakarta). Last changed")
    page.get_by_role("link", name="Ask", exact=True).click()
    expect(page.get_by_role("heading", name="Ask Jakarta")).to_be_in_viewport()


def test_a_note_leads_to_its_source_and_back(visit: Visit) -> None:
    page = visit("/cities/jakarta")
    note = page.get_by_role("link", name=re.compile(r"^Source \d")).first
    key = note.get_attribute("id")
    note.click()
    source = page.locator(":target")
    expect(source).to_be_in_viewport()
    source.locator(f"a[href='#{key}']").click()
    expect(page.locator(f"#{key}")).to_be_in_viewport()
    assert page.url.endswith(f"#{key}")


def test_the_way_to_tell_what_is_missing_is_one_click(visit: Visit) -> None:
    page = visit(PATH)
    page.get_by_role("link", name="Tell us").click()
    expect(page.get_by_role("heading", name="Tell the editors what has changed or is wrong")).to_be_visible()
    page.get_by_role("button", name="Send to the editors").click()
    expect(page.get_by_role("alert")).to_contain_text("Please fill this in.")
