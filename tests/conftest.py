"""What every test may ask for: a database of either kind, an application over it, and the whole seeded site."""

import gc
import io
import itertools
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

import kb.all_models  # noqa: F401 - every table, for whoever makes all of them
from config import ROOT, Config
from kb.accounts import passwords
from kb.app import create_app
from kb.core.db import Database, Model
from kb.core.file_reading import ProcessLimits
from kb.images import reading_process as images_process
from kb.importing import reading_process as importing_process
from kb.pdf import fonts
from kb.pdf.maker import PdfMaker
from kb.peers.service import PLACES
from kb.search.index_versions import IndexVersions
from kb.web.core.assets import VENDOR
from tests import made_once, postgresql
from tests.factories import make_terms
from tests.files import modes
from tests.sampling import examples
from tests.terminal import program

# Which letters no font here has is found out once in each process: reading the fonts takes seconds.
_without_font = cache(fonts.without_font)
fonts.without_font = lambda letters, folder: _without_font(frozenset(letters), folder)


settings.register_profile(
    "citypeers", deadline=None, max_examples=examples(50), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("citypeers")
_numbers = itertools.count()

_MEMORY = Path("/dev/shm")  # noqa: S108 - folders in it have names that nobody can guess
_MEMORY_BYTES = 2 << 30

# Databases and indexes are made and thrown away by the hundred: in memory, where there is enough of it, none waits for
# a disk. Children of the tests inherit it.
if "TMPDIR" not in os.environ and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _MEMORY_BYTES:
    os.environ["TMPDIR"] = str(_MEMORY)
    tempfile.tempdir = None


made_once.share()

# Somebody signs in by nearly every test; what a real hash costs is tried with the hasher of the site itself.
REAL_HASHER = passwords._HASHER
passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest tests begin first, then those of the browser, one after the other, so that it starts once.

    Those marked `one_database` are not collected a second time for PostgreSQL.
    """
    again = {item for item in items if _is_again(item) and item.get_closest_marker("one_database")}
    config.hook.pytest_deselected(items=list(again))
    items[:] = [item for item in items if item not in again]
    items.sort(key=lambda item: (item.get_closest_marker("slow") is None, "browser" not in item.path.parts))


def _is_again(item: pytest.Item) -> bool:
    """Whether it is a test of SQLite, collected a second time for PostgreSQL."""
    callspec = getattr(item, "callspec", None)
    return callspec is not None and "postgresql" in callspec.params.values()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is there before the first test stays there, so the garbage collector need not look through it again."""
    gc.disable()
    collected = yield
    gc.collect()
    gc.freeze()
    gc.enable()
    return collected


@pytest.fixture(autouse=True, scope="session")
def _always_look() -> Iterator[None]:
    """What was just committed is seen: a quick test would see what a process had read some tenths of a second ago."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr("kb.search.service.REFRESH_SECONDS", 0.0)
        monkeypatch.setattr("kb.forum.live.live_state.FRESH_SECONDS", 0.0)
        yield


@pytest.fixture(autouse=True, scope="session")
def _share_work(shared_folder: Path) -> Iterator[None]:
    """What is made of templates and of the seed's places is made once for all applications, by one of the workers."""
    made_once.keep_templates(shared_folder)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr("kb.app.PLACES", str(shared_folder / _SEEDED / PLACES))
        yield


class _PdfsOfAll(PdfMaker):
    """The one of all applications of a worker, which an application that ends leaves to the others."""

    def close(self) -> None:
        pass


@pytest.fixture(autouse=True, scope="session")
def _share_pdfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A process that makes PDFs takes a second to start, and a page that offers one starts it."""
    pdfs = _PdfsOfAll(tmp_path_factory.mktemp("pdfs"), 1, VENDOR)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr("kb.app.PdfMaker", lambda *_: pdfs)
        yield
    PdfMaker.close(pdfs)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the workers of one run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


_WORK_OF_CHILDREN = {
    importing_process.__name__: importing_process._write_table,
    images_process.__name__: images_process._write_answer,
}


@pytest.fixture
def read_without_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """Uploaded files are read in the test's own process: a child takes longer to start than to read a small file.

    That a child says the same, and what ends one, is tried where it is started: `importing/test_reading`,
    `images/test_reading`.
    """

    def read(module: str, content: bytes, request: Mapping[str, Any], _limits: ProcessLimits) -> bytes:
        output = io.BytesIO()
        with warnings.catch_warnings():
            # What a child warns of reaches nobody either.
            warnings.simplefilter("ignore")
            _WORK_OF_CHILDREN[module](json.loads(json.dumps(request)), io.BytesIO(content), output)
        return output.getvalue()

    monkeypatch.setattr("kb.core.file_reading.read", read)
    # WeasyPrint turns it on for the process that makes a PDF, which here may be this one; no child makes any.
    monkeypatch.setattr("PIL.ImageFile.LOAD_TRUNCATED_IMAGES", False)


@pytest.fixture(autouse=True)
def _wait_for_pdfs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PDF is waited for as long as it takes on a busy machine; what happens otherwise has tests of its own."""
    monkeypatch.setattr("kb.pdf.maker.WAIT_SECONDS", 120.0)


def _fill_template(url: str) -> None:
    database = Database(url)
    Model.metadata.create_all(database.engine)
    with database.writing() as session:
        make_terms(session)
    database.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with tables and terms, which each test copies."""
    file = tmp_path_factory.mktemp("template") / "template.sqlite3"
    _fill_template(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[str]:
    """The URL pattern of a running cluster, whose database `template` has tables and terms."""
    with postgresql.cluster(postgresql.FOR_MANY_DATABASES) as pattern:
        with _administration(pattern) as run:
            run("CREATE DATABASE template")
        _fill_template(pattern.format(name="template"))
        yield pattern


@pytest.fixture(scope="session")
def postgresql_databases(postgresql_cluster: str) -> Iterator[Callable[[], AbstractContextManager[str]]]:
    """Give a context manager that makes a database with tables and terms, gives its URL, and drops it in the end."""
    with _administration(postgresql_cluster) as run:

        @contextmanager
        def make() -> Iterator[str]:
            name = f"test_{next(_numbers)}"
            # Copying files takes half as long as copying through the log, as PostgreSQL does unless told.
            run(f"CREATE DATABASE {name} TEMPLATE template STRATEGY FILE_COPY")
            try:
                yield postgresql_cluster.format(name=name)
            finally:
                run(f"DROP DATABASE {name} WITH (FORCE)")

        yield make


@contextmanager
def _administration(pattern: str) -> Iterator[Callable[[str], object]]:
    """A connection that may create and drop databases, while the block lasts."""
    engine = create_engine(pattern.format(name="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield lambda sql: connection.execute(text(sql))
    engine.dispose()


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """An SQLite database of the test's own; commits are real."""
    file = tmp_path / "test.sqlite3"
    shutil.copy(sqlite_template, file)
    database = Database(f"sqlite:///{file}")
    yield database
    database.dispose()


@pytest.fixture
def postgresql_database(postgresql_databases: Callable[[], AbstractContextManager[str]]) -> Iterator[Database]:
    """A PostgreSQL database of the test's own; commits are real."""
    with postgresql_databases() as url:
        database = Database(url)
        yield database
        database.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest) -> Database:
    """Each kind of database in turn."""
    return request.getfixturevalue(f"{request.param}_database")


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session that writes; what the test flushes is seen by itself, what it commits by everybody."""
    with database.writing() as session:
        yield session


@pytest.fixture
def config(database: Database, tmp_path: Path) -> Config:
    """Settings for an application over the test's database."""
    return Config(
        database_url=database.url.render_as_string(hide_password=False),
        search_index=tmp_path / "search_index",
        instance=tmp_path / "instance",
        development=True,
        rate_limit="100000 per minute",
    )


@pytest.fixture
def app(config: Config) -> Iterator[Flask]:
    """An application over the test's database; where a test wants an index it rebuilds or follows."""
    made = create_app(config)
    made.extensions["kb_versions"] = made_once.VERSIONS
    yield made
    made.extensions["kb_search"].close()
    made.extensions["kb_database"].dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor without JavaScript."""
    return app.test_client()


_SEEDED = Path("seeded") / "deep" / "made"


@dataclass(frozen=True)
class Seeding:
    """What `kb seed` made of nothing, as an operator runs it: its folder, what it said, and what others may open."""

    folder: Path
    stdout: str
    open_to_others: dict[str, str]


@pytest.fixture(scope="session")
def seeding(shared_folder: Path) -> Seeding:
    """The whole seed in SQLite, with its index and what is made of its places; by one of the workers."""
    made = shared_folder / _SEEDED
    deep = made.parent
    record = deep.with_name("seeding.json")
    with IndexVersions(record.parent).lock("seeding", wait_seconds=600):
        if not record.exists():
            environment = {
                "PATH": os.environ["PATH"],
                "DATABASE_URL": f"sqlite:///{made / 'kb.sqlite3'}",
                "KB_SEARCH_INDEX": str(made / "index"),
                "KB_INSTANCE": str(made),
                "KB_DEVELOPMENT": "1",
            }
            ended = program(environment, "seed")
            assert ended.returncode == 0, ended.stderr
            record.write_text(json.dumps([ended.stdout, modes(deep)]))
    return Seeding(made, *json.loads(record.read_text()))


@pytest.fixture(scope="session")
def seeded_config(seeding: Seeding) -> Config:
    """Settings of a site with the whole seed in SQLite and a real index; for reading only, shared by all workers."""
    return Config(
        database_url=f"sqlite:///{seeding.folder / 'kb.sqlite3'}",
        search_index=seeding.folder / "index",
        instance=seeding.folder.parent.parent / "instance",
        development=True,
        rate_limit="100000 per minute",
    )


@pytest.fixture(scope="session")
def translatable(shared_folder: Path) -> Catalog:
    """Every string for people, as `make messages` gathers them; by one of the workers, since it takes seconds."""
    folder = shared_folder / "messages"
    file = folder / "messages.pot"
    with IndexVersions(folder).lock("gathering", wait_seconds=300):
        if not file.exists():
            lines = (ROOT / "Makefile").read_text("utf-8").splitlines()
            _, *words = shlex.split(next(line for line in lines if "pybabel --quiet extract" in line))
            words[words.index("messages.pot")] = str(file)
            subprocess.run([Path(sys.executable).with_name("pybabel"), *words], cwd=ROOT, check=True)
    with file.open("rb") as opened:
        return read_po(opened)


@pytest.fixture(scope="session")
def seeded_app(seeded_config: Config) -> Flask:
    """The application over the whole seed, with its real index; for reading only."""
    made = create_app(seeded_config)
    made.extensions["kb_versions"] = made_once.VERSIONS
    return made


@pytest.fixture
def visitor(seeded_app: Flask) -> FlaskClient:
    """A visitor, without JavaScript, of the whole seeded site."""
    return seeded_app.test_client()
