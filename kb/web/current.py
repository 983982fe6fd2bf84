"""What the current request works with: the database, one session opened when first asked for, search and peers."""

from flask import Flask, current_app, g
from sqlalchemy.orm import Session

from config import Config
from kb.db import Database
from kb.peers.service import Peers
from kb.search.service import Search


def config() -> Config:
    """The settings in force."""
    settings: Config = current_app.config["KB"]
    return settings


def database() -> Database:
    """The application's database."""
    held: Database = current_app.extensions["kb_database"]
    return held


def search() -> Search:
    """The application's search."""
    held: Search = current_app.extensions["kb_search"]
    return held


def peers() -> Peers:
    """The application's peers."""
    held: Peers = current_app.extensions["kb_peers"]
    return held


def session() -> Session:
    """The request's session for reading, closed when the request ends; nothing here commits."""
    if "session" not in g:
        g.session = database().session()
    opened: Session = g.session
    return opened


def _close(_problem: BaseException | None) -> None:
    opened: Session | None = g.pop("session", None)
    if opened is not None:
        opened.close()


def register(app: Flask) -> None:
    """Close the session when a request ends, however it ends."""
    app.teardown_appcontext(_close)
