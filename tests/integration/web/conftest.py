"""Applications that let go of their database when the test ends."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from config import Config
from kb.app import create_app


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
