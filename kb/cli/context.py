"""What every command works with: the settings, the database, and a progress bar."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import click
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from config import Config
from kb.db import Database
from kb.problems import Misconfigured


@dataclass(frozen=True, slots=True)
class Context:
    """The settings of this run."""

    config: Config

    @classmethod
    def from_environment(cls) -> "Context":
        """Read the settings. Raises Misconfigured that names the variable."""
        try:
            config = Config.from_environment()
            make_url(config.database_url)
        except ValueError as problem:
            raise Misconfigured(str(problem)) from None
        except ArgumentError:
            raise Misconfigured("DATABASE_URL is not an SQLAlchemy URL such as sqlite:///file.sqlite3") from None
        return cls(config)

    def database(self) -> Database:
        """Open the database; nothing is connected yet."""
        return Database(self.config.database_url)


def track(items: Sequence[Any], label: str) -> Iterable[Any]:
    """Give the items under a progress bar with the time left, on a terminal; elsewhere quietly."""
    if not items:
        return
    with click.progressbar(items, label=f"{label:<12}", show_eta=True, show_pos=True) as bar:
        yield from _each(bar)


def _each(bar: Iterable[Any]) -> Iterator[Any]:
    yield from bar
