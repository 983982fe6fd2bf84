"""Reads of downloads: functions named for what they return."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from kb.core.errors import NotFound
from kb.core.i18n import gettext_noop

from .models import Download


def download_by_code(session: Session, code: str) -> Download:
    """The download at an address; another one where it turned out to be the same. NotFound where there is none."""
    download = session.scalars(select(Download).where(Download.code == code)).one_or_none()
    if download is not None and download.same_as_id is not None:
        download = session.get(Download, download.same_as_id)
    if download is None:
        raise NotFound(gettext_noop("There is no such download."))
    return download


def same_download(same_question: str) -> Select[Download]:
    """The download of a question as of a change number."""
    return select(Download).where(Download.same_question == same_question)
