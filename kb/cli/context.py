"""The context of every command: the settings, the database, a progress bar, and messages in the terminal's language.

That is the language of its environment (LANGUAGE, LC_ALL, LC_MESSAGES, LANG), where it is translated.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path
from typing import Any

import click
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

import kb.all_models  # noqa: F401 - tables name one another, and each command imports some of them
from config import Config
from kb.accounts.models import User
from kb.accounts.queries import has_active_people
from kb.accounts.signed_links import INVITATION, SignedLinks
from kb.core.db import Database
from kb.core.errors import Misconfigured, Refused
from kb.core.i18n import TRANSLATIONS, Message, gettext_noop
from kb.migrations.scripts import Migrations
from kb.migrations.state import Relation, SchemaState, schema_state

from .failures import database_failure

_EMPTY = gettext_noop("The database is empty: run `kb seed` first.")
_BEHIND = gettext_noop(
    "The database has version %(here)s, and this program needs version %(head)s: run `kb migrate` first."
)
_TOO_NEW = gettext_noop(
    "The database has version %(here)s, which is too new for this program (version %(head)s): update the program."
)


@dataclass(frozen=True, slots=True)
class Context:
    """The settings of this run."""

    config: Config

    @classmethod
    def from_environment(cls) -> "Context":
        """Read the settings. Raises Misconfigured that names the variable."""
        try:
            config = Config.from_environment()
        except ValueError as problem:
            raise Misconfigured(str(problem)) from None
        try:
            backend = make_url(config.database_url).get_backend_name()
        except (ArgumentError, ValueError):
            raise Misconfigured("DATABASE_URL is not an SQLAlchemy URL such as sqlite:///file.sqlite3") from None
        if backend not in {"sqlite", "postgresql"}:
            raise Misconfigured(f"DATABASE_URL names {backend}, but only sqlite and postgresql are supported")
        return cls(config)

    def database(self, *, must_exist: bool = True) -> Database:
        """Open the database; nothing is connected yet. A file of SQLite is only made where it need not exist."""
        return Database(
            self.config.database_url,
            must_exist=must_exist,
            read_urls=self.config.database_read_urls,
            lag_seconds=self.config.read_lag_seconds,
            checkpoints=self.config.checkpoints,
        )

    def usable_database(self) -> Database:
        """Open the database. Raises Refused where it cannot be read, or this program cannot run on it."""
        database = self.database(must_exist=False)
        try:
            state = schema_state(database)
        except SQLAlchemyError as trouble:
            raise Refused(database_failure(trouble, self.config.database_url)) from None
        require_usable(state)
        return database

    def site(self) -> str:
        """The address of the site, without a slash at its end."""
        return (self.config.site_url or f"http://{self.config.host}:{self.config.port}").rstrip("/")

    def invitation_to(self, user: User) -> str:
        """The whole address that opens a person's account."""
        ticket = SignedLinks(self.config.secret_key).write("invitation", user)
        return self.site() + INVITATION.format(ticket=ticket)


def require_usable(state: SchemaState) -> None:
    """Raise Refused, with what to do, where the program cannot run on a database in this state."""
    if state.can_run:
        return
    if state.here is None:
        raise Refused(_EMPTY)
    message = _BEHIND if state.relation is Relation.BEHIND else _TOO_NEW
    raise Refused(message, here=state.here, head=state.head)


def known_migrations() -> set[str]:
    """Every migration that this version has."""
    return set(Migrations.of_program().revisions)


def make_folder(url: str) -> None:
    """SQLite makes its file, but not the folder for it."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)


def has_no_administrator(database: Database) -> bool:
    """Whether there is no account yet, so that somebody must be told how to make the first."""
    with database.reading() as session:
        return not has_active_people(session)


def track(items: Sequence[Any], label: str) -> Iterable[Any]:
    """Give the items under a progress bar with the time left, on a terminal; elsewhere quietly."""
    if not items:
        return
    with click.progressbar(items, label=f"{label:<12}", show_eta=True, show_pos=True) as bar:
        yield from bar


def message_text(message: Message) -> str:
    """A message of a package in the terminal's language; English where there is no translation."""
    return message.render(lambda text: _messages().gettext(text) if text else "")


def ngettext(one: str, many: str, num: int) -> str:
    """A count and its noun in the terminal's language; `%(num)s` stands for the count."""
    return _messages().ngettext(one, many, num) % {"num": f"{num:,}"}


def documents(count: int) -> str:
    """How many documents an index has, in words."""
    return ngettext("%(num)s document", "%(num)s documents", count)


def entries(count: int) -> str:
    """How many entries there are, in words."""
    return ngettext("%(num)s entry", "%(num)s entries", count)


@cache
def _messages() -> NullTranslations:
    return translation("messages", TRANSLATIONS, fallback=True)
