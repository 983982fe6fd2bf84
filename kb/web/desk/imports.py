"""What the pages of imports show: one import as it stands, its columns, its rows, and how far it is."""

from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.accounts.permissions import may
from kb.core.errors import NotFound
from kb.importing import actions, queries
from kb.importing.choices import MODES, STATES, TASKS, VERDICTS
from kb.importing.columns import FIELDS
from kb.importing.models import Import, ImportRow
from kb.importing.plan import LABELS
from kb.importing.queries import import_by_id
from kb.importing.readers import Limits
from kb.importing.runner import is_stale
from kb.importing.serialization import message_from_json, row_message_from_json
from kb.importing.vocabulary import LEFT_OUT, label_of, vocabularies

from ..core.formatting import message_text
from ..core.language import translated
from ..core.paging import pages_of

_LEAVE = "-"
"""What a form sends for a word that is to be left out; no code of a list."""


def list_page(
    session: Session, person: User, values: Mapping[str, str] | None = None, problem: str | None = None
) -> dict[str, Any]:
    """The form for a file, and the imports there are."""
    return {
        "imports": session.scalars(queries.imports_for(person)).all(),
        "modes": [(code, label) for code, label in MODES.items() if may(person, actions.PERMISSION[code])],
        "states": STATES,
        "values": values or {},
        "problem": problem,
        "most_mb": round(Limits().file_bytes / 1e6),
    }


def seen(session: Session, person: User, import_id: int) -> Import:
    """The import, for whoever may see it; to others there is none. Raises NotFound."""
    import_record = import_by_id(session, import_id)
    if not actions.may_see(person, import_record):
        raise NotFound
    return import_record


def page_of_import(session: Session, import_record: Import, problem: str | None = None) -> dict[str, Any]:
    """Everything that the page of one import needs."""
    state = "interrupted" if is_stale(import_record) else import_record.state
    shown: dict[str, Any] = {
        "held": import_record,
        "state": state,
        "states": STATES,
        "tasks": TASKS,
        "modes": MODES,
        "verdicts": VERDICTS,
        "notes": [message_text(message_from_json(note)) for note in import_record.notes],
        "problem": problem
        or (message_text(message_from_json(import_record.problem)) if import_record.problem else None),
        "fields": FIELDS,
        "is_busy": state in {"waiting", "working"},
        "can_map": state in {"uploaded", "checked"},
        "share": min(100, round(100 * import_record.progress / import_record.rows)) if import_record.rows else 0,
    }
    if import_record.state in {"checked", "done", "undone"} or import_record.task in {"run", "undo"}:
        shown |= _report(session, import_record)
    if state == "checked":
        shown |= _unknown(session, import_record)
    return shown


def chosen_words(sent: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What a form says of unknown words, by list and word; of what was left open it says nothing."""
    chosen: dict[str, dict[str, str]] = {}
    for field, code in sent.items():
        kind, _, rest = field.partition(":")
        name, _, word = rest.partition(":")
        if kind == "word" and code:
            chosen.setdefault(name, {})[word] = LEFT_OUT if code == _LEAVE else code
    return chosen


def _unknown(session: Session, import_record: Import) -> dict[str, Any]:
    """The words that no list knows, each with the terms it may be taken for."""
    if not import_record.unknown:
        return {}
    lists, chosen = vocabularies(session), import_record.words or {}
    asked = [
        {
            **one,
            "label": label_of(one["list"]),
            "terms": lists[one["list"]].labels,
            "meant": chosen.get(one["list"], {}).get(one["plain"]),
        }
        for one in import_record.unknown
    ]
    open_ = [one for one in asked if one["meant"] is None]
    return {"unknown": asked, "open_words": len(open_), "leave": _LEAVE}


def _report(session: Session, import_record: Import) -> dict[str, Any]:
    verdict = request.args.get("rows")
    verdict = verdict if verdict in VERDICTS else None
    total = queries.count_rows(session, import_record, verdict)
    last = max(1, -(-total // queries.PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), last)
    names = {column["letter"]: column["name"] for column in import_record.columns}
    rows = session.scalars(queries.rows_of(import_record, verdict, page)).all()
    return {
        "chosen": verdict,
        "rows": [_row(row, names) for row in rows],
        "total": total,
        "pages": pages_of(
            page, last, lambda n: url_for("importing.one", import_id=import_record.id, rows=verdict, page=n)
        ),
    }


def _row(row: ImportRow, names: Mapping[str, str]) -> dict[str, Any]:
    told = [
        (row_message_from_json(one), kind)
        for kind, held in (("wrong", row.problems), ("doubt", row.warnings))
        for one in held
    ]
    return {
        "number": row.number,
        "title": row.title,
        "verdict": row.verdict,
        "changes": ", ".join(translated(LABELS.get(name, name)) for name in row.changes),
        "undone": row.undone,
        "left": message_text(message_from_json(row.left)) if row.left else None,
        "proposal_id": row.proposal_id,
        "told": [
            {
                "column": f"{row_message.column} {names.get(row_message.column, '')}".strip()
                if row_message.column
                else None,
                "words": message_text(row_message.message),
                "kind": kind,
            }
            for row_message, kind in told
        ],
    }
