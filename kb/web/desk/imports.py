"""What the pages of imports show: one import as it stands, its columns, its rows, and how far it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from kb.accounts.models import User
from kb.accounts.permissions import may
from kb.catalogue.entries import EntryKind
from kb.core.errors import NotFound
from kb.core.i18n import Message
from kb.importing import actions, queries
from kb.importing.choices import MODES, VERDICTS
from kb.importing.columns import FIELDS, NEEDED
from kb.importing.models import Import, ImportEdit, ImportRow
from kb.importing.plan import LABELS
from kb.importing.queries import import_by_id
from kb.importing.readers import ENCODINGS, Limits, place_of
from kb.importing.serialization import RowMessage, message_from_json, row_message_from_json
from kb.importing.vocabulary import LEFT_OUT, label_of, vocabularies

from ..core.formatting import message_text
from ..core.language import translated
from ..core.links import link_to_entry
from ..core.pages import Page
from ..core.paging import Pages, last_page, pages_of

ENCODING = "encoding"
"""The state of an import whose file waits for somebody to say in which encoding it is."""

_LINE_LETTERS = 60

_LEAVE = "-"
"""What a form sends for a word that is to be left out; no code of a list."""


@dataclass(frozen=True, kw_only=True)
class ImportsPage(Page):
    """The form for a file as it was filled in, and the imports there are."""

    template = "desk/imports.html"
    imports: Sequence[tuple[Import, str]]
    modes: Sequence[tuple[str, str]]
    values: Mapping[str, str]
    problem: str | None
    most_mb: int
    encodings: Mapping[str, str] = field(default_factory=lambda: ENCODINGS)


def page_of_imports(
    session: Session, person: User, values: Mapping[str, str] | None = None, problem: Message | None = None
) -> ImportsPage:
    """The imports that a person may see, and the ways in which the person may import; `problem` is why none began."""
    records = session.scalars(queries.imports_for(person)).all()
    return ImportsPage(
        imports=[(import_record, _state(import_record)) for import_record in records],
        modes=[(code, label) for code, label in MODES.items() if may(person, actions.PERMISSION[code])],
        values=values or {},
        problem=message_text(problem) if problem else None,
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
class Cell:
    """A cell that may be changed: the `name` of its field, its text, what the file says where that is other, notes."""

    name: str
    column: str
    text: str
    in_file: str | None
    notes: Sequence[RowNote]

    @property
    def is_wrong(self) -> bool:
        """Whether the row is refused for it."""
        return any(note.kind == "wrong" for note in self.notes)

    @property
    def is_long(self) -> bool:
        """Whether it needs more than a line."""
        return len(self.text) > _LINE_LETTERS or "\n" in self.text


@dataclass(frozen=True, slots=True)
class ReportedRow:
    """A row of the file, with what becomes of it or became of it. `notes` are of no cell that is shown.

    `similar` is the title and address of what it may double; `is_wanted` whether it is imported all the same.
    """

    number: int
    title: str | None
    verdict: str
    changes: str
    undone: bool
    left: str | None
    proposal_id: int | None
    notes: Sequence[RowNote]
    cells: Sequence[Cell] = ()
    similar: tuple[str, str | None] | None = None
    is_wanted: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """A page of the rows with one verdict, or of those to check; `columns` are fields, with their headings."""

    verdict: str | None
    rows: Sequence[ReportedRow]
    pages: Pages
    columns: Sequence[tuple[str, str]] = ()
    is_whole: bool = False

    @property
    def is_editable(self) -> bool:
        """Whether any of its rows may be changed."""
        return any(row.cells for row in self.rows)


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
    chosen: Mapping[str, str]
    asked: Sequence[str]
    readings: Sequence[str]
    encodings: Mapping[str, str] = field(default_factory=lambda: ENCODINGS)
    leave: str = _LEAVE

    @property
    def percent(self) -> int:
        """How much of the task is done, in percent."""
        return round(100 * self.import_record.progress / self.import_record.rows) if self.import_record.rows else 0

    @property
    def left_out(self) -> list[str]:
        """What the columns are called that hold something and will not be read, while that can be changed."""
        columns = self.import_record.columns if self.can_map else ()
        unread = (column for column in columns if column.get("samples") and not self.chosen.get(column["letter"]))
        return [column.get("name") or column["letter"] for column in unread]

    @property
    def open_words(self) -> int:
        """Of how many unknown words nobody has said what they mean."""
        return sum(word.meant is None for word in self.unknown)


def page_of_import(
    session: Session, import_record: Import, problem: str | None = None, chosen: Mapping[str, str] | None = None
) -> ImportPage:
    """One import; `problem` is why something could not be done with it, `chosen` what was chosen for its columns."""
    state = _state(import_record)
    chosen = import_record.mapping if chosen is None else chosen
    kept_problem = message_from_json(import_record.problem) if import_record.problem else None
    readings = kept_problem.values.get("readings") if kept_problem and state == ENCODING else None
    is_reported = import_record.state in {"checked", "done", "undone"} or import_record.task in {"run", "undo"}
    if problem is None and kept_problem and state != ENCODING:
        problem = message_text(kept_problem)
    return ImportPage(
        import_record=import_record,
        state=state,
        notes=[message_text(message_from_json(note)) for note in import_record.notes],
        problem=problem,
        is_busy=state in {"waiting", "working"},
        can_map=state in {"uploaded", "checked"},
        chosen=chosen,
        asked=[code for code in NEEDED if code not in chosen.values()] if state == "uploaded" else [],
        readings=[message_text(each) for each in readings if isinstance(each, Message)]
        if isinstance(readings, tuple)
        else [],
        report=_report(session, import_record) if is_reported else None,
        unknown=_unknown(session, import_record) if state == "checked" else (),
    )


def _state(import_record: Import) -> str:
    """Where an import stands, for its readers."""
    return ENCODING if actions.needs_encoding(import_record) else import_record.state


def chosen_columns(sent: Mapping[str, str]) -> dict[str, str]:
    """What a form says of columns, by letter; the column of a field that was asked for goes before."""
    chosen = {name.removeprefix("column-"): code for name, code in sent.items() if name.startswith("column-") and code}
    for code in NEEDED:
        if letter := sent.get(f"holds-{code}"):
            chosen = {at: other for at, other in chosen.items() if other != code} | {letter: code}
    return chosen


def sent_rows(sent: MultiDict[str, str]) -> tuple[dict[int, dict[str, str]], dict[int, bool]]:
    """What a form says of rows: cells by number and letter, and whether those that may exist already are wanted."""
    cells: dict[int, dict[str, str]] = {}
    for name, text in sent.items():
        kind, _, rest = name.partition("-")
        number, _, letter = rest.partition("-")
        if kind == "cell" and _is_number(number):
            cells.setdefault(int(number), {})[letter] = text
    wanted = {int(number): f"wanted-{number}" in sent for number in sent.getlist("similar") if _is_number(number)}
    return cells, wanted


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 8


def chosen_words(sent: Mapping[str, str]) -> dict[str, dict[str, str]] | None:
    """What a form says of unknown words, by list and word, except what was left open; None where it asks of none."""
    if not any(name.startswith("word:") for name in sent):
        return None
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
            list=word["list"],
            label=label_of(word["list"]),
            word=word["word"],
            plain=word["plain"],
            rows=word["rows"],
            near=word["near"],
            terms=lists[word["list"]].labels,
            meant=chosen.get(word["list"], {}).get(word["plain"]),
        )
        for word in import_record.unknown
    ]


def _report(session: Session, import_record: Import) -> Report:
    verdict = request.args.get("rows")
    verdict = verdict if verdict in VERDICTS else None
    is_whole = request.args.get("columns") == "all"
    total = queries.count_rows(session, import_record, verdict)
    last = last_page(total, queries.PAGE)
    page = min(max(request.args.get("page", 1, type=int), 1), last)
    names = {column["letter"]: column["name"] for column in import_record.columns}
    rows = session.scalars(queries.rows_of(import_record, verdict, page)).all()

    def link(number: int) -> str:
        columns = "all" if is_whole else None
        return url_for("importing.import_page", import_id=import_record.id, rows=verdict, page=number, columns=columns)

    letters: list[str] = []
    edits: Mapping[int, ImportEdit] = {}
    if import_record.state == "checked":
        letters = _letters(import_record, rows, is_whole=is_whole)
        edits = queries.edits_of(session, import_record, rows)
    slugs = queries.slugs_of_similar(session, rows)
    labels = {letter: translated(FIELDS[import_record.mapping[letter]].label) for letter in letters}
    return Report(
        verdict,
        [_row(row, names, labels, edits.get(row.number), slugs) for row in rows],
        pages_of(page, last, link),
        [(label, f"{letter} {names.get(letter, '')}".strip()) for letter, label in labels.items()],
        is_whole,
    )


def _letters(import_record: Import, rows: Sequence[ImportRow], *, is_whole: bool) -> list[str]:
    """The columns to show: title, city and country, then those of which something is told; or all that are read."""
    noted = {message["column"] for row in rows for message in (*row.problems, *row.warnings)}
    ranks = {code: rank for rank, code in enumerate(("title", "city", "country"))}
    shown = [letter for letter, code in import_record.mapping.items() if is_whole or code in ranks or letter in noted]
    return sorted(shown, key=lambda letter: (ranks.get(import_record.mapping[letter], len(ranks)), place_of(letter)))


def _row(
    row: ImportRow,
    names: Mapping[str, str],
    columns: Mapping[str, str],
    edit: ImportEdit | None,
    slugs: Mapping[int, str],
) -> ReportedRow:
    notes_by_column = [
        (message["column"], _note(row_message_from_json(message), kind, names))
        for kind, messages in (("wrong", row.problems), ("doubt", row.warnings))
        for message in messages
    ]
    cells = [
        _cell(row, letter, label, edit, [note for column, note in notes_by_column if column == letter])
        for letter, label in columns.items()
        if row.cells is not None
    ]
    notes = [note for column, note in notes_by_column if not cells or column not in columns]
    return ReportedRow(
        number=row.number,
        title=row.title,
        verdict=row.verdict,
        changes=", ".join(translated(LABELS.get(name, name)) for name in row.changes),
        undone=row.undone,
        left=message_text(message_from_json(row.left)) if row.left else None,
        proposal_id=row.proposal_id,
        notes=notes,
        cells=cells,
        similar=_similar(row, slugs),
        is_wanted=edit is not None and edit.is_wanted,
    )


def _cell(row: ImportRow, letter: str, label: str, edit: ImportEdit | None, notes: Sequence[RowNote]) -> Cell:
    in_file = (row.cells or {}).get(letter, "")
    text = edit.cells.get(letter, in_file) if edit else in_file
    return Cell(f"cell-{row.number}-{letter}", label, text, in_file if text != in_file else None, notes)


def _similar(row: ImportRow, slugs: Mapping[int, str]) -> tuple[str, str | None] | None:
    if row.similar is None:
        return None
    key = row.similar["id"]
    if row.similar["kind"] == "proposal":
        return row.similar["title"], url_for("desk.proposal", key=key)
    return row.similar["title"], link_to_entry(EntryKind.INITIATIVE, slugs[key]) if key in slugs else None


def _note(message: RowMessage, kind: str, names: Mapping[str, str]) -> RowNote:
    column = f"{message.column} {names.get(message.column, '')}".strip() if message.column else None
    return RowNote(column, message_text(message.message), kind)
