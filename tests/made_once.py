"""What applications of tests have in common, made once in each process, as where a process serves one site all day."""

from types import CodeType
from typing import Any, ClassVar

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine, create_engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Map

import kb.app
import kb.core.db
from config import Config
from kb.web.core.errors import Application

VERSIONS: dict[str, str] = {}
"""Of static files and the joined style: no test changes those of the site."""


class _Compiled(BytecodeCache):
    """Templates as they were compiled."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.code


class _Application(Application):
    """An application with the routes of all; one that gets a route of its own has a copy of them from then on."""

    _routes: ClassVar[Map | None] = None
    _known: ClassVar[set[tuple[str, str]]] = set()

    def __init__(self, *given: Any, **named: Any) -> None:
        if _Application._routes is None:
            # The first one has none to share yet, so that it gets all of them as its own.
            _Application._routes = Map()
            routes = kb.app.create_app(Config(development=True, database_url="sqlite://")).url_map
            _Application._routes, _Application._known = (
                routes,
                {(rule.rule, rule.endpoint) for rule in routes.iter_rules()},
            )
        super().__init__(*given, **named)
        self.url_map = _Application._routes

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Any = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        if self.url_map is _Application._routes:
            if endpoint is not None and (rule, endpoint) in _Application._known:
                self.view_functions[endpoint] = view_func
                return
            copies = [known.empty() for known in self.url_map.iter_rules()]
            self.url_map = Map(copies, converters=self.url_map.converters)
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)


_SQL = {dialect: LRUCache[Any, Any](2_000) for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg)}


def _with_shared_cache(url: str, **options: Any) -> Engine:
    engine = create_engine(url, **options)
    engine._compiled_cache = _SQL[type(engine.dialect)]
    return engine


def share() -> None:
    """Let applications share what is compiled: templates, routes, and the SQL of statements."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Compiled()}
    kb.app.Application = _Application  # type: ignore[misc] # as long as the tests last
    # What is compiled for a dialect serves each of its kind.
    for dialect in _SQL:
        dialect.__hash__ = lambda dialect: hash(type(dialect))  # type: ignore[method-assign]
        dialect.__eq__ = lambda dialect, other: type(dialect) is type(other)  # type: ignore[method-assign]
    kb.core.db.create_engine = _with_shared_cache  # type: ignore[attr-defined]
