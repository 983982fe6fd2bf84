"""What applications of tests have in common, made once in each process, as where a process serves one site all day."""

from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine, create_engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Map

import kb.app
import kb.core.db
from config import Config
from kb.cli.preload import CompiledTemplates
from kb.web.core.errors import Application

VERSIONS: dict[str, str] = {}
"""Of static files and the joined style: no test changes those of the site."""


class _Application(Application):
    """An application with the templates and routes of another; once it gets a route more, with copies of the routes."""

    def __init__(self, other: Application, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.__dict__["jinja_env"] = other.jinja_env
        self.url_map = self._routes = other.url_map

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Any = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        if self.url_map is self._routes:
            if endpoint is not None and (rule, endpoint) in _rules():
                self.view_functions[endpoint] = view_func
                return
            self.url_map = Map(
                [known.empty() for known in self._routes.iter_rules()], converters=self._routes.converters
            )
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)


@cache
def _first() -> Application:
    kb.app.Application = Application  # type: ignore[misc] # which has all of its own
    try:
        return kb.app.create_app(Config(development=True, database_url="sqlite://"))
    finally:
        kb.app.Application = _application  # type: ignore[assignment, misc] # as long as the tests last


@cache
def _rules() -> set[tuple[str, str]]:
    return {(rule.rule, rule.endpoint) for rule in _first().url_map.iter_rules()}


def _application(*given: Any, **named: Any) -> Application:
    return _Application(_first(), *given, **named)


_SQL = {dialect: LRUCache[Any, Any](2_000) for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg)}


def _with_shared_cache(url: str, **options: Any) -> Engine:
    engine = create_engine(url, **options)
    engine._compiled_cache = _SQL[type(engine.dialect)]
    return engine


def share() -> None:
    """Let applications share routes, templates, and the SQL that is written for statements."""
    kb.app.Application = _application  # type: ignore[assignment, misc] # as long as the tests last
    # What is compiled for a dialect serves each of its kind.
    for dialect in _SQL:
        dialect.__hash__ = lambda dialect: hash(type(dialect))  # type: ignore[method-assign]
        dialect.__eq__ = lambda dialect, other: type(dialect) is type(other)  # type: ignore[method-assign]
    kb.core.db.create_engine = _with_shared_cache  # type: ignore[attr-defined]


def keep_templates(folder: Path) -> None:
    """Read templates as another worker compiled them, and write those that none did."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": CompiledTemplates.below(folder)}
