"""Applications that let go of their database when the test ends."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from config import Config
from kb.app import create_app
from kb.core.mail import Email, Mail
from tests.smtp_server import Mailbox, mailbox

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What pages show and forms say does not depend on the database, so SQLite alone will do unless a test says more.

    What they ask of it, the packages' tests try on both kinds, and `test_hostile_requests` reads every page from
    PostgreSQL.
    """
    for item in items:
        if item.path.is_relative_to(_HERE) and not item.get_closest_marker("both_databases"):
            item.add_marker("one_database")


@pytest.fixture
def app_with(config: Config) -> Iterator[Callable[..., Flask]]:
    """Make an application over the test's database with some settings changed."""
    made: list[Flask] = []

    def make(**changed: Any) -> Flask:
        made.append(create_app(dataclasses.replace(config, **changed)))
        return made[-1]

    yield make
    for app in made:
        app.extensions["kb_mail"].close()
        app.extensions["kb_search"].close()
        app.extensions["kb_database"].dispose()


@pytest.fixture
def arrived() -> Iterator[Mailbox]:
    """What a mail server was handed; its address is `url`."""
    with mailbox() as (_url, box):
        yield box


@pytest.fixture
def app_with_mail(arrived: Mailbox, app_with: Callable[..., Flask]) -> Flask:
    """The site in production, at http://localhost, with that mail server, which stops after the site."""
    return app_with(
        development=False,
        secret_key="x" * 32,
        site_url="http://localhost",
        smtp_url=arrived.url,
        mail_from="CityPeers <desk@city.example>",
    )


@pytest.fixture
def letters(app: Flask) -> list[Email]:
    """The letters that are sent while the test runs, in a post box instead of the log."""
    posted: list[Email] = []

    class PostBox(Mail):
        def send(self, message: Email) -> bool:
            posted.append(message)
            return True

        def send_later(self, message: Email) -> None:
            self.send(message)

    app.extensions["kb_mail"].close()
    app.extensions["kb_mail"] = PostBox("", "desk@example.org", is_printed=True)
    return posted
