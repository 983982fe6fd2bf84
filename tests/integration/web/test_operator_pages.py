"""What an office asks for: who runs the site, where flaws are reported, what is accessible, which data are kept."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config import Config
from kb.web.site.operator import VALID_DAYS, expires_after


def test_without_settings_nothing_is_made_up(client: FlaskClient) -> None:
    for path in ("/imprint", "/security", "/.well-known/security.txt"):
        assert client.get(path).status_code == 404, path
    home = client.get("/about").text
    assert "/accessibility" in home
    assert "/privacy" in home
    assert "/imprint" not in home
    assert "No name is given yet" in client.get("/privacy").text


def test_the_imprint_names_who_runs_the_site(app_with: Callable[..., Flask]) -> None:
    client = app_with(
        operator_name="Made-up Office",
        operator_address="1 Made-up Street\\nTown",
        operator_email="office@peers.example",
    ).test_client()
    page = client.get("/imprint")
    assert page.status_code == 200
    for shown in ("Made-up Office", "1 Made-up Street", "mailto:office@peers.example"):
        assert shown in page.text
    assert "\\n" not in page.text
    assert 'href="/imprint"' in client.get("/about").text
    assert "mailto:office@peers.example" in client.get("/accessibility").text
    assert "Made-up Office" in client.get("/privacy").text


def test_the_imprint_may_stand_elsewhere(app_with: Callable[..., Flask]) -> None:
    client = app_with(imprint_url="https://office.example/imprint").test_client()
    assert client.get("/imprint").headers["Location"] == "https://office.example/imprint"
    assert 'href="https://office.example/imprint"' in client.get("/about").text


@pytest.mark.parametrize("contact", ["security@peers.example", "mailto:security@peers.example"])
def test_security_txt_says_where_flaws_are_reported(app_with: Callable[..., Flask], contact: str) -> None:
    """The fields of RFC 9116, section 2.5."""
    client = app_with(security_contact=contact, site_url="https://peers.example").test_client()
    answer = client.get("/.well-known/security.txt", base_url="https://peers.example")
    assert answer.mimetype == "text/plain"
    given = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert given["Contact"] == "mailto:security@peers.example"
    assert given["Canonical"] == "https://peers.example/.well-known/security.txt"
    assert given["Policy"] == "https://peers.example/security"
    assert "en" in given["Preferred-Languages"].split(", ")
    expires = datetime.fromisoformat(given["Expires"])
    assert timedelta(days=VALID_DAYS - 2) < expires - datetime.now(UTC) < timedelta(days=365)
    assert "security@peers.example" in client.get("/security", base_url="https://peers.example").text


def test_security_txt_expires_at_midnight() -> None:
    moment = datetime(2026, 11, 29, 19, 30, 1, 5, tzinfo=UTC)
    assert expires_after(moment) == "2027-05-28T00:00:00Z"


def test_a_contact_may_be_a_page(app_with: Callable[..., Flask]) -> None:
    client = app_with(security_contact="https://peers.example/report").test_client()
    assert "Contact: https://peers.example/report\n" in client.get("/.well-known/security.txt").text


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"operator_email": "office"}, "KB_OPERATOR_EMAIL"),
        ({"security_contact": "call us"}, "KB_SECURITY_CONTACT"),
        ({"security_contact": "https://peers.example\nExpires: 1999-01-01T00:00:00Z"}, "KB_SECURITY_CONTACT"),
        ({"imprint_url": "javascript:alert(1)"}, "KB_IMPRINT_URL"),
        ({"imprint_url": "http://office.example"}, "KB_IMPRINT_URL"),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, str], named: str) -> None:
    assert str(Config(development=True, **wrong).problem()).startswith(named)


def test_the_privacy_notice_follows_the_settings(app_with: Callable[..., Flask]) -> None:
    page = app_with(question_days=31, forum_name_days=47, rest_minutes=59).test_client().get("/privacy").text
    text = re.sub(r"\s+", " ", page)
    assert "Name and e-mail address: 31 days after the question is closed" in text
    assert "47 days after the session" in text
    assert "Sign-ins: 59 minutes." in text
    assert "known_browser" in text
