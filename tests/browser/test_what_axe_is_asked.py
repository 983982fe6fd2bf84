"""Axe is asked for each look of letters once, and finds what does not look like what has passed."""

import pytest

from .browser_pages import Look, Visit, faults

PAGE = """<!doctype html><html lang="en"><head><title>Made up</title><style>
    body { background: white; color: #767676; font: 16px serif }
    h1 { color: #949494; font-size: 24px; font-weight: 400 }
    h2 { color: #949494; font-size: 20px; font-weight: 700 }
    ul { background: #eee; padding: 0 100px }
    li { background: white }
    .away { color: #777; left: -999px; position: absolute; top: 0 }
</style></head><body><main><h1>Made up</h1><h2>Made up</h2><ul>
    <li>One <em>word</em></li><li>One <em>word</em></li><li>One <em>word</em></li><li>One <em>word</em></li>
</ul><p class="away">Away</p></main></body></html>"""

CONTRAST = {
    "letters": "word.style.color = '#777'",
    "filling": "word.style.webkitTextFillColor = '#777'",
    "outline": "word.style.webkitTextStroke = '2px #ccc'",
    "shadow": "item.style.textShadow = '1px 1px 3px #888, -1px -1px 3px #888'",
    "size": "document.querySelector('h1').style.fontSize = '23px'",
    "weight": "document.querySelector('h2').style.fontWeight = 400",
    "ground": "item.style.backgroundColor = '#fdfdfd'",
    "ground of one word": "word.style.backgroundColor = '#fdfdfd'",
    "opacity of all": "item.parentElement.style.opacity = 0.99",
    "blending": "item.style.mixBlendMode = 'multiply'",
    "beside its ground": "word.style.cssText = 'position: relative; left: -90px'",
    "something behind": """
        document.querySelector("h1").style.cssText = "position: relative; z-index: 1";
        const ground = "<i style='position: absolute; inset: 0; background: #ddd'></i>";
        item.closest("main").insertAdjacentHTML("afterbegin", ground);
    """,
    "what was away": "document.querySelector('.away').style.position = 'static'",
}
OTHERS = {
    "label": "item.append(document.createElement('input'))",
    "landmark-no-duplicate-main": "document.body.append(document.createElement('main'))",
}


LOOKS: list[Look] = [("light", 1280)]


@pytest.fixture
def site() -> str:
    """None is asked: the page is made here."""
    return "http://127.0.0.1"


def test_axe_finds_what_is_planted_in_a_page_that_passed(visit: Visit) -> None:
    page = visit("about:blank")
    page.set_content(PAGE)
    assert faults(page, looks=LOOKS) == {}

    def found_after(script: str) -> set[str]:
        page.set_content(PAGE)
        page.evaluate(
            f"() => {{ const item = document.querySelectorAll('li')[3], word = item.firstElementChild; {script} }}"
        )
        return {fault.rpartition(": ")[2] for fault in faults(page, looks=LOOKS)}

    assert [what for what, script in CONTRAST.items() if "color-contrast" not in found_after(script)] == []
    assert [rule for rule, script in OTHERS.items() if rule not in found_after(script)] == []
