"""What the current request works with: the database, one session opened when first asked for, and the search."""

from flask import Flask, current_app, g
from sqlalchemy.orm import Session

from config import Config
from kb.db import Database
from kb.search.service import Search


def config() -> Config:
    """The settings in force."""
    return current_app.config["KB"]  # type: ignore[no-any-return] - Flask's config is a plain dictionary


def database() -> Database:
    """The application's database."""
    return current_app.extensions["kb_database"]  # type: ignore[no-any-return] - extensions is a plain dictionary


def search() -> Search:
    """The application's search."""
    return current_app.extensions["kb_search"]  # type: ignore[no-any-return] - extensions is a plain dictionary


def session() -> Session:
    """The request's session for reading, closed when the request ends; nothing here commits."""
    if "session" not in g:
        g.session = database().session()
    return g.session  # type: ignore[no-any-return] - g takes anything


def _close(_problem: BaseException | None) -> None:
    opened: Session | None = g.pop("session", None)
    if opened is not None:
        opened.close()


def register(app: Flask) -> None:
    """Close the session when a request ends, however it ends."""
    app.teardown_appcontext(_close)
