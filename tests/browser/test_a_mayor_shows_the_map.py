"""A mayor's office shows the map in a meeting: it zooms, moves, filters and opens cards without leaving the page."""

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.seed_facts import count, facts

from .browser_pages import PHONE, Visit, faults

CARD = ".map-card"


def _circles(page: Page) -> Locator:
    return page.locator("svg.map:visible .mark")


def _circle(page: Page, title: str) -> Locator:
    """The circle whose title has this text."""
    return _circles(page).filter(has=page.locator("title", has_text=title)).first


def _settled(page: Page) -> None:
    """The address holds the frame, and the circles of it are there."""
    expect(page).to_have_url(re.compile(r"zoom="))
    expect(page.locator("p[data-in-view]")).to_have_text(re.compile("Shown here: "))


def _zoom(page: Page) -> float:
    found = re.search(r"zoom=([\d.]+)", page.url)
    assert found
    return float(found[1])


def test_a_circle_of_several_cities_zooms_in_and_a_city_opens_a_card(visit: Visit) -> None:
    page = visit("/map", reduced_motion="reduce")
    several = _circle(page, "Buenos Aires")
    expect(several).to_have_class(re.compile("mark-several"))
    several.locator("circle").click()
    _settled(page)
    _circle(page, "Buenos Aires, Argentina").locator("circle").click()
    card = page.locator(CARD)
    expect(card.get_by_role("heading", name="Buenos Aires Argentina")).to_be_focused()
    expect(card.get_by_role("link").first).to_have_attribute("href", re.compile("^/initiatives/"))
    assert "/map" in page.url
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(_circle(page, "Buenos Aires, Argentina")).to_be_focused()
    # What is looked at is an address.
    page.reload()
    expect(_circle(page, "Buenos Aires, Argentina")).to_be_visible()


def test_the_map_is_moved_and_zoomed_by_keyboard(visit: Visit) -> None:
    page = visit("/map", reduced_motion="reduce")
    of_the_world = _circles(page).count()
    page.get_by_role("group", name=re.compile("^Map: each circle")).focus()
    page.keyboard.press("+")
    _settled(page)
    expect(page).to_have_url(re.compile(r"zoom=1\.00"))
    before = page.url
    page.keyboard.press("ArrowLeft")
    expect(page).not_to_have_url(before)
    assert re.search(r"x=400\.00", page.url)
    page.keyboard.press("-")
    expect(page).to_have_url(re.compile(r"zoom=0\.00"))
    # The circles of this frame are there: until then those of the one before could be reached.
    expect(_circles(page)).to_have_count(of_the_world)
    page.keyboard.press("Tab")
    expect(_circles(page).first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"zoom=[1-9]"))
    assert page.evaluate("document.activeElement.matches('.mark, .map-window')")


def test_only_circles_that_are_seen_take_the_focus(visit: Visit) -> None:
    page = visit("/map?x=520&y=90&zoom=3", reduced_motion="reduce")
    inside = """() => {
        const seen = document.querySelector("svg.map-wide").getBoundingClientRect();
        return [...document.querySelectorAll("svg.map-wide .mark[tabindex='0'] circle")].every((circle) => {
            const { left, right } = circle.getBoundingClientRect();
            return right > seen.left && left < seen.right;
        });
    }"""
    expect(_circles(page).first).to_have_attribute("tabindex", re.compile("0|-1"))
    assert page.evaluate(inside)
    page.get_by_role("link", name="Zoom in").click()
    _settled(page)
    assert page.evaluate(inside)


def test_dragging_moves_the_map_and_opens_nothing(visit: Visit) -> None:
    page = visit("/map?x=520&y=90&zoom=2", reduced_motion="reduce")
    box = _circle(page, "Vienna").locator("circle").bounding_box()
    assert box
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 125, box["y"] + 5, steps=4)
    page.mouse.up()
    expect(page).not_to_have_url(re.compile(r"x=520&"))
    # The circles of the new frame take the place of the old ones while one looks.
    page.wait_for_function(
        """(x) => {
            const marks = [...document.querySelectorAll("svg.map-wide .mark")];
            const vienna = marks.find((mark) => mark.querySelector("title")?.textContent.includes("Vienna"));
            return vienna && Math.abs(vienna.querySelector("circle").getBoundingClientRect().x - x) < 8;
        }""",
        arg=box["x"] + 120,
    )
    expect(page.locator(CARD)).to_be_hidden()


def test_a_card_that_is_opened_while_circles_load_does_not_stop_them(visit: Visit) -> None:
    page = visit("/map?x=520&y=90&zoom=2", reduced_motion="reduce")
    waiting: list[Route] = []
    page.route("**/map/circles*", lambda route: waiting.append(route))  # noqa: PLW0108 - no builtin
    with page.expect_request("**/map/circles*"):
        page.get_by_role("link", name="Zoom in").click()
    # Far from where the card comes, since the map would be moved for one below it.
    x, y = page.evaluate("""() => {
        const map = document.querySelector("svg.map-wide").getBoundingClientRect();
        const [first] = [...document.querySelectorAll("svg.map-wide .mark:not(.mark-several) circle")]
            .map((circle) => circle.getBoundingClientRect())
            .filter(({ left, top, bottom }) => left > map.left && top > map.top + 60 && bottom < map.bottom - 60)
            .sort((one, other) => one.left - other.left);
        return [(first.left + first.right) / 2, (first.top + first.bottom) / 2];
    }""")
    page.mouse.click(x, y)
    expect(page.locator(CARD)).to_be_visible()
    (circles,) = waiting
    circles.continue_()
    _settled(page)


def test_filters_change_the_map_in_place_and_keep_what_is_looked_at(visit: Visit) -> None:
    everywhere = f"{count('initiatives')} initiatives of {count('cities')} cities"
    climate = [fact for fact in facts("initiatives") if 13 in fact["goals"]]
    on_climate = f"{len(climate)} initiatives of {len({city for fact in climate for city in fact['cities']})} cities"
    page = visit("/map", reduced_motion="reduce")
    told = page.get_by_role("status").filter(has_text="initiatives of")
    expect(told).to_have_text(everywhere)
    page.get_by_role("link", name="Zoom in").click()
    _settled(page)
    page.get_by_label("Goal").focus()
    page.get_by_label("Goal").select_option(label="13 Climate action")
    expect(page).to_have_url(re.compile(r"goal=13.*zoom=1\.00"))
    expect(told).to_have_text(on_climate)
    expect(page).to_have_title(re.compile("Goal 13, Climate action"))
    expect(page.get_by_label("Goal")).to_be_focused()
    page.go_back()
    expect(told).to_have_text(everywhere)
    expect(page.get_by_label("Goal")).to_have_value("")
    page.go_forward()
    expect(page.get_by_label("Goal")).to_have_value("13")
    page.get_by_role("link", name="Clear all filters").click()
    expect(page.get_by_label("Goal")).to_have_value("")
    expect(page.get_by_label("Goal")).to_be_focused()


def test_without_javascript_filters_are_a_form_and_circles_are_links(visit: Visit) -> None:
    page = visit("/map", java_script_enabled=False)
    page.get_by_label("Stage").select_option("discontinued")
    page.get_by_role("button", name="Show on the map").click()
    expect(page).to_have_url(re.compile("stage=discontinued"))
    expect(page.get_by_label("Stage")).to_have_value("discontinued")
    page.goto("/map")
    _circle(page, "Buenos Aires").locator("circle").click()
    expect(page).to_have_url(re.compile(r"zoom=[\d.]+#map"))
    _circle(page, "Buenos Aires, Argentina").locator("circle").click()
    expect(page.get_by_role("heading", level=1, name="Buenos Aires")).to_be_visible()


def test_on_a_phone_the_card_is_a_sheet_and_the_page_scrolls(visit: Visit) -> None:
    page = visit("/map?x=537&y=78&zoom=5", reduced_motion="reduce", has_touch=True, is_mobile=True, **PHONE)
    expect(page.get_by_label("Goal")).to_be_hidden()
    _circle(page, "Vienna, Austria").locator("circle").tap()
    sheet = page.locator(CARD)
    expect(sheet).to_be_visible()
    box = sheet.bounding_box()
    assert box
    assert box["width"] == 390
    assert round(box["y"] + box["height"]) == 844
    # The map stays in sight above it.
    circle = _circle(page, "Vienna, Austria").locator("circle").bounding_box()
    assert circle
    assert 0 <= circle["y"] < box["y"]
    sheet.get_by_role("button", name="Close").tap()
    expect(sheet).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.querySelector('svg.map-narrow')).touchAction") == "pan-y"


def test_two_fingers_move_and_zoom_the_map_and_one_scrolls_the_page(visit: Visit) -> None:
    page = visit("/map?x=520&y=90&zoom=2", reduced_motion="reduce", has_touch=True, is_mobile=True, **PHONE)
    touches = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        listed = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": listed})

    box = page.locator("svg.map:visible").bounding_box()
    assert box
    x, y = 195, box["y"] + box["height"] / 2
    touch("touchStart", (x - 30, y), (x + 30, y))
    for wider in range(35, 65, 5):
        touch("touchMove", (x - wider, y), (x + wider, y))
    touch("touchEnd")
    _settled(page)
    expect(page).to_have_url(re.compile("zoom=3"))
    pinched = page.url
    touch("touchStart", (x - 30, y), (x + 30, y))
    for lower in range(0, 60, 6):
        touch("touchMove", (x - 30, y + lower), (x + 30, y + lower))
    touch("touchEnd")
    expect(page).not_to_have_url(pinched)
    assert page.evaluate("scrollY") == 0
    moved = page.url
    touch("touchStart", (x, y))
    for higher in range(0, 120, 6):
        touch("touchMove", (x, y - higher))
    touch("touchEnd")
    page.wait_for_function("scrollY > 50")
    # One finger up or down leaves the map where it was.
    assert re.search(r"y=([\d.]+)", page.url)[1] == re.search(r"y=([\d.]+)", moved)[1]  # type: ignore[index]


def test_where_the_network_fails_the_map_says_so_and_stays(visit: Visit) -> None:
    page = visit("/map", reduced_motion="reduce")
    page.route("**/map/circles*", lambda route: route.abort())
    page.get_by_role("link", name="Zoom in").click()
    expect(page.locator("p[data-in-view]")).to_have_text(re.compile("could not be updated"))
    assert _circles(page).count() > 10


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_beside_an_open_card(visit: Visit, width: int) -> None:
    page = visit("/map?x=537&y=78&zoom=5&goal=11", viewport={"width": width, "height": 844}, reduced_motion="reduce")
    _circle(page, "Vienna, Austria").locator("circle").click()
    expect(page.locator(CARD).get_by_role("heading")).to_be_focused()
    assert faults(page, looks=[("light", width), ("dark", width)]) == {}


def test_the_keyboard_skips_the_map(visit: Visit) -> None:
    page = visit("/map")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator(".map-skip").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#cities$"))
    page.keyboard.press("Tab")
    expect(page.locator(".map-table summary")).to_be_focused()
    # The page was not read and put in its own place, which would have taken the focus.
    assert not [url for url in asked if "/map" in url]
