"""Every kind of page under axe, in light and dark, wide and narrow; and on paper."""

import pytest
from playwright.sync_api import expect

from .browser_pages import EVERY_LOOK, LOOKS, Visit, faults

PATHS = [
    "/",
    "/search",
    "/search?q=flood+early+warning&income=lower-middle",
    "/search?q=flood&technology=blockchain&goal=99&target=13.1&year_from=2020&year_to=2010&cost=known&colour=red",
    "/initiatives/petajakarta-flood-map-from-social-media",
    "/initiatives/qlue-and-crop-citizen-reporting",
    "/initiatives/tshwi-fi-free-public-internet",
    "/initiatives/qlue-and-crop-citizen-reporting/report",
    "/cities",
    "/cities/jakarta",
    "/leaders/basuki-tjahaja-purnama",
    "/visions/jakarta-smart-city-programme",
    "/goals",
    "/goals/counts?by=decade",
    "/goals/together",
    "/goals/missing",
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
    "/peers/challenges?place=1052373",
    "/search?q=beira",
    "/cities/surat/peers",
    "/peers?place=1270583&challenge=flooding:under-a-third&weight.population=2&weight.income=x&without=northern-america"
    "&pool=places",
    "/peers/method",
    "/compare",
    "/compare?city=surat&city=jakarta&city=dar-es-salaam&city=la-paz&city=istanbul&city=nope",
    "/shortlist",
    "/shortlist?initiative=petajakarta-flood-map-from-social-media&city=surat&city=nope",
    "/alerts?q=flood&challenge=flooding",
    "/ask?city=surat&city=jakarta",
    "/questions/confirm",
    "/embed/cities/surat/peers",
    "/docs",
    "/about",
    "/accessibility",
    "/privacy",
    "/data",
    "/downloads/new?q=water&region=nowhere",
    "/no/such/page",
]

IN_EVERY_LOOK = (
    "/",
    "/search?q=flood+early+warning&income=lower-middle",
    "/initiatives/petajakarta-flood-map-from-social-media",
    "/cities/jakarta",
    "/goals/11",
    "/map?area=europe&goal=11",
    "/peers?place=1270583&challenge=flooding:under-a-third&weight.population=2&weight.income=x&without=northern-america"
    "&pool=places",
    "/compare?city=surat&city=jakarta&city=dar-es-salaam&city=la-paz&city=istanbul&city=nope",
)


@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing_and_the_policy_forbids_nothing(visit: Visit, path: str) -> None:
    # What the browser complained about, as of what the policy of a page forbids, is asserted by the fixture.
    page = visit(path)
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily").startswith('"Source Serif 4"')
    assert faults(page, looks=EVERY_LOOK if path in IN_EVERY_LOOK else LOOKS) == {}


def test_a_printed_page_leaves_out_what_paper_cannot_use(visit: Visit) -> None:
    page = visit("/initiatives/petajakarta-flood-map-from-social-media")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(page.get_by_role("heading", name="Sources")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert "http" in page.evaluate("getComputedStyle(document.querySelector('.sources a'), '::after').content")
    page.goto("/cities/surat/peers")
    page.emulate_media(media="screen")
    page.emulate_media(media="print")
    adjusted = page.locator(".strength-strong, .strength-fair").evaluate_all(
        "words => words.map((each) => getComputedStyle(each).printColorAdjust)"
    )
    assert set(adjusted) == {"exact"}, "words of a peer's strength are light on dark, which paper would leave out"


def test_names_on_a_map_stand_beside_their_circles_from_either_side(visit: Visit) -> None:
    page = visit("/map?area=asia")
    gap = """() => [...document.querySelectorAll(".map a.mark:has(.mark-name:not(.mark-name-before))")].filter(
        (mark) => mark.checkVisibility()).map(
        (mark) => mark.querySelector(".mark-name").getBBox().x)"""
    before = page.evaluate(gap)
    assert before
    assert all(0 < one < 20 for one in before)
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert page.evaluate(gap) == before


def test_a_page_written_from_the_right_turns_around(visit: Visit) -> None:
    page = visit("/initiatives/petajakarta-flood-map-from-social-media")
    at = "document.querySelector('.glance').getBoundingClientRect().left"
    before = page.evaluate(at)
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert page.evaluate(at) < before
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


_ENDS = """(fact) => {
    const texts = document.createTreeWalker(fact, NodeFilter.SHOW_TEXT, (node) => node.data.trim() ? 1 : 2);
    const text = texts.nextNode(), words = text.data.trim(), start = text.data.indexOf(words);
    return [start, start + words.length - 1].map((place) => {
        const sign = document.createRange();
        sign.setStart(text, place);
        sign.setEnd(text, place + 1);
        return sign.getBoundingClientRect().left;
    });
}"""


def test_on_a_page_from_the_right_a_number_stands_before_the_words_that_follow_it(visit: Visit) -> None:
    page = visit("/cities/surat")
    page.evaluate("document.documentElement.dir = 'rtl'")
    for name in ("Size", "Elevation", "Coordinates"):
        row = page.locator(".facts > div", has=page.get_by_text(name, exact=True))
        first, last = row.locator("dd").evaluate(_ENDS)
        assert first < last, name
        box = row.locator("dd").bounding_box()
        assert box["x"] < first < last < box["x"] + box["width"]
