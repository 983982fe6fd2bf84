"""Every kind of page under axe, in light and dark, wide and narrow; and on paper."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

PATHS = [
    "/",
    "/search",
    "/search?q=flood+early+warning&income=lower-middle",
    "/search?q=flood&technology=blockchain&goal=99",
    "/initiatives/petajakarta-flood-map-from-social-media",
    "/cities",
    "/cities/jakarta",
    "/leaders/basuki-tjahaja-purnama",
    "/visions/jakarta-smart-city-programme",
    "/goals",
    "/goals?by=decade",
    "/goals/11",
    "/goals/14",
    "/goals/suggest",
    "/challenges",
    "/challenges/flooding",
    "/technologies",
    "/technologies/early-warning",
    "/map",
    "/map?area=europe&goal=11",
    "/peers",
    "/peers?q=jakatra",
    "/cities/surat/peers",
    "/peers?place=1270583&challenge=flooding:under-a-third&weight.population=2&weight.income=x&without=northern-america"
    "&pool=places",
    "/peers/method",
    "/compare",
    "/compare?city=surat&city=jakarta&city=dar-es-salaam&city=nope",
    "/shortlist",
    "/shortlist?initiative=petajakarta-flood-map-from-social-media&city=surat&city=nope",
    "/about",
    "/no/such/page",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(visit: Callable[..., Page], scheme: str, width: int) -> None:
    # The policy is lifted for axe alone, which must be put into the page; `test_headers` holds the policy.
    page = visit("/", color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True)
    found: dict[str, Any] = {}
    for path in PATHS:
        page.goto(path)
        result = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
        for violation in result.response["violations"]:
            found[f"{path} {violation['id']}"] = violation["nodes"][0]["html"][:200]
    assert found == {}


def test_no_page_breaks_its_own_policy(visit: Callable[..., Page]) -> None:
    page = visit("/")
    for path in PATHS:
        page.goto(path)
    # What the browser complained about is asserted by the fixture.
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily").startswith('"Source Serif 4"')


def test_a_printed_page_leaves_out_what_paper_cannot_use(visit: Callable[..., Page]) -> None:
    page = visit("/initiatives/petajakarta-flood-map-from-social-media")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(page.get_by_role("heading", name="Where it says so")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert "http" in page.evaluate("getComputedStyle(document.querySelector('.sources a'), '::after').content")


def test_names_on_a_map_stand_beside_their_circles_from_either_side(visit: Callable[..., Page]) -> None:
    page = visit("/map?area=asia")
    gap = """() => [...document.querySelectorAll(".map a.mark:has(.mark-name:not(.mark-name-before))")].filter(
        (mark) => mark.checkVisibility()).map(
        (mark) => mark.querySelector("text").getBBox().x - mark.querySelector("circle").cx.baseVal.value)"""
    before = page.evaluate(gap)
    assert before
    assert all(0 < one < 20 for one in before)
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert page.evaluate(gap) == before


def test_a_page_written_from_the_right_turns_around(visit: Callable[..., Page]) -> None:
    page = visit("/initiatives/petajakarta-flood-map-from-social-media")
    at = "document.querySelector('.glance').getBoundingClientRect().left"
    before = page.evaluate(at)
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert page.evaluate(at) < before
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
