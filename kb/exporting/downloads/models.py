"""The tables of downloads, and of the pieces that they are made from."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from kb.catalogue.entries import EntryKind
from kb.core.column_types import Code, Enumerated, Name, Prose, UTCDateTime, now, one_of
from kb.core.db import Model

STATES = ("waiting", "made", "failed", "same")
"""To be made; made; not made, for a reason; and found to be the same as another one."""

CODE_LENGTH = 10


class Download(Model):
    """A question in a format, with its answer as of a change number.

    `code` is in its address. `same_question` is a hash of what was asked, the catalogue and the change number: there is
    one download of each. `question` is a SearchQuery; `words` and `path` say it to people and programs, `filters` its
    labels. `site` is the address of the site when it was made, which the file names. Once it is made, `pieces` are the
    keys of what it is made from, `checksum` (SHA-256) and `size` those of the file, `coverage` is what
    `kb.exporting.coverage` counted. `problem` is why it could not be made, or why its file cannot be had as it was.
    `same_as_id` is the download that another one turned out to be.
    """

    __tablename__ = "downloads"
    __table_args__ = (one_of("kind", EntryKind, "kind_known"), one_of("state", STATES, "state_known"))

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(CODE_LENGTH), unique=True)
    same_question: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[Code] = mapped_column(default="waiting")
    problem: Mapped[Prose | None]
    same_as_id: Mapped[int | None] = mapped_column(ForeignKey("downloads.id"))
    kind: Mapped[EntryKind] = mapped_column(Enumerated(EntryKind))
    format: Mapped[Code]
    question: Mapped[dict[str, Any]] = mapped_column(JSON)
    words: Mapped[Name]
    filters: Mapped[list[list[str]]] = mapped_column(JSON)
    path: Mapped[Prose]
    site: Mapped[Name]
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    made_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    change_number: Mapped[int]
    entries: Mapped[int | None]
    sources: Mapped[int | None]
    checksum: Mapped[str | None] = mapped_column(String(64))
    size: Mapped[int | None] = mapped_column(BigInteger)
    coverage: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    pieces: Mapped[list[str]] = mapped_column(JSON, default=list)


class DownloadPiece(Model):
    """A compressed piece of what downloads are made from, by the SHA-256 of its content; several may share it."""

    __tablename__ = "download_pieces"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
