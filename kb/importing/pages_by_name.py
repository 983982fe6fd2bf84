"""Finds pages by their names, as files write them: of all that there are, only those that a file names are read."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.models import City, Leader
from kb.core.db import in_batches
from kb.core.text import sort_key
from kb.peers.name_index import loose


class PagesByName:
    """Cities or leaders by their names, loosely compared. Names that were not read before name no page."""

    def __init__(self, model: type[City | Leader], *columns: Any) -> None:
        """`columns` are what is read of a page."""
        self._model, self._columns = model, columns
        self._pages: dict[str, list[list[Any]]] = {}

    def read(self, session: Session, names: Iterable[str]) -> None:
        """Read the pages that bear these names, and were not read before."""
        new = {loose(name) for name in names} - self._pages.keys()
        self._pages |= {name: [] for name in new}
        # Names that are loosely the same are sorted alike, and by that there is an index.
        for keys in in_batches({sort_key(name) for name in new}):
            query = select(self._model.name, *self._columns).where(self._model.sort_key.in_(keys))
            for name, *row in session.execute(query):
                if loose(name) in new:
                    self._pages[loose(name)].append(row)

    def named(self, name: str) -> list[list[Any]]:
        """The pages of that name: of each, the columns."""
        return self._pages.get(loose(name), [])
