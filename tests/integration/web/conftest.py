"""Applications that let go of their database when the test ends."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from config import Config
from kb.app import create_app

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
        app.extensions["kb_search"].close()
        app.extensions["kb_database"].dispose()
