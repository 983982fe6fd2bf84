"""Plans what would become of a row, by the former values of its key and the catalogue as it is; writes nothing."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.catalogue.entries import EntryKind, schema_of, snapshot
from kb.catalogue.models import Initiative
from kb.core.i18n import Label, Message, gettext_noop
from kb.editorial import rules
from kb.editorial.choices import OPEN_STATES
from kb.editorial.errors import Errors, Invalid
from kb.editorial.lookup import lookup
from kb.editorial.merging import three_way_merge
from kb.editorial.models import Proposal, Redirect
from kb.editorial.queries import entries_with_parts
from kb.editorial.validation import ValidationResult, validate

from .models import ImportKey
from .row_reader import Data
from .serialization import RowMessage

KIND = EntryKind.INITIATIVE
LABELS = schema_of(KIND).labels

_CONFLICT = gettext_noop("The file and someone here have both changed these fields since the last import: %(fields)s.")
_GONE = gettext_noop("Its entry was withdrawn. Publish the entry again first, or give the row another key.")
_WAITING = gettext_noop("It is waiting for review as a proposal. Decide on the proposal first, or import as proposals.")
_NEEDS = gettext_noop("It will be imported as a draft. Before it can be published: %(needs)s")

# Without these, a proposal would be nothing that anybody could find again.
_LEAST = ("title", "cities")


@dataclass(slots=True)
class RowPlan:
    """The verdict; `checked` is the whole entry or proposal to write, as it was validated."""

    verdict: str
    checked: ValidationResult | None = None
    changes: list[str] = field(default_factory=list)
    entry: Initiative | None = None
    proposal: Proposal | None = None
    is_complete: bool = True
    problems: list[RowMessage] = field(default_factory=list)
    warnings: list[RowMessage] = field(default_factory=list)


def keys_of(session: Session, collection: str, keys: Collection[str]) -> dict[str, ImportKey]:
    """The keys, of these, that the collection knows, with what they stand for."""
    query = select(ImportKey).where(ImportKey.collection == collection, ImportKey.key.in_(keys))
    return {import_key.key: import_key for import_key in session.scalars(query)}


def read_ahead(session: Session, data: Collection[Data], import_keys: Iterable[ImportKey]) -> list[Any]:
    """Read in a few queries what rows and their keys refer to; a session lets go of what nobody keeps, so keep it."""
    lookup(session).read_ahead(KIND, data)
    listed = list(import_keys)
    proposal_ids = [import_key.proposal_id for import_key in listed if import_key.proposal_id]
    proposals = session.scalars(select(Proposal).where(Proposal.id.in_(proposal_ids))).all() if proposal_ids else []
    ids = (*(import_key.entry_id for import_key in listed), *(proposal.entry_id for proposal in proposals))
    entry_ids = {entry_id for entry_id in ids if entry_id is not None}
    return [*proposals, *(entries_with_parts(session, KIND, entry_ids).values() if entry_ids else ())]


def plan_row(
    session: Session,
    actor: User | None,
    mode: str,
    data: Data,
    import_key: ImportKey | None,
    columns: Mapping[str, str],
) -> RowPlan:
    """Decide on a row without problems of its own, which the actor brings in.

    `columns` are the letters of columns by what they say.
    """
    try:
        row_plan = _plan(session, mode, data, import_key, columns)
        # Only whoever writes for one city has anything to be refused, so only for them is the entry read.
        if actor is not None and actor.city_id is not None and row_plan.verdict in {"made", "changed"}:
            before = [snapshot(KIND, row_plan.entry)] if row_plan.entry else []
            after = [row_plan.checked.data] if row_plan.checked else []
            for entry_data in (*before, *after):
                rules.refuse_other_cities(actor, KIND, entry_data, lookup(session), is_draft=False)
        return row_plan
    except Invalid as invalid:
        return _refused(invalid.errors, columns)


def _plan(session: Session, mode: str, data: Data, import_key: ImportKey | None, columns: Mapping[str, str]) -> RowPlan:
    if import_key is None:
        return _new(session, mode, data, columns)
    if data == import_key.values:
        return RowPlan("unchanged")
    proposal = session.get(Proposal, import_key.proposal_id) if import_key.proposal_id else None
    entry_id = import_key.entry_id or (proposal.entry_id if proposal else None)
    if entry_id is not None and (proposal is None or proposal.state not in OPEN_STATES or mode == "published"):
        return _of_entry(session, data, import_key, entry_id, columns)
    if proposal is not None and proposal.state in OPEN_STATES:
        if mode == "published":
            return RowPlan("refused", problems=[RowMessage(None, Message(_WAITING))])
        return _of_proposal(session, data, import_key, proposal, columns)
    return _new(session, mode, data, columns)


def _new(session: Session, mode: str, data: Data, columns: Mapping[str, str]) -> RowPlan:
    checked = validate(session, KIND, data)
    missing = {path: messages for path, messages in checked.missing.items() if mode == "published" or path in _LEAST}
    if checked.errors or missing:
        return _refused({**missing, **checked.errors}, columns)
    changes = [name for name, value in data.items() if value not in (None, [])]
    return _with_warning_if_draft(RowPlan("made", checked, changes=changes))


def _with_warning_if_draft(row_plan: RowPlan) -> RowPlan:
    if row_plan.checked is not None and row_plan.checked.missing:
        needs = " ".join(str(message) for messages in row_plan.checked.missing.values() for message in messages)
        row_plan.is_complete = False
        row_plan.warnings.append(RowMessage(None, Message(_NEEDS, {"needs": needs})))
    return row_plan


def _of_entry(
    session: Session, data: Data, import_key: ImportKey, entry_id: int, columns: Mapping[str, str]
) -> RowPlan:
    entry = session.get(Initiative, entry_id) or _moved(session, entry_id)
    if entry is None:
        return RowPlan("refused", problems=[RowMessage(None, Message(_GONE))])
    current = snapshot(KIND, entry)
    mine, base = {**current, **data}, {**current, **import_key.values}
    joined = _merged(session, mine, base, current, columns, entry)
    if joined.checked is None:
        return joined
    missing = {
        path: messages
        for path, messages in joined.checked.missing.items()
        if "." in path or current.get(path) not in (None, [])
    }
    if missing:
        return _refused(missing, columns)
    joined.entry = entry
    return joined


def _of_proposal(
    session: Session, data: Data, import_key: ImportKey, proposal: Proposal, columns: Mapping[str, str]
) -> RowPlan:
    current = dict(proposal.data)
    entry = session.get(Initiative, proposal.entry_id) if proposal.entry_id else None
    joined = _merged(session, {**current, **data}, {**current, **import_key.values}, current, columns, entry)
    joined.proposal = proposal
    return _with_warning_if_draft(joined)


def _merged(
    session: Session, mine: Data, base: Data, current: Data, columns: Mapping[str, str], entry: Initiative | None
) -> RowPlan:
    """What the file changed since its last import, put over what is there now; refused where both changed the same."""
    checked = validate(session, KIND, mine, entry)
    if checked.errors:
        return _refused(checked.errors, columns)
    three = three_way_merge(KIND, validate(session, KIND, base, entry).data, checked.data, current)
    if three.overlap:
        fields = tuple(Label(LABELS[name]) for name in three.overlap)
        return RowPlan("refused", problems=[RowMessage(None, Message(_CONFLICT, {"fields": fields}))])
    changes = [name for name, value in three.data.items() if value != current.get(name)]
    if three.data != checked.data:
        checked = validate(session, KIND, three.data, entry)
    return RowPlan("changed" if changes else "unchanged", checked, changes=changes)


def _moved(session: Session, entry_id: int) -> Initiative | None:
    """The entry that one was merged into."""
    query = select(Redirect.entry_id).where(Redirect.kind == KIND, Redirect.former_id == entry_id)
    successor_id = session.scalar(query.limit(1))
    return session.get(Initiative, successor_id) if successor_id is not None else None


def _refused(errors: Errors, columns: Mapping[str, str]) -> RowPlan:
    problems = [
        RowMessage(columns.get(path.split(".")[0]), message)
        for path, messages in errors.items()
        for message in messages
    ]
    return RowPlan("refused", problems=problems)
