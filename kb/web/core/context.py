"""What the current request works with: who asks, the database, one session opened when first asked for, and more."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, has_request_context, request
from sqlalchemy.orm import Session

from config import Config
from kb.accounts.api_keys import ApiKeys
from kb.accounts.authenticator_apps import AuthenticatorApps
from kb.accounts.models import User
from kb.accounts.signed_links import SignedLinks
from kb.catalogue.arrays import CatalogueArrays, CatalogueSnapshot
from kb.catalogue.counts import Counts
from kb.core.db import Database
from kb.core.mail import Mail
from kb.core.standbys import NEWEST
from kb.exporting.downloads.making import DownloadMaker
from kb.importing.runner import Runner
from kb.pdf.maker import PdfMaker
from kb.peers.service import Peers
from kb.search.service import Search

from . import login_session, own_writes

_SAFE = {"GET", "HEAD", "OPTIONS"}
_COPIED = {"api.changes", "oai.answer"}
"""Lists by which programs go on from the last change that they know, as others with a parameter of _SINCE."""
_SINCE = {"since", "changed_since"}


@dataclass(slots=True)
class AllTries:
    """What is true of a request however often it is answered anew (`reading_again`); all else in `g` is of one try.

    `first_failure` is a moment of `time.monotonic`, `next_pause` are seconds; `budget` is a rate and the key by which
    it is counted.
    """

    is_counted: bool = False
    budget: tuple[str, str, str] | None = None
    must_be_newest: bool = False
    first_failure: float | None = None
    next_pause: float = 0.0


def all_tries() -> AllTries:
    """What is kept of a request while it is answered anew."""
    if "all_tries" not in g:
        g.all_tries = AllTries()
    kept: AllTries = g.all_tries
    return kept


def forget_try() -> None:
    """Close the session and forget all that the request has read and worked out so far."""
    close_session()
    for name in set(g) - {"all_tries"}:
        g.pop(name)


def config() -> Config:
    """The settings in force."""
    settings: Config = current_app.config["KB"]
    return settings


def database() -> Database:
    """The application's database."""
    database: Database = current_app.extensions["kb_database"]
    return database


def catalogue() -> CatalogueSnapshot:
    """The published entries as arrays, as the request's session sees them or newer (see `FollowedValue.current`)."""
    arrays: CatalogueArrays = current_app.extensions["kb_arrays"]
    return arrays.current(session())


def search() -> Search:
    """The application's search."""
    search: Search = current_app.extensions["kb_search"]
    return search


def counts() -> Counts:
    """What counts the catalogue's entries; a page asks for it once, so that its numbers agree with each other."""
    return search().counts(session())


def peers() -> Peers:
    """The application's peers."""
    peers: Peers = current_app.extensions["kb_peers"]
    return peers


def signed_links() -> SignedLinks:
    """What writes and reads links that let somebody in."""
    return SignedLinks(config().secret_key)


def api_keys() -> ApiKeys:
    """What makes and finds keys for programs."""
    return ApiKeys(config().secret_key)


def authenticator_apps() -> AuthenticatorApps:
    """What sets up authenticator apps and checks their codes."""
    return AuthenticatorApps(config().secret_key)


def mail() -> Mail:
    """The application's way to send mail."""
    mail: Mail = current_app.extensions["kb_mail"]
    return mail


def user() -> User | None:
    """The person who is signed in; looked up once for each request, and not at all where the cookie names nobody."""
    if "user" not in g:
        g.user = login_session.person(session, config().rest_minutes, lambda: database().is_of_standby(session()))
    user: User | None = g.user
    return user


def imports() -> Runner:
    """What works on imports."""
    runner: Runner = current_app.extensions["kb_imports"]
    return runner


def pdfs() -> PdfMaker:
    """What makes PDFs."""
    maker: PdfMaker = current_app.extensions["kb_pdfs"]
    return maker


def downloads() -> DownloadMaker:
    """What makes downloads that can be cited."""
    maker: DownloadMaker = current_app.extensions["kb_downloads"]
    return maker


def permission_of(view: Any) -> str | None:
    """The permission that a view requires, or None where it is for everybody."""
    permission: str | None = getattr(view, "requires", None)
    return permission


def permission() -> str | None:
    """The permission that the view of this request requires."""
    return permission_of(current_app.view_functions.get(request.endpoint or ""))


def session() -> Session:
    """The request's session for reading, closed when the request ends; nothing here commits."""
    if "session" not in g:
        g.session = database().session(after=_needed_position())
    session: Session = g.session
    return session


def _needed_position() -> int | None:
    """What this request must see of the primary's log (see `Database.session`).

    Whoever writes, or is let in by a cookie or a key, decides by what is true now. For programs that copy the
    catalogue, the number of its last change must not go back.
    """
    if not has_request_context() or request.method not in _SAFE:
        return None
    if all_tries().must_be_newest or login_session.lets_somebody_in() or "Authorization" in request.headers:
        return NEWEST
    if request.endpoint in _COPIED or not _SINCE.isdisjoint(request.args):
        return NEWEST
    return own_writes.position()


def refresh_session() -> Session:
    """The request's session for reading, once it sees what has been written meanwhile."""
    opened = session()
    opened.rollback()
    return opened


def close_session() -> None:
    """Close the request's session, if it has one; whoever asks next gets another."""
    session: Session | None = g.pop("session", None)
    if session is not None:
        session.close()


def _close(_problem: BaseException | None) -> None:
    close_session()


def register(app: Flask) -> None:
    """Close the session when a request ends, however it ends; templates get `user()`."""
    app.teardown_appcontext(_close)
    own_writes.register(app)
    app.jinja_env.globals["user"] = user
