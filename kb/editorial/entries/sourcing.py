"""Sources, which several entries may share: what one entry says of a source holds for all."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from kb.catalogue.models import Source

from ..known import Known
from .parts import put


def cited(known: Known, row: Mapping[str, Any], *, own_title: bool) -> Source:
    """The source of a row; the day is set where one is given, the title too unless the entry keeps one of its own."""
    source = known.source_or_new(row["url"])
    if row["seen_on"] is not None:
        put(source, {"seen_on": date.fromisoformat(row["seen_on"])})
    if row["title"] is not None and (source.title is None or not own_title):
        put(source, {"title": row["title"]})
    return source


def linked(known: Known, url: str | None) -> Source | None:
    """The source that a figure, a term of office or a challenge rests on."""
    return None if url is None else known.source_or_new(url)
