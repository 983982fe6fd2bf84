"""What the pages of imports show: one import as it stands, its columns, its rows, and how far it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.accounts.permissions import may
from kb.core.errors import NotFound
from kb.core.i18n import Message
from kb.importing import actions, queries
from kb.importing.choices import MODES, VERDICTS
from kb.importing.columns import FIELDS
from kb.importing.models import Import, ImportRow
from kb.importing.plan import LABELS
from kb.importing.queries import import_by_id
from kb.importing.readers import ENCODINGS, Limits
from kb.importing.runner import is_stale
from kb.importing.serialization import RowMessage, message_from_json, row_message_from_json
from kb.importing.vocabulary import LEFT_OUT, label_of, vocabularies

from ..core.formatting import message_text
from ..core.language import translated
from ..core.pages import Page
from ..core.paging import Pages, last_page, pages_of

_LEAVE = "-"
"""What a form sends for a word that is to be left out; no code of a list."""


@dataclass(frozen=True, kw_only=True)
class ImportsPage(Page):
    """The form for a file as it was filled in, and the imports there are."""

    template = "desk/imports.html"
    imports: Sequence[Import]
    modes: Sequence[tuple[str, str]]
    values: Mapping[str, str]
    problem: str | None
    readings: Sequence[str]
    most_mb: int
    encodings: Mapping[str, str] = field(default_factory=lambda: ENCODINGS)


def page_of_imports(
    session: Session, person: User, values: Mapping[str, str] | None = None, problem: Message | None = None
) -> ImportsPage:
    """The imports that a person may see, and the ways in which the person may import; `problem` is why none began."""
    readings = problem.values.get("readings") if problem else None
    return ImportsPage(
        imports=session.scalars(queries.imports_for(person)).all(),
        modes=[(code, label) for code, label in MODES.items() if may(person, actions.PERMISSION[code])],
        values=values or {},
        problem=message_text(problem) if problem else None,
        readings=[message_text(each) for each in readings if isinstance(each, Message)]
        if isinstance(readings, tuple)
        else [],
        most_mb=round(Limits().file_bytes / 1e6),
    )


def seen(session: Session, person: User, import_id: int) -> Import:
    """The import, for whoever may see it; to others there is none. Raises NotFound."""
    import_record = import_by_id(session, import_id)
    if not actions.may_see(person, import_record):
        raise NotFound
    return import_record


@dataclass(frozen=True, slots=True)
class UnknownWord:
    """A word that no list knows: in which list it was looked up, in how many rows it is, and what it may mean."""

    list: str
    label: str
    word: str
    plain: str
    rows: int
    near: Sequence[str]
    terms: Mapping[str, str]
    meant: str | None


@dataclass(frozen=True, slots=True)
class RowNote:
    """What is told of a row: of which column, in words, and whether something is "wrong" or in "doubt"."""

    column: str | None
    words: str
    kind: str


@dataclass(frozen=True, slots=True)
class ReportedRow:
    """A row of the file, with what becomes of it or became of it."""

    number: int
    title: str | None
    verdict: str
    changes: str
    undone: bool
    left: str | None
    proposal_id: int | None
    notes: Sequence[RowNote]


@dataclass(frozen=True, slots=True)
class Report:
    """A page of the rows with one verdict, or of those to look at."""

    verdict: str | None
    rows: Sequence[ReportedRow]
    pages: Pages


@dataclass(frozen=True, kw_only=True)
class ImportPage(Page):
    """One import as it stands: its columns, unknown words, how far it is, and once it was checked its rows."""

    template = "desk/import.html"
    import_record: Import
    state: str
    notes: Sequence[str]
    problem: str | None
    is_busy: bool
    can_map: bool
    report: Report | None
    unknown: Sequence[UnknownWord]
    verdicts: Mapping[str, str] = field(default_factory=lambda: VERDICTS)
    fields: Mapping[str, Any] = field(default_factory=lambda: FIELDS)
    leave: str = _LEAVE

    @property
    def open_words(self) -> int:
        """Of how many unknown words nobody has said what they mean."""
        return sum(word.meant is None for word in self.unknown)


def page_of_import(session: Session, import_record: Import, problem: str | None = None) -> ImportPage:
    """One import; `problem` is why something could not be done with it."""
    state = "interrupted" if is_stale(import_record) else import_record.state
    is_reported = import_record.state in {"checked", "done", "undone"} or import_record.task in {"run", "undo"}
    if problem is None and import_record.problem:
        problem = message_text(message_from_json(import_record.problem))
    return ImportPage(
        import_record=import_record,
        state=state,
        notes=[message_text(message_from_json(note)) for note in import_record.notes],
        problem=problem,
        is_busy=state in {"waiting", "working"},
        can_map=state in {"uploaded", "checked"},
        report=_report(session, import_record) if is_reported else None,
        unknown=_unknown(session, import_record) if state == "checked" else (),
    )


def chosen_words(sent: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What a form says of unknown words, by list and word; of what was left open it says nothing."""
    chosen: dict[str, dict[str, str]] = {}
    for field_name, code in sent.items():
        kind, _, rest = field_name.partition(":")
        name, _, word = rest.partition(":")
        if kind == "word" and code:
            chosen.setdefault(name, {})[word] = LEFT_OUT if code == _LEAVE else code
    return chosen


def _unknown(session: Session, import_record: Import) -> list[UnknownWord]:
    """The words that no list knows, each with the terms it may be taken for."""
    if not import_record.unknown:
        return []
    lists, chosen = vocabularies(session), import_record.words or {}
    return [
        UnknownWord(
            word["list"],
            label_of(word["list"]),
            word["word"],
            word["plain"],
            word["rows"],
            word["near"],
            lists[word["list"]].labels,
            chosen.get(word["list"], {}).get(word["plain"]),
        )
        for word in import_record.unknown
    ]


def _report(session: Session, import_record: Import) -> Report:
    verdict = request.args.get("rows")
    verdict = verdict if verdict in VERDICTS else None
    total = queries.count_rows(session, import_record, verdict)
    last = last_page(total, queries.PAGE)
    page = min(max(request.args.get("page", 1, type=int), 1), last)
    names = {column["letter"]: column["name"] for column in import_record.columns}
    rows = session.scalars(queries.rows_of(import_record, verdict, page)).all()

    def link(number: int) -> str:
        return url_for("importing.import_page", import_id=import_record.id, rows=verdict, page=number)

    return Report(verdict, [_row(row, names) for row in rows], pages_of(page, last, link))


def _row(row: ImportRow, names: Mapping[str, str]) -> ReportedRow:
    notes = [
        _note(row_message_from_json(message), kind, names)
        for kind, messages in (("wrong", row.problems), ("doubt", row.warnings))
        for message in messages
    ]
    return ReportedRow(
        row.number,
        row.title,
        row.verdict,
        ", ".join(translated(LABELS.get(name, name)) for name in row.changes),
        row.undone,
        message_text(message_from_json(row.left)) if row.left else None,
        row.proposal_id,
        notes,
    )


def _note(message: RowMessage, kind: str, names: Mapping[str, str]) -> RowNote:
    column = f"{message.column} {names.get(message.column, '')}".strip() if message.column else None
    return RowNote(column, message_text(message.message), kind)
