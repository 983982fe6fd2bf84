"""The people of the desk's tests: Ana writes in Surat, Eva and Edda review, Adi looks after people."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb.accounts.models import User
from tests.factories import make_city, make_user
from tests.sign_in import signed_in

Browsers = Callable[[str], FlaskClient]


@pytest.fixture
def people(session: Session) -> dict[str, User]:
    """The cast, by first name; committed."""
    surat = make_city(session, "Surat")
    cast = {
        "ana": make_user(session, "contributor", name="Ana Made-up", city_id=surat.id),
        "bo": make_user(session, "contributor", name="Bo Made-up"),
        "eva": make_user(session, "editor", name="Eva Made-up"),
        "edda": make_user(session, "editor", name="Edda Made-up"),
        "adi": make_user(session, "administrator", name="Adi Made-up"),
    }
    session.commit()
    return cast


@pytest.fixture
def browser_of(app: Flask, people: dict[str, User]) -> Browsers:
    """A browser in which one of the cast is signed in; the same one for the same name."""
    browsers: dict[str, FlaskClient] = {}

    def open_for(name: str) -> FlaskClient:
        if name not in browsers:
            browsers[name] = signed_in(app.test_client(), people[name])
        return browsers[name]

    return open_for
