"""A researcher asks which goals are worked on where; a vice-mayor has a project's text read for goals."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Response, expect

from tests.seed_facts import facts

from .browser_pages import Visit, faults, picture

HEAVIEST = 150_000
BAR = 'svg path[fill="#0b5566" i]'
DARK_BAR = 'svg path[fill="#86cbd8" i]'


def _weigh(page: Page) -> list[tuple[str, int]]:
    """Note the address and the bytes, as they came over the wire, of whatever the page loads from now on."""
    loaded: list[tuple[str, int]] = []

    def note(response: Response) -> None:
        loaded.append((response.url, response.request.sizes()["responseBodySize"]))

    page.on("requestfinished", lambda request: note(request.response()))
    return loaded


def _scroll_to(page: Page, name: str):
    figure = page.get_by_role("figure", name=name)
    figure.scroll_into_view_if_needed()
    return figure


def test_from_the_matrix_to_the_initiatives_of_one_cell(visit: Visit) -> None:
    page = visit("/goals")
    page.get_by_role("link", name="Where they are worked on").click()
    page.get_by_role("link", name="Income of the country").click()
    expect(page).to_have_url(re.compile(r"by=income"))
    row = page.get_by_role("row", name=re.compile("13 Climate action")).first
    cell = row.get_by_role("link").nth(2)
    count = cell.inner_text()
    cell.click()
    expect(page).to_have_url(re.compile(r"/search\?kind=initiative&goal=13&income=lower-middle"))
    expect(page.locator("#results-title")).to_contain_text(count)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_researcher_goes_from_a_goal_to_its_cities_and_takes_the_numbers_home(visit: Visit, width: int) -> None:
    page = visit("/goals", viewport={"width": width, "height": 844}, reduced_motion="reduce")
    page.get_by_role("link", name=re.compile("13.*Climate action")).click()
    expect(page.get_by_role("heading", level=1, name="Climate action")).to_be_visible()
    picture(page, "researcher-2-goal")
    page.get_by_role("link", name="Targets", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("^13\\.1 "))).to_be_in_viewport()
    works = [fact for fact in facts("initiatives") if 13 in fact["goals"]]
    cities = {city for fact in works for city in fact["cities"]}
    page.get_by_role("link", name="Show on the map").click()
    expect(
        page.get_by_role("status").filter(has_text=f"{len(works)} initiatives of {len(cities)} cities")
    ).to_be_visible()
    picture(page, "researcher-3-map")
    page.goto("/goals/13")
    page.get_by_role("link", name="Search the initiatives of this goal").click()
    expect(page).to_have_url(re.compile(r"/search\?goal=13"))
    expect(page.locator("#results-title")).to_be_visible()
    picture(page, "researcher-4-search")
    page.goto("/goals")
    page.get_by_role("link", name="Where are they worked on?").click()
    expect(page.get_by_role("row", name=re.compile("13 Climate action")).first).to_be_visible()
    picture(page, "researcher-5-counts")
    with page.expect_download() as waited:
        page.get_by_text("Download", exact=True).click()
        page.get_by_role("link", name="CSV", exact=True).click()
    rows = Path(waited.value.path()).read_text("utf-8-sig").splitlines()
    assert rows[0] == "goal,goal_label,region,region_label,initiatives,all_initiatives"
    page.goto("/goals/together")
    picture(page, "researcher-6-together")
    with page.expect_download() as waited:
        page.get_by_text("Download", exact=True).click()
        page.get_by_role("link", name="CSV", exact=True).click()
    assert ",expected,times_expected" in Path(waited.value.path()).read_text("utf-8-sig").splitlines()[0]


@pytest.mark.parametrize("path", ["/goals", "/goals/counts", "/goals/together", "/goals/missing"])
def test_no_page_about_the_goals_is_long_on_a_phone_and_each_shows_all_their_links(visit: Visit, path: str) -> None:
    page = visit(path, viewport={"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollHeight") < 6 * 844
    for link in page.get_by_role("navigation", name="Pages about the goals").get_by_role("link").all():
        box = link.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


def test_a_chart_is_drawn_when_it_comes_into_view_and_its_table_folds(visit: Visit) -> None:
    page = visit("/goals/11")
    assert page.locator("figure[data-drawn]").count() == 0
    figure = _scroll_to(page, "Initiatives by evidence")
    drawing = figure.get_by_role("img", name=re.compile("Initiatives by evidence, as a bar chart"))
    expect(drawing.locator(BAR).first).to_be_visible()
    expect(figure.get_by_role("table")).to_be_hidden()
    figure.get_by_text("Show the numbers as a table").click()
    expect(figure.get_by_role("table")).to_be_visible()
    expect(figure.get_by_role("row", name="2 Data that show a change")).to_be_visible()


def test_a_bar_leads_to_its_goal(visit: Visit) -> None:
    page = visit("/goals/counts", reduced_motion="reduce")
    figure = _scroll_to(page, "Initiatives by goal")
    bar = figure.locator('svg path[fill="#e5243b" i]').first
    expect(bar).to_be_visible()
    bar.click()
    expect(page.get_by_role("heading", level=1, name="No poverty")).to_be_visible()


def test_without_javascript_the_tables_are_there_with_their_bars(visit: Visit) -> None:
    page = visit("/goals/11", java_script_enabled=False)
    figure = page.get_by_role("figure", name="Initiatives by start year")
    expect(figure.get_by_role("row", name="2014")).to_be_visible()
    expect(figure.locator("td.bar rect").first).to_be_visible()


def test_where_the_library_does_not_come_the_table_unfolds_again(visit: Visit) -> None:
    page = visit("/about")
    page.route("**/vendor/echarts.js*", lambda route: route.fulfill(status=404, body=""))
    page.goto("/goals/11")
    figure = _scroll_to(page, "Initiatives by evidence")
    expect(figure.get_by_role("table")).to_be_visible()
    expect(figure.locator("[data-drawing]")).to_be_hidden()


def test_a_chart_takes_the_colours_of_the_theme_and_the_direction_of_the_page(visit: Visit) -> None:
    page = visit("/goals/11", color_scheme="light", reduced_motion="reduce")
    page.evaluate("document.documentElement.dir = 'rtl'")
    figure = _scroll_to(page, "Initiatives by evidence")
    expect(figure.locator(BAR).first).to_be_visible()
    bars = [figure.locator(BAR).nth(number).bounding_box() for number in (0, 1)]
    assert bars[0]
    assert bars[1]
    assert bars[0]["width"] < bars[1]["width"]
    assert abs(sum(bars[0][side] for side in ("x", "width")) - sum(bars[1][side] for side in ("x", "width"))) < 1
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    expect(figure.locator(DARK_BAR).first).to_be_visible()


def test_on_paper_the_numbers_stand_as_a_table(visit: Visit) -> None:
    page = visit("/goals/11")
    figure = _scroll_to(page, "Initiatives by evidence")
    expect(figure.locator(BAR).first).to_be_visible()
    page.emulate_media(media="print")
    expect(figure.locator("[data-drawing]")).to_be_hidden()
    expect(figure.get_by_role("table")).to_be_visible()


def test_no_page_weighs_more_than_it_may_and_the_library_comes_only_when_a_chart_is_seen(visit: Visit) -> None:
    pages = []
    for path in ("/goals", "/goals/counts", "/goals/together", "/goals/suggest", "/goals/11"):
        page = visit("/robots.txt", anew=True)
        loaded = _weigh(page)
        pages.append((page, loaded))
        page.goto(path)
    for page, loaded in pages:
        page.wait_for_load_state("networkidle")
        assert sum(size for _, size in loaded) <= HEAVIEST, loaded
        assert not any("echarts" in url for url, _ in loaded)
    loaded.clear()
    with page.expect_request_finished(lambda request: "echarts" in request.url) as library:
        figure = _scroll_to(page, "Initiatives by evidence")
    expect(figure.locator(BAR).first).to_be_visible()
    assert library.value.sizes()["responseBodySize"] <= HEAVIEST
    assert len([url for url, _ in loaded if "echarts" in url]) <= 1


def test_the_file_of_a_chart_is_kept_under_its_name(visit: Visit) -> None:
    page = visit("/goals/11")
    figure = _scroll_to(page, "Initiatives by start year")
    figure.get_by_text("Download: Initiatives by start year").click()
    with page.expect_download() as waited:
        figure.get_by_role("link", name="CSV").click()
    assert waited.value.suggested_filename.startswith("citypeers-goal-11-time-")
    assert Path(waited.value.path()).read_text("utf-8-sig").startswith("start_year,start_year_label,initiatives")


def test_a_vice_mayor_has_a_text_read_for_goals_and_follows_a_target(visit: Visit) -> None:
    page = visit("/goals")
    page.get_by_role("link", name="Suggest goals for a text").click()
    field = page.get_by_label("A text in English")
    field.fill("Our city gives early warning of floods by text message.\n\nBuses run on electricity.")
    page.get_by_role("button", name="Suggest goals").press("Enter")
    expect(page.locator("mark", has_text="floods")).to_be_visible()
    expect(field).to_have_value(re.compile("Buses run on electricity"))
    page.get_by_role("link", name=re.compile(r"^11\.5")).click()
    expect(page.locator("#target-11\\.5")).to_be_in_viewport()


def test_axe_finds_nothing_in_drawn_charts(visit: Visit) -> None:
    page = visit("/goals/11", reduced_motion="reduce")
    figure = _scroll_to(page, "Initiatives by evidence")
    expect(figure.locator("svg path").first).to_be_attached()
    found = faults(page, looks=[("light", 1280)])
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    expect(figure.locator(DARK_BAR).first).to_be_attached()
    found |= faults(page, looks=[("dark", 1280)])
    assert found == {}


def test_axe_finds_nothing_in_suggested_goals(visit: Visit) -> None:
    page = visit("/goals/suggest")
    page.get_by_label("A text in English").fill(
        "Early warning of floods for informal settlements; buses run on electricity."
    )
    page.get_by_role("button", name="Suggest goals").click()
    expect(page.locator("mark").first).to_be_visible()
    assert faults(page) == {}
