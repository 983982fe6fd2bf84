"""From the columns of a file to fields: by name where it is sure, offered where it is near, and left to a person."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from kb.core.errors import Refused
from kb.core.i18n import Message, gettext_noop

from .fields import FIELDS, plain_name
from .readers import Column

Mapped = dict[int, str]
"""Fields by the place of their column."""

_NEAR = 84


@dataclass(slots=True)
class Match:
    """`taken` is sure, by the name alone; `offered` is near and waits for a person; `notes` tell what was left out."""

    taken: Mapped = field(default_factory=dict)
    offered: Mapped = field(default_factory=dict)
    notes: list[Message] = field(default_factory=list)


def _names() -> dict[str, str]:
    names = {name: field.code for field in FIELDS.values() for name in field.names}
    # Labels and codes are what the template says, so they go before what somebody may call a column.
    names |= {plain_name(field.label): field.code for field in FIELDS.values() if not field.code.startswith("outcome_")}
    return names | {plain_name(field.code): field.code for field in FIELDS.values()}


_BY_NAME = _names()


def likeness(cells: Sequence[str]) -> int:
    """How many cells of a row are names of fields; a heading has several, a row of data hardly any."""
    found = {_BY_NAME[name] for cell in cells if len(cell) <= 80 and (name := plain_name(cell)) in _BY_NAME}
    return len(found) if "title" in found or len(found) > 1 else 0


def match(columns: Sequence[Column]) -> Match:
    """Match columns by name. Of two columns for one field the first is taken, unless the field is a list."""
    match = Match()
    for column in columns:
        name = plain_name(column.name)
        # "Challenge 2", "Cost (EUR)", "Title*" are known by what is left.
        bare = plain_name(_without_brackets(column.name))
        code = next((_BY_NAME[one] for one in (name, bare, bare.rstrip("0123456789 ")) if one in _BY_NAME), None)
        if code is None:
            near = process.extractOne(name, _BY_NAME.keys(), scorer=fuzz.ratio, score_cutoff=_NEAR) if name else None
            if near and _free(_BY_NAME[near[0]], match.taken):
                match.offered[column.place] = _BY_NAME[near[0]]
        elif _free(code, match.taken):
            match.taken[column.place] = code
        else:
            left = gettext_noop("Column %(column)s was left out: %(field)s has a column already.")
            match.notes.append(Message(left, {"column": str(column), "field": Message(FIELDS[code].label)}))
    match.offered = {place: code for place, code in match.offered.items() if _free(code, match.taken)}
    return match


def _without_brackets(name: str) -> str:
    # A bracket that nothing closes is left: looking for its end from each of thousands would take minutes.
    closed = max(name.rfind(")"), name.rfind("]")) + 1
    return re.sub(r"[(\[].*?[)\]]", " ", name[:closed]) + name[closed:]


def _free(code: str, taken: Mapped) -> bool:
    return FIELDS[code].several or code not in taken.values()


def mapping_of(columns: Sequence[Column], chosen: Mapping[str, str]) -> Mapped:
    """The mapping that was chosen, by letter of the column; Refused where a column or field is not there, or twice."""
    by_letter = {column.letter: column for column in columns}
    mapped: Mapped = {}
    for letter, code in chosen.items():
        if letter not in by_letter:
            raise Refused(gettext_noop("There is no column %(letter)s."), letter=letter)
        if not code:
            continue
        if code not in FIELDS:
            raise Refused(gettext_noop("There is no field called %(name)s."), name=code)
        if not _free(code, mapped):
            raise Refused(
                gettext_noop("%(field)s has two columns; choose one of them."), field=Message(FIELDS[code].label)
            )
        mapped[by_letter[letter].place] = code
    return mapped


def named_column(columns: Sequence[Column], text: str) -> Column:
    """The column of that name or letter. Refused where there is none, or two of the name."""
    named = [column for column in columns if plain_name(column.name) == plain_name(text)]
    found = named or [column for column in columns if column.letter == text.strip().upper()]
    if not found:
        raise Refused(gettext_noop("There is no column called %(name)s."), name=text)
    if len(found) > 1:
        raise Refused(gettext_noop("There is more than one column called %(name)s; give its letter."), name=text)
    return found[0]


def refuse_missing(mapped: Mapped) -> None:
    """Refused where a field has no column without which no row can be taken."""
    lacking = [Message(FIELDS[code].label) for code in ("title", "city") if code not in mapped.values()]
    if lacking:
        raise Refused(gettext_noop("No column holds: %(fields)s."), fields=tuple(lacking))
