"""The dry run: reads and plans every row of a file, and writes down what would become of it."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import delete, func, literal, select
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.catalogue.models import City, Initiative, InitiativeCity
from kb.catalogue.queries.lookups import grouped
from kb.core.db import Database
from kb.core.errors import Refused
from kb.core.i18n import Message, gettext_noop
from kb.core.text import fold
from kb.editorial.choices import OPEN_STATES
from kb.editorial.models import Proposal
from kb.peers.places import Gazetteer

from .choices import VERDICTS
from .claims import Claim
from .columns import FIELDS, Mapped, mapping_of, refuse_missing
from .models import Import, ImportEdit, ImportFile, ImportKey, ImportRow
from .plan import KIND, keys_of, plan_row, read_ahead
from .queries import import_by_id
from .readers import Row, Table, edited, place_of
from .reading import read_file
from .row_reader import ReadRow, RowReader
from .serialization import RowMessage, is_table, row_message_to_json, table_from
from .vocabulary import ValueMapping

_ALIKE = 92
_ENTRY = gettext_noop("This may exist already: %(title)s. The row is skipped, unless you choose to import it anyway.")
_WANTED = gettext_noop("This may exist already: %(title)s. You chose to import the row anyway.")
_ROW = gettext_noop("Same title and city as row %(row)s.")


Similar = dict[str, Any]
"""An entry or a proposal: its `title`, its `kind`, "entry" or "proposal", and its `id`."""


class Duplicates:
    """Titles by city; those of a city are read when a row first names it. What the file renames has its new one."""

    def __init__(self) -> None:
        self._renamed: dict[tuple[str, int | None], str] = {}
        self._titles: dict[str, list[tuple[str, Similar]]] = {}
        self._rows: dict[tuple[str, str], int] = {}

    def read(self, session: Session, cities: Iterable[str]) -> None:
        """Read the titles of the cities that were not read before."""
        new = {city for city in cities if city not in self._titles}
        if not new:
            return
        self._titles |= {city: [] for city in new}
        places = [int(city.removeprefix("place:")) for city in new]
        entries = (
            select(City.place_id, Initiative.title, literal("entry"), Initiative.id)
            .join(InitiativeCity, InitiativeCity.city_id == City.id)
            .join(Initiative, Initiative.id == InitiativeCity.initiative_id)
            .where(City.place_id.in_(places))
        )
        proposals = select(Proposal.place_id, Proposal.title, literal("proposal"), Proposal.id).where(
            Proposal.kind == KIND,
            Proposal.state.in_(OPEN_STATES),
            Proposal.entry_id.is_(None),
            Proposal.place_id.in_(places),
        )
        for place_id, title, kind, key in (*session.execute(entries), *session.execute(proposals)):
            if title:
                self._titles[f"place:{place_id}"].append((_words(title), {"title": title, "kind": kind, "id": key}))

    def of_new(self, title: str, cities: Iterable[str]) -> Similar | None:
        """What a new entry of that title may double, of those that stand here."""
        words = _words(title)
        for city in cities:
            for title_here, similar in self._titles.get(city, ()):
                other = self._renamed.get((similar["kind"], similar["id"]), title_here)
                # "Phase 1" and "Phase 2" are two, however alike the rest.
                if fuzz.token_sort_ratio(words, other, score_cutoff=_ALIKE) and _numbers(words) == _numbers(other):
                    return similar
        return None

    def note_renamed(self, planned: Iterable[ImportRow], keys: Mapping[str, ImportKey]) -> None:
        """Note what rows of the file give another title."""
        for row in planned:
            if row.verdict == "changed" and "title" in row.changes:
                key, words = keys[row.key], _words(row.title)
                self._renamed |= {("entry", key.entry_id): words, ("proposal", key.proposal_id): words}

    def is_renamed(self, similar: Similar) -> bool:
        """Whether a row of the file, of those that were noted, gives it another title."""
        return (similar["kind"], similar["id"]) in self._renamed

    def in_file(self, number: int, title: str, cities: Iterable[str]) -> Message | None:
        """The earlier row of the same title and city, which is remembered from now on."""
        for city in cities:
            first = self._rows.setdefault((fold(title), city), number)
            if first != number:
                return Message(_ROW, {"row": str(first)})
        return None


def _words(title: str) -> str:
    """The folded words of a title, without signs between: "end-to-end" is "end to end"."""
    return " ".join(re.findall(r"\w+", fold(title)))


def _numbers(words: str) -> list[str]:
    return re.findall(r"\d+|\b[ivx]+\b", words)


BATCH = 200
Progress = Callable[[int, int], None]
"""Told the rows done and the rows there are."""

_TWICE = gettext_noop("Row %(row)s already has the key %(key)s.")
_TWICE_WITHOUT_KEYS = gettext_noop("Row %(row)s already has the same title and city.")


def file_of(session: Session, import_id: int) -> tuple[Import, bytes]:
    """The import and the table of its file. NotFound where there is none; Refused where its file was taken away."""
    import_record = import_by_id(session, import_id)
    file = session.get(ImportFile, import_id)
    if file is None:
        raise Refused(gettext_noop("The file of this import was deleted. Please upload it again."))
    return import_record, file.content


def letters_of(mapping: Mapping[str, str]) -> dict[str, str]:
    """The letter of the column that says a field of an initiative, by the field's name."""
    letters: dict[str, str] = {}
    for letter, code in mapping.items():
        letters.setdefault(FIELDS[code].field or code, letter)
    return letters


def check_file(database: Database, claim: Claim, gazetteer: Gazetteer, progress: Progress) -> None:
    """Decide on every row and write it down, in batches; from the beginning, whatever an earlier run wrote.

    It begins anew where somebody whom the file named was erased meanwhile. Raises ClaimLost.
    """
    while not _is_checked(database, claim, gazetteer, progress):
        pass


def _is_checked(database: Database, claim: Claim, gazetteer: Gazetteer, progress: Progress) -> bool:
    """Check the file; False where it is not the same any more in the end."""
    with database.writing() as session:
        claim.held(session)
        session.execute(delete(ImportRow).where(ImportRow.import_id == claim.import_id))
    with database.reading() as session:
        import_record, content = file_of(session, claim.import_id)
    table = _table_of(import_record, content)
    with database.reading() as session:
        dry_run = _DryRun(session, import_record, table, gazetteer)
    rows = dry_run.rows
    for start in range(0, len(rows), BATCH):
        # Decided while others may write, and only written down in a transaction.
        with database.reading() as session:
            planned = dry_run.plan(session, rows[start : start + BATCH])
        with database.writing() as session:
            claim.held(session)
            session.add_all(planned)
        progress(min(start + BATCH, len(rows)), len(rows))
    if freed := dry_run.freed():
        with database.reading() as session:
            planned = dry_run.plan_again(session, freed)
        with database.writing() as session:
            claim.held(session)
            for import_row in planned:
                session.merge(import_row)
    with database.writing() as session:
        current = claim.held(session)
        _count(session, current, len(rows), dry_run.value_mapping)
        return file_of(session, claim.import_id)[1] == content


def _table_of(import_record: Import, content: bytes) -> Table:
    """The columns of a file that are read; an import that waited while the site was updated has the file itself."""
    if not is_table(content):
        content = read_file(content, import_record.file_name, import_record.sheet, is_patient=True)
    return table_from(content, columns=import_record.mapping.keys())


class _DryRun:
    """What is known of one file while its rows are planned in their order: earlier rows count for later ones.

    `rows` are those to plan. Raises Refused where no column holds the title or the city.
    """

    def __init__(self, session: Session, import_record: Import, table: Table, gazetteer: Gazetteer) -> None:
        self._import_id = import_record.id
        self._table = table
        self._mapped = mapping_of(table.columns, import_record.mapping)
        refuse_missing(self._mapped)
        self._letters = letters_of(import_record.mapping)
        found = session.scalars(select(ImportEdit).where(ImportEdit.import_id == import_record.id))
        self._edits = {edit.number: edit for edit in found}
        self._wanted = {number for number, edit in self._edits.items() if edit.is_wanted}
        """Rows to import although they may exist already."""
        self._in_file = {row.number: row for row in table.rows if row.number in self._edits}
        table.rows = [_edited(row, self._edits.get(row.number)) for row in table.rows]
        self._reader = RowReader(session, table, self._mapped, gazetteer, import_record.words)
        self._first_rows: dict[str, int] = {}
        """By key, the number of the first row that has it."""
        self._duplicates = Duplicates()
        self._may_double: list[tuple[ReadRow, Similar]] = []
        self.rows = [row for row in table.rows if not self._reader.is_example(row)]

    @property
    def value_mapping(self) -> ValueMapping:
        """What the words of the file mean, and which no list knows."""
        return self._reader.value_mapping

    def plan(self, session: Session, rows: Sequence[Row]) -> list[ImportRow]:
        """What would become of the next rows."""
        import_record, actor = _import_and_actor(session, self._import_id)
        read_rows = self._reader.read(session, rows)
        keys = keys_of(session, import_record.collection, [row.key for row in read_rows])
        _kept = read_ahead(session, [row.values for row in read_rows], keys.values())
        self._duplicates.read(session, (city for row in read_rows for city in row.values["cities"]))
        planned = [self._planned(session, import_record, actor, row, keys) for row in read_rows]
        for import_row, row in zip(planned, rows, strict=True):
            if import_row.problems or import_row.warnings or row.number in self._edits:
                import_row.cells = _cells(self._in_file.get(row.number, row), self._table, self._mapped)
        self._duplicates.note_renamed(planned, keys)
        of_rows = zip(read_rows, planned, strict=True)
        self._may_double += [(row, import_row.similar) for row, import_row in of_rows if import_row.similar]
        return planned

    def freed(self) -> list[ReadRow]:
        """The rows that seemed to double what another row, perhaps a later one, gives another title."""
        return [row for row, similar in self._may_double if self._duplicates.is_renamed(similar)]

    def plan_again(self, session: Session, rows: Iterable[ReadRow]) -> list[ImportRow]:
        """What would become of rows that were freed; their keys are new, since only new entries double others."""
        import_record, actor = _import_and_actor(session, self._import_id)
        return [self._planned(session, import_record, actor, row, {}) for row in rows]

    def _planned(
        self,
        session: Session,
        import_record: Import,
        actor: User | None,
        row: ReadRow,
        keys: Mapping[str, ImportKey],
    ) -> ImportRow:
        letters = self._letters
        data: dict[str, Any] = json.loads(json.dumps(row.values))
        problems, row_messages = list(row.problems), list(row.warnings)
        first = self._first_rows.setdefault(row.key, row.number) if row.key else row.number
        key = keys.get(row.key)
        verdict, changes, needs = "refused", [], []
        if not problems:
            row_plan = plan_row(session, actor, import_record.mode, data, key, letters)
            verdict, changes, problems, needs = row_plan.verdict, row_plan.changes, row_plan.problems, row_plan.warnings
        if first != row.number:
            verdict, changes, needs = "refused", [], []
            # After what is wrong with the row itself.
            problems = [*problems, _twice(row, first, letters)]
        if (
            row.title
            and first == row.number
            and (double := self._duplicates.in_file(row.number, row.title, data["cities"]))
        ):
            row_messages.append(RowMessage(letters.get("title"), double))
        existing = self._duplicates.of_new(row.title, data["cities"]) if verdict == "made" else None
        is_skipped = existing is not None and row.number not in self._wanted
        if existing:
            message = Message(_ENTRY if is_skipped else _WANTED, {"title": existing["title"]})
            row_messages.append(RowMessage(letters.get("title"), message))
        if is_skipped:
            verdict, changes, needs = "unchanged", [], []
        return ImportRow(
            import_id=import_record.id,
            number=row.number,
            key=row.key,
            title=row.title[:300],
            values=data,
            verdict=verdict,
            changes=changes,
            problems=[row_message_to_json(row_message) for row_message in problems],
            warnings=[row_message_to_json(row_message) for row_message in (*row_messages, *needs)],
            similar=existing,
            done=is_skipped,
            entry_id=key.entry_id if key else None,
        )


def _import_and_actor(session: Session, import_id: int) -> tuple[Import, User | None]:
    import_record = session.get_one(Import, import_id)
    return import_record, session.get(User, import_record.actor_id) if import_record.actor_id else None


def _edited(row: Row, edit: ImportEdit | None) -> Row:
    return edited(row, {place_of(letter): text for letter, text in edit.cells.items()}) if edit else row


def _cells(row: Row, table: Table, mapped: Mapped) -> dict[str, str]:
    """What the file says in the columns that are read, by their letters."""
    return {column.letter: row.cell(column) for column in table.columns if column.place in mapped}


def _twice(row: ReadRow, first: int, letters: Mapping[str, str]) -> RowMessage:
    """The row has the key of an earlier one; without a column of keys, its title and city."""
    if "key" in letters:
        return RowMessage(letters["key"], Message(_TWICE, {"key": row.key, "row": str(first)}))
    return RowMessage(letters.get("title"), Message(_TWICE_WITHOUT_KEYS, {"row": str(first)}))


def _count(session: Session, import_record: Import, rows: int, value_mapping: ValueMapping) -> None:
    import_record.rows, import_record.unknown = rows, value_mapping.unknown()
    count_verdicts(session, import_record)


def recount(import_record: Import, before: str, after: str) -> None:
    """Set the counts of an import right when what becomes of one of its rows has changed."""
    setattr(import_record, before, getattr(import_record, before) - 1)
    setattr(import_record, after, getattr(import_record, after) + 1)


def count_verdicts(session: Session, import_record: Import) -> None:
    """Set the counts of an import to those of its rows, which always add up to all of them."""
    rows = (
        select(ImportRow.verdict, func.count())
        .where(ImportRow.import_id == import_record.id)
        .group_by(ImportRow.verdict)
    )
    counted = grouped(session, rows)
    for verdict in VERDICTS:
        setattr(import_record, verdict, counted.get(verdict, 0))
