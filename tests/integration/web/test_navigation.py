"""The head of every page: five ways in, and the way back up from pages below the first level."""

import json
import re

import pytest
from flask.testing import FlaskClient

FIRST_LEVEL = [
    "/",
    "/search",
    "/cities",
    "/cities?page=2",
    "/goals",
    "/challenges",
    "/technologies",
    "/map",
    "/map?area=europe",
    "/about",
    "/peers",
    "/peers?q=beira",
    "/forum",
    "/shortlist",
]

TRAILS = {
    "/cities/jakarta": [("Home", "/"), ("Cities", "/cities"), ("Jakarta, Indonesia", None)],
    "/cities/jakarta/peers": [("Home", "/"), ("Find peers", "/peers"), ("Peers of Jakarta, Indonesia", None)],
    "/peers?place=1270583": [("Home", "/"), ("Find peers", "/peers"), ("Peers of Gwalior, India", None)],
    "/initiatives/petajakarta-flood-map-from-social-media": [
        ("Home", "/"),
        ("Initiatives", "/search?kind=initiative"),
        ("PetaJakarta flood map from social media", None),
    ],
    "/initiatives/petajakarta-flood-map-from-social-media/history": [
        ("Home", "/"),
        ("Initiatives", "/search?kind=initiative"),
        ("History: PetaJakarta flood map from social media", None),
    ],
    "/leaders/basuki-tjahaja-purnama": [
        ("Home", "/"),
        ("Leaders", "/search?kind=leader"),
        ("Basuki Tjahaja Purnama", None),
    ],
    "/goals/11": [("Home", "/"), ("Goals", "/goals"), ("Goal 11: Sustainable cities and communities", None)],
    "/goals/counts?by=decade": [("Home", "/"), ("Goals", "/goals"), ("Where the 17 goals are worked on", None)],
    "/goals/suggest": [("Home", "/"), ("Goals", "/goals"), ("Suggest goals for a text", None)],
    "/challenges/flooding": [("Home", "/"), ("Challenges", "/challenges"), ("Flooding", None)],
    "/compare": [("Home", "/"), ("Find peers", "/peers"), ("Cities side by side", None)],
}


def trail_of(text: str) -> list[tuple[str, str | None]]:
    """The breadcrumbs of a page: words and address of each, the page itself last; none where it has none."""
    match = re.search(r'<nav class="breadcrumbs.*?</nav>', text, re.DOTALL)
    items = re.findall(r"<li.*?</li>", match[0], re.DOTALL) if match else []
    return [
        (re.sub(r"<[^>]+>", "", item).strip(), (re.findall(r'href="([^"]+)"', item) or [None])[0]) for item in items
    ]


def navigation_of(text: str) -> str:
    """The main navigation of a page."""
    return text[text.index('<nav class="site-nav"') : text.index("</header>")]


@pytest.mark.parametrize("path", FIRST_LEVEL)
def test_a_page_of_the_first_level_has_no_breadcrumbs(visitor: FlaskClient, path: str) -> None:
    text = visitor.get(path).text
    assert trail_of(text) == []
    assert "BreadcrumbList" not in text


@pytest.mark.parametrize("path", TRAILS)
def test_a_page_below_the_first_level_leads_back_up(visitor: FlaskClient, path: str) -> None:
    text = visitor.get(path).text
    trail = trail_of(text)
    assert trail == TRAILS[path]
    scripts = re.findall(r'<script type="application/ld\+json"[^>]*>(.*?)</script', text, re.DOTALL)
    (crumbs,) = (data for data in map(json.loads, scripts) if data["@type"] == "BreadcrumbList")
    assert [item["name"] for item in crumbs["itemListElement"]] == [words for words, _ in trail]
    assert [item["position"] for item in crumbs["itemListElement"]] == list(range(1, len(trail) + 1))
    assert all(item["item"].startswith("http") for item in crumbs["itemListElement"])


def test_there_are_five_ways_and_signing_in(visitor: FlaskClient) -> None:
    nav = navigation_of(visitor.get("/").text)
    inner = re.sub(r'<details class="nav-menu.*?</details>', "Explore", nav, flags=re.DOTALL)
    listed = re.findall(r"<li.*?</li>", inner, re.DOTALL)
    words = [" ".join(re.sub(r"<[^>]+>", "", item).split()) for item in listed]
    assert words == ["Find peers", "Explore", "Forum", "About", "Saved", "Sign in"]
    menu = nav[nav.index('<details class="nav-menu') :]
    explored = re.findall(r"<a [^>]+>([^<]+)</a>", menu[: menu.index("</details>")])
    assert explored == ["Initiatives", "Cities", "Challenges", "Technologies", "Goals", "Map"]


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/peers", "Find peers"),
        ("/cities/jakarta/peers", "Find peers"),
        ("/compare", "Find peers"),
        ("/search", "Initiatives"),
        ("/cities/jakarta", "Cities"),
        ("/goals/11", "Goals"),
        ("/map", "Map"),
        ("/about", "About"),
    ],
)
def test_the_way_that_one_is_on_is_marked(visitor: FlaskClient, path: str, current: str) -> None:
    nav = navigation_of(visitor.get(path).text)
    assert re.findall(r'<a [^>]*aria-current="[a-z]+"[^>]*>([^<]+)<', nav) == [current]
    assert ("nav-menu-current" in nav) == (current in {"Initiatives", "Cities", "Goals", "Map"})
