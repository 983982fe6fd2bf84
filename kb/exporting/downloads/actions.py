"""Writes of downloads: one is asked for, made, not made, or found to be the same as another."""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kb.catalogue.change_log import log_position
from kb.catalogue.entries import EntryKind
from kb.core.column_types import now
from kb.core.db import insert_if_absent
from kb.search.results import SearchQuery

from ..coverage import Coverage
from .models import CODE_LENGTH, Download
from .queries import same_download
from .questions import Described, from_json, hash_of, of_kind, to_json

_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without those that are taken for each other."""


def same_question(
    question: SearchQuery, kind: EntryKind, file_format: str, site: str, state: tuple[int, str | None]
) -> str:
    """The hash by which a question is known as the same; `state` is the catalogue's, by `log_position`."""
    return hash_of(str(kind), file_format, to_json(of_kind(question, kind)), site, *state)


def ask_for(
    session: Session, question: SearchQuery, kind: EntryKind, file_format: str, about: Described, path: str, site: str
) -> Download:
    """The download of a question as the catalogue is now: the one that there is, else a new one that is to be made.

    One that could not be made is to be made once more.
    """
    state = log_position(session)
    key = same_question(question, kind, file_format, site, state)
    # One that is there may be made at this moment, of a later state than it was asked of.
    while (download := session.scalars(same_download(key)).one_or_none()) is None:
        insert_if_absent(
            session,
            Download,
            code="".join(secrets.choice(_SIGNS) for _ in range(CODE_LENGTH)),
            same_question=key,
            state="waiting",
            kind=kind,
            format=file_format,
            question=to_json(of_kind(question, kind)),
            words=about.title,
            filters=about.filters,
            path=path,
            site=site,
            asked_at=now(),
            change_number=state[0],
            pieces=[],
        )
    if download.state == "failed":
        download.state, download.problem = "waiting", None
    return download


def note_made(
    session: Session,
    download: Download,
    identity: str | None,
    *,
    change_number: int,
    made_at: datetime,
    entries: int,
    sources: int,
    checksum: str,
    size: int,
    coverage: Coverage,
    pieces: list[str],
) -> None:
    """Note that a download is made, as the catalogue named `identity` was at a change number.

    Another process may have made it meanwhile; then that one's stays. Where the catalogue has changed since somebody
    asked, the same may have been asked of this state already: then this download is that one.
    """
    question = from_json(download.question)
    key = same_question(question, download.kind, download.format, download.site, (change_number, identity))
    other = session.scalars(same_download(key).where(Download.id != download.id)).one_or_none()
    values: dict[str, Any] = {
        "state": "made",
        "change_number": change_number,
        "made_at": made_at,
        "entries": entries,
        "sources": sources,
        "checksum": checksum,
        "size": size,
        "coverage": coverage.to_json(),
        "pieces": pieces,
    }
    if other is not None and other.state == "made":
        values = {"state": "same", "same_as_id": other.id}
    noted = update(Download).where(Download.id == download.id, Download.state == "waiting").values(values)
    try:
        with session.begin_nested():
            session.execute(noted.values(same_question=key) if other is None else noted)
    except IntegrityError:
        # The same was asked of this state at this moment.
        session.execute(noted)


def note_failed(session: Session, download_id: int, problem: str) -> None:
    """Note why a download could not be made."""
    failed = {"state": "failed", "problem": problem}
    session.execute(update(Download).where(Download.id == download_id, Download.state == "waiting").values(failed))


def note_differing(session: Session, download_id: int, problem: str) -> None:
    """Note that the file of a download cannot be had as it was; whoever asks the same again gets a new download."""
    download = session.get(Download, download_id)
    if download is not None and download.problem is None:
        download.problem = problem
        download.same_question = hash_of(download.same_question, download.code)
