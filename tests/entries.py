"""Entries in which every declared field is filled, so that a field that is forgotten somewhere is missed."""

from typing import Any

from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.catalogue.entries import ENTRIES, EntryKind, TermKind, fields, lists, schema_of
from kb.catalogue.entries.pictures import ImageKey
from kb.editorial.actions import Publishing
from kb.editorial.models import Revision
from kb.editorial.validation import Entry
from tests.factories import make_city, make_image, make_initiative, make_leader, make_place, make_vision

_TERMS = {
    TermKind.CHALLENGE: "heat",
    TermKind.TECHNOLOGY: "sensors-iot",
    TermKind.GOAL: 11,
    TermKind.TARGET: "11.5",
    TermKind.AIM: "safe",
}


def publish(session: Session, actor: User, kind: EntryKind, data: Entry, entry_id: int | None = None) -> Revision:
    """Publish an entry without a proposal, a new one or that of an id; give its newest revision."""
    publishing = Publishing(session, actor, kind)
    entry = None if entry_id is None else session.get_one(ENTRIES[kind].model, entry_id)
    publication = publishing.add(data, entry)
    publishing.finish()
    return publication.revision


def full_entry(session: Session, kind: EntryKind) -> dict[str, Any]:
    """The data of an entry that says something in every field; what it refers to is made."""
    return {name: _value(session, name, field) for name, field in schema_of(kind).declared.items()}


def _value(session: Session, name: str, field: Any) -> Any:  # noqa: C901, PLR0911, PLR0912 - a case for each type of field
    match field:
        case lists.Cities():
            return [make_city(session).slug]
        case lists.Terms():
            return [_TERMS[field.refers]]
        case lists.Codes():
            return sorted(field.choices)[:2]
        case lists.Rows():
            return [{inner: _value(session, f"{name} {inner}", one) for inner, one in field.fields.items()}]
        case fields.PlaceId():
            return make_place(session).id
        case fields.GoalNumber():
            return _TERMS[TermKind.GOAL]
        case fields.Language():
            return "pt-BR"
        case ImageKey():
            return make_image(session).key
        case fields.Link():
            return _linked(session, field.refers).slug
        case fields.Term():
            return _TERMS[field.refers]
        case fields.Code():
            return list(field.choices)[-1]
        case fields.Year():
            return 2020
        case fields.Whole():
            return field.least + 1
        case fields.Number():
            return 2.5
        case fields.YesNo():
            return True
        case fields.Currency():
            return "EUR"
        case fields.Day():
            return "2026-11-20"
        case fields.Web():
            return f"https://example.org/{name.replace(' ', '-')}"
    return f"Made-up {name}"


def _linked(session: Session, kind: EntryKind) -> Any:
    made = {
        EntryKind.INITIATIVE: make_initiative,
        EntryKind.CITY: make_city,
        EntryKind.LEADER: make_leader,
        EntryKind.VISION: make_vision,
    }
    return made[kind](session)
