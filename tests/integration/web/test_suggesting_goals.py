"""Suggestions of goals on their page: a researcher pastes a text, judges what comes out, and loses nothing typed."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kb.web.core.limits import GOAL_SUGGESTIONS
from kb.web.goals.schemas import LONGEST_TEXT

from .page_readers import counted_queries, words_of

FLOODS = (
    "Sensors along the river give early warning of floods, so that residents of informal settlements can leave in time."
)
ADDRESS = "/goals/suggest"


def _token(client: FlaskClient, **options: str) -> str:
    page = client.get(ADDRESS, **options).text
    match = re.search(r'name="csrf_token"\s+value="([^"]+)"', page)
    assert match
    return match[1]


def _send(client: FlaskClient, text: str):
    return client.post(ADDRESS, data={"text": text, "csrf_token": _token(client)})


def _typed(page: str) -> str:
    """What a browser shows in the text field: it leaves out one line end after the tag."""
    match = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", page, re.DOTALL)
    assert match
    return unescape(match[1])


def test_a_text_gets_goals_and_targets_with_the_words_they_rest_on(visitor: FlaskClient) -> None:
    page = _send(visitor, FLOODS)
    assert page.status_code == 200
    words = words_of(page.text)
    assert "11 Sustainable cities and communities" in words
    assert re.search(
        r"11\.5 Fewer lives and losses in disasters (Very likely|Likely|Possible|Less likely) \(0\.\d+\)", words
    )
    assert re.search(r"Based on: .*floods", words)
    assert re.search(r"<mark>floods?<span", page.text)
    assert 'href="/goals/11#target-11.5"' in page.text
    assert _typed(page.text) == FLOODS


def test_the_page_says_how_it_works_how_well_and_who_decides(visitor: FlaskClient) -> None:
    words = words_of(visitor.get(ADDRESS).text)
    for part in ("You decide", "English", "not stored", "sdgclassification-benchmark"):
        assert part in words
    assert re.search(r"0\.35 or more; 46\s?% were right", words)


@pytest.mark.parametrize("text", ["", "   ", " \r\n\t ", "\0\0"])
def test_nothing_but_white_space_is_said_and_kept(visitor: FlaskClient, text: str) -> None:
    page = _send(visitor, text)
    assert page.status_code == 422
    assert "There is no text yet." in page.text
    assert 'aria-invalid="true"' in page.text
    assert _typed(page.text) == text.replace("\r\n", "\n").replace("\0", " ")


def test_too_long_a_text_is_said_and_kept_whole(visitor: FlaskClient) -> None:
    text = "flood " * (LONGEST_TEXT // 6 + 1)
    page = _send(visitor, text)
    assert page.status_code == 422
    assert "at most 20,000 are read at once" in page.text
    assert _typed(page.text) == text
    assert _send(visitor, "é" * LONGEST_TEXT).status_code == 200


def test_a_text_that_says_nothing_is_told_so(visitor: FlaskClient) -> None:
    for text in ("Xyzzy.", "今天天气很好。", "1234"):
        page = _send(visitor, text)
        assert page.status_code == 200
        assert "No goal suggested" in page.text
        assert "in English" in words_of(page.text)


def test_of_a_text_in_another_language_only_numbers_are_read_and_the_page_says_so(visitor: FlaskClient) -> None:
    text = "El proyecto mejora el acceso al agua potable y saneamiento en barrios marginales."
    page = _send(visitor, text).text
    assert "No goal suggested" in page
    assert "The text does not seem to be in English." in page
    page = _send(visitor, f"{text} Apoya el ODS 6.").text
    assert "1 goal suggested" in page
    assert "The text does not seem to be in English." in page


def test_a_text_is_shown_as_text(visitor: FlaskClient) -> None:
    page = _send(visitor, '</textarea><script>alert("flood")</script><b>flood</b> %(x)s {{ 7 * 7 }}\nflood')
    assert "<script>alert" not in page.text
    assert "<b>" not in page.text
    assert "49" not in _typed(page.text)
    assert _typed(page.text).endswith("{{ 7 * 7 }}\nflood")


def test_line_ends_at_the_start_of_a_text_are_kept(visitor: FlaskClient) -> None:
    assert _typed(_send(visitor, "\r\n\r\nflood").text) == "\n\nflood"


def test_a_form_without_its_token_is_not_answered_but_its_text_is_kept(visitor: FlaskClient) -> None:
    for data in ({"text": FLOODS}, {"text": FLOODS, "csrf_token": "forged"}):
        page = visitor.post(ADDRESS, data=data)
        assert page.status_code == 400
        assert "goals suggested" not in page.text
        assert "press the button again" in page.text
        assert _typed(page.text) == FLOODS


def test_pressing_again_after_an_old_token_works(visitor: FlaskClient) -> None:
    page = visitor.post(ADDRESS, data={"text": FLOODS, "csrf_token": "old"})
    token = re.search(r'name="csrf_token"\s+value="([^"]+)"', page.text)
    assert token
    assert visitor.post(ADDRESS, data={"text": FLOODS, "csrf_token": token[1]}).status_code == 200


def test_the_cookie_gives_nothing_away(visitor: FlaskClient) -> None:
    plain = visitor.get(ADDRESS)
    cookie = plain.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert "Cookie" in plain.headers["Vary"]
    assert "private" in plain.headers["Cache-Control"]


def test_over_https_the_cookie_is_secure_and_strangers_sites_are_refused(visitor: FlaskClient) -> None:
    site = "https://city.example"
    answer = visitor.get(ADDRESS, base_url=site)
    assert "Secure" in answer.headers["Set-Cookie"]
    token = re.search(r'name="csrf_token"\s+value="([^"]+)"', answer.text)
    assert token
    form = {"text": FLOODS, "csrf_token": token[1]}
    for referrer, status in ((f"{site}{ADDRESS}", 200), ("https://evil.example/", 400)):
        sent = visitor.post(ADDRESS, base_url=site, data=form, headers={"Referer": referrer})
        assert sent.status_code == status


def test_pages_without_a_form_set_no_cookie(visitor: FlaskClient) -> None:
    for path in ("/", "/goals", "/goals/11"):
        assert "Set-Cookie" not in visitor.get(path).headers


def test_nothing_of_a_text_is_stored(seeded_app: Flask) -> None:
    with counted_queries(seeded_app) as statements:
        assert _send(seeded_app.test_client(), FLOODS).status_code == 200
    assert statements
    assert all(statement.lstrip().upper().startswith("SELECT") for statement in statements)


def test_whoever_asks_too_often_is_told_to_wait(app_with: Callable[..., Flask]) -> None:
    client = app_with().test_client()
    token = _token(client)
    often = int(GOAL_SUGGESTIONS.split()[0])
    codes = [client.post(ADDRESS, data={"text": "flood", "csrf_token": token}).status_code for _ in range(often + 1)]
    assert codes == [200] * often + [429]
    assert client.get(ADDRESS).status_code == 200


def test_a_body_of_megabytes_is_refused_with_a_page(visitor: FlaskClient) -> None:
    page = visitor.post(ADDRESS, data={"text": "a" * 2_000_000})
    assert page.status_code == 413
    assert "What you sent is too large" in words_of(page.text)
