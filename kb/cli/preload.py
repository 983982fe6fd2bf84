"""What `kb serve` makes before it takes requests, and what its workers do to keep it as the catalogue is."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from pickle import UnpicklingError
from typing import Self

import structlog
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import select

from config import Config
from kb.app import create_app
from kb.catalogue.arrays import CatalogueArrays
from kb.catalogue.models import City, Initiative
from kb.core import metrics
from kb.core.database_errors import TEMPORARY
from kb.core.db import Database
from kb.core.gc_tuning import freeze_memory, keep_little_memory, rare_collections
from kb.core.retrying import until_done
from kb.peers.service import Peers
from kb.search.service import Search
from kb.web.catalogue.map_page import draw_world
from kb.web.core import templating
from kb.web.core.limit_storage import BoundedMemoryStorage

log = structlog.get_logger(__name__)

_PAGES = ("/", "/search?q=water", "/goals", "/map")
_COMPILER = Path(templating.__file__).read_text("utf-8")


def preload(config: Config) -> Flask:
    """Make the application with all that its workers share: index, peers, templates, counts of requests.

    Nothing stays open that two processes could not both use: no connection of the database, and no thread runs. What
    is made of the gazetteer may take seconds at the first start; a single worker makes it while it answers pages.
    """
    keep_little_memory()
    # What is made now stays, so the garbage collector need not walk through it while it is made.
    with rare_collections():
        app = create_app(config)
        app.jinja_env.bytecode_cache = CompiledTemplates.below(config.instance)
        for act in _to_load(app):
            _try(act)
        if config.workers > 1:
            _try(partial(_visit, app))
    counts: BoundedMemoryStorage = app.extensions["kb_limiter"].own
    counts.reset()
    counts.share()
    metrics.share()
    database: Database = app.extensions["kb_database"]
    database.dispose()
    freeze_memory()
    return app


def catch_up(app: Flask) -> None:
    """Bring a worker that has just been forked to the state of the catalogue, also where its parent is days old."""
    late = [act for act in _to_load(app) if not _try(act)]
    if app.config["KB"].workers == 1:
        late.append(app.extensions["kb_peers"].warm)
    for act in late:
        arguments = (act, "the catalogue is not in memory yet", threading.Event())
        threading.Thread(target=until_done, args=arguments, name="loading", daemon=True).start()


def followers(app: Flask) -> Sequence[Callable[[], object]]:
    """What the follower's thread does after each change, so that no request has to."""
    arrays: CatalogueArrays = app.extensions["kb_arrays"]
    search: Search = app.extensions["kb_search"]
    peers: Peers = app.extensions["kb_peers"]
    return (arrays.follow, search.refresh, peers.follow, partial(draw_world, app))


class CompiledTemplates(FileSystemBytecodeCache):
    """Templates as they were compiled once, for the next start: compiling those of a page takes up to 0.2 s.

    A file tells the source, the compiler and the Python that it was made from; where one is another, the template is
    compiled anew. As of the index, only the site itself may write there.
    """

    @classmethod
    def below(cls, instance: Path) -> Self:
        """In the instance folder, where it can be written to."""
        folder = instance / "templates"
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls(str(folder))

    def get_source_checksum(self, source: str) -> str:
        """Of the compiler too: what that of one release writes calls what another release may not have."""
        return super().get_source_checksum(_COMPILER + source)

    def load_bytecode(self, bucket: Bucket) -> None:
        """Read a template, if it is there and whole."""
        try:
            super().load_bytecode(bucket)
        except (OSError, EOFError, ValueError, UnpicklingError):
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write a template, unless the disk is full or read only."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def _to_load(app: Flask) -> Sequence[Callable[[], object]]:
    peers: Peers = app.extensions["kb_peers"]
    return (*followers(app), peers.warm) if app.config["KB"].workers > 1 else followers(app)


def _try(act: Callable[[], object]) -> bool:
    """Whether it worked; where the database or the index cannot be read now, the workers try again."""
    try:
        act()
    except (*TEMPORARY, OSError) as problem:
        log.warning("not loaded yet", problem=str(problem))
        return False
    return True


def _visit(app: Flask) -> None:
    """Write the pages that most ask for once: templates are compiled, and arrays of the index made, as they are."""
    with app.extensions["kb_database"].reading() as session:
        initiative = session.scalars(select(Initiative.slug).order_by(Initiative.id.desc()).limit(1)).first()
        city = session.scalars(select(City.slug).order_by(City.id).limit(1)).first()
    pages = [
        *_PAGES,
        *([f"/initiatives/{initiative}"] if initiative else []),
        *([f"/cities/{city}", f"/cities/{city}/peers"] if city else []),
    ]
    client, path = app.test_client(), app.config["KB"].site_path
    for page in pages:
        client.get(page, base_url=f"http://127.0.0.1{path}", headers={"User-Agent": "kb monitor"}).close()
