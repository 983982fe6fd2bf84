"""What the actions of organisers share: the version a form was written from, order, and sources."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.models import Source, Versioned
from kb.core.column_types import now
from kb.core.errors import Conflict
from kb.core.i18n import gettext_noop

FASTER = gettext_noop("Somebody changed this meanwhile.")

Data = Mapping[str, Any]


def same(row: Versioned, version: int | None) -> None:
    """Raise Conflict where a row is another than the form was written from."""
    if row.version != version:
        raise Conflict(FASTER)


def number(rows: Iterable[Any]) -> None:
    """Number rows by their order, from 0."""
    for position, row in enumerate(rows):
        if row.position != position:
            row.position = position


def sources_of(session: Session, urls: Sequence[str]) -> list[Source]:
    """The sources of those addresses, seen today where they are new."""
    known = {source.url: source for source in session.scalars(select(Source).where(Source.url.in_(urls)))}
    for url in urls:
        if url not in known:
            known[url] = Source(url=url, seen_on=now().date())
            session.add(known[url])
    return [known[url] for url in urls]
