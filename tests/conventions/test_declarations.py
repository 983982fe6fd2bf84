"""What an entry's model holds is declared, and what is declared is asked for, imported, dumped, compared and shown."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest
from marshmallow import fields as marshmallow
from sqlalchemy import inspect as inspect_model

from config import ROOT
from kb.catalogue.entries import ENTRIES, EntryKind, rows, schema_of
from kb.catalogue.entries.fields import Declared, Text
from kb.catalogue.entries.lists import Codes, Rows, Sources
from kb.catalogue.entries.schema import EntrySchema
from kb.catalogue.models import Initiative
from kb.exporting.columns import tables_of
from kb.importing.columns import FIELDS
from kb.web.catalogue.pages import EntryPage
from kb.web.desk.controls import control_of

KINDS = pytest.mark.parametrize("kind", list(EntryKind))
TEMPLATES = ROOT / "kb" / "web" / "templates"

# What every entry has without anybody writing it.
KEPT_BY_THE_CATALOGUE = {"id", "slug", "version", "created_at", "updated_at", "confirmed_on", "sort_key"}
# What follows from a declared field: the country of a city is that of its place.
DERIVED = {"country", "country_code", "place"}
# Of rows: which entry they belong to, and where they stand in its list.
OF_ROWS = {"id", "position"}


def undeclared(model: type[Any], declared: set[str], derived: set[str]) -> Iterator[str]:
    """The columns of a model that no declared attribute holds, itself or by a relationship over it."""
    mapper = inspect_model(model)
    held = {column.key for name in declared if name in mapper.relationships for column in _own(mapper, name)}
    for attribute in mapper.column_attrs:
        if attribute.key not in declared | held | derived:
            yield f"{model.__name__}.{attribute.key}"
    for relationship in mapper.relationships:
        if relationship.uselist and relationship.back_populates is None and relationship.key not in declared:
            yield f"{model.__name__}.{relationship.key}"


def _own(mapper: Any, relationship: str) -> list[Any]:
    return [column for column, _ in mapper.relationships[relationship].local_remote_pairs]


def not_declared_in(model: type[Any], schema: EntrySchema) -> list[str]:
    """The columns of an entry's model, and of its rows, that its schema does not declare."""
    stored = {field.stored for field in schema.declared.values()}
    missing = list(undeclared(model, stored, KEPT_BY_THE_CATALOGUE | DERIVED))
    for field in schema.declared.values():
        if not isinstance(field, Rows) or isinstance(field, Sources):
            continue
        row = inspect_model(model).relationships[field.stored].mapper.class_
        to_entry = {column.key for column, _ in inspect_model(model).relationships[field.stored].synchronize_pairs}
        owner = {remote.key for _, remote in inspect_model(model).relationships[field.stored].synchronize_pairs}
        missing += undeclared(row, {inner.stored for inner in field.fields.values()}, OF_ROWS | owner | to_entry)
    return missing


@KINDS
def test_every_column_of_an_entry_is_declared(kind: EntryKind) -> None:
    missing = not_declared_in(ENTRIES[kind].model, schema_of(kind))
    assert missing == [], "declare these in kb/catalogue/entries/, or no form, import or history has them"


def test_a_column_that_nobody_declares_is_found() -> None:
    class Forgetful(type(schema_of(EntryKind.INITIATIVE))):  # type: ignore[misc]
        """The initiative's schema without two of its fields."""

        contact = marshmallow.Field()

        class Meta:
            exclude = ("contact", "partners")

    assert not_declared_in(Initiative, Forgetful()) == ["Initiative.contact", "Initiative.partners"]


@KINDS
def test_every_field_is_asked_for_in_one_step_of_the_form(kind: EntryKind) -> None:
    steps = {step.code for step in ENTRIES[kind].steps}
    astray = [name for name, field in schema_of(kind).declared.items() if field.input.step not in steps]
    assert astray == [], f"say by `input=Input(step=...)` in which step it is asked for: {sorted(steps)}"
    assert all(control_of(field, name).declared is field for name, field in schema_of(kind).declared.items())


@KINDS
def test_every_field_has_a_label_for_comparisons(kind: EntryKind) -> None:
    unnamed = [path for path, label in schema_of(kind).labels.items() if not label]
    assert unnamed == [], "the first argument of a field is its label, which forms, imports and histories show"


@KINDS
def test_every_field_is_dumped(kind: EntryKind) -> None:
    class Nothing:
        """An entry of which every attribute is empty."""

        slug, version = "made-up", 1

        def __getattr__(self, name: str) -> Any:
            field = next((declared for declared in schema_of(kind).declared.values() if declared.stored == name), None)
            return [] if isinstance(field, Rows | Codes) or (field is not None and hasattr(field, "most")) else None

    assert schema_of(kind).declared.keys() == rows.snapshot(kind, Nothing()).keys()


def test_every_field_of_an_initiative_has_a_column_unless_it_says_otherwise() -> None:
    filled = {field.field for field in FIELDS.values()}
    declared = schema_of(EntryKind.INITIATIVE).declared
    missing = [name for name, field in declared.items() if field.column is not None and name not in filled]
    assert missing == [], "say by `column=Column(...)` how people call it, or `column=None` that no file may set it"
    without = {name for name in declared if name not in filled}
    assert without == {"vision", "adapted_from", "pictures"}, (
        "these cannot be imported: a new one among them needs a reason"
    )


@KINDS
def test_every_field_is_in_a_table_of_files_and_its_column_is_explained(kind: EntryKind) -> None:
    columns = [column for table in tables_of(kind).values() for column in table.columns]
    declared = {path for path, field in schema_of(kind).paths.items() if not isinstance(field, Rows)}
    assert declared - {column.path for column in columns} == set(), "see kb/exporting/columns.py: no file has these"
    unexplained = {column.name for column in columns if not column.explanation}
    assert unexplained == set(), "say by `codebook=` in the declaration what the column of a file means"


def page_of(kind: EntryKind) -> str:
    """The public page of a kind with the parts that it draws, its names, and the module that words figures."""
    texts, waiting = {}, [f"catalogue/{kind}.html"]
    while waiting:
        name = waiting.pop()
        if name not in texts:
            texts[name] = (TEMPLATES / name).read_text("utf-8")
            waiting += re.findall(r"""(?:from|include) ['"]([\w/.]+)['"]""", texts[name])
    web = ROOT / "kb" / "web"
    page = next(page for page in EntryPage.__subclasses__() if page.kind is kind)
    python = [(web / "core" / "formatting.py").read_text("utf-8"), inspect.getsource(page)]
    return "\n".join([*texts.values(), *python])


def not_shown(kind: EntryKind, page: str) -> list[str]:
    """The fields of an entry that its page shows nowhere; dotted where they are of rows."""
    missing = []
    for path, field in schema_of(kind).paths.items():
        name = _read_as(field)
        owner = f"(?:{kind}|entry)" if "." not in path else r"\w+"
        if not re.search(rf"\b{owner}(?:\.|\|)(?:{name})\b", page):
            missing.append(path)
    return missing


def _read_as(field: Declared) -> str:
    """The attributes and filters by which templates read a field."""
    others = {"start_year": "initiative_years|term_years", "end_year": "initiative_years|term_years|is_over"}
    name = str(field.name)
    return "|".join({name, field.stored, name.removesuffix("_id"), *others.get(name, "").split("|")} - {""})


# Of a row, what no page tells: who linked a goal, since a person did so either way.
NOT_SHOWN = {"goals.origin", "targets.origin"}


@KINDS
def test_every_field_is_shown_on_the_public_page(kind: EntryKind) -> None:
    missing = set(not_shown(kind, page_of(kind))) - NOT_SHOWN
    assert missing == set(), f"show it, where it is known, in kb/web/templates/catalogue/{kind}.html"


def test_a_field_that_no_page_shows_is_found() -> None:
    page = page_of(EntryKind.CITY).replace("entry.website", "")
    assert "website" in not_shown(EntryKind.CITY, page)


def test_words_of_an_entry_are_searched_or_short() -> None:
    forgotten = [
        f"{kind}.{name}"
        for kind in EntryKind
        for name, field in schema_of(kind).declared.items()
        if isinstance(field, Text) and field.lines and field.search is None
    ]
    assert forgotten == [], "give long texts a weight by `search=Weight...`, or nobody finds them"
