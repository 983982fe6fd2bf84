"""The application without a database, of which the conventions read routes and templates."""

import pytest
from flask import Flask
from jinja2 import Environment

from config import Config
from kb.app import create_app


@pytest.fixture(scope="session")
def app() -> Flask:
    return create_app(Config(development=True, database_url="sqlite://"))


@pytest.fixture(scope="session")
def environment(app: Flask) -> Environment:
    """How the application reads templates."""
    return app.jinja_env
