"""Every column that can hold text about a person says what becomes of it when that person is erased."""

import re
from collections.abc import Iterator

from sqlalchemy import JSON, Column, ForeignKey, Integer, LargeBinary, MetaData, String, Table

import kb.all_models  # noqa: F401 - fills the metadata with every table
from config import ROOT
from kb.core.column_types import Enumerated
from kb.core.db import Model
from kb.privacy import columns
from kb.privacy.records import STORED_IN_BROWSERS, Retention, records

WHAT_TO_DO = (
    "name these in one of the lists of kb/privacy/columns.py: can they hold a name, an address or what somebody wrote? "
    "Then say in kb/privacy/records.py whose they are and how long they are kept"
)


def that_can_hold_text(metadata: MetaData) -> Iterator[tuple[str, str]]:
    """Columns with text, JSON or bytes, and those that name an account."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            names_account = any(key.column.table.name == "users" for key in column.foreign_keys)
            if names_account or isinstance(column.type, String | JSON | LargeBinary | Enumerated):
                yield table.name, column.name


def test_every_column_that_can_hold_text_is_declared_once() -> None:
    declared = columns.declared()
    there = set(that_can_hold_text(Model.metadata))
    assert sorted(there - set(declared)) == [], WHAT_TO_DO
    assert sorted(set(declared) - there) == [], "kb/privacy/columns.py names these, which no model has"
    assert {column: lists for column, lists in declared.items() if len(lists) > 1} == {}, "named in two lists"


def test_a_new_column_is_found() -> None:
    metadata = MetaData()
    users = Table("users", metadata, Column("id", Integer, primary_key=True), Column("telephone", String(40)))
    Table("notes", metadata, Column("by", ForeignKey(users.c.id)), Column("count", Integer))
    assert set(that_can_hold_text(metadata)) - set(columns.declared()) == {("users", "telephone"), ("notes", "by")}


def test_whatever_names_a_person_is_in_the_privacy_notice() -> None:
    kept = records(Retention(rest_minutes=1, forum_name_days=1, question_days=1))
    told = {table for record in kept for table in record.tables.split()}
    lists = (columns.OWNED, columns.ACCOUNTS, columns.NAMES, columns.ADDRESSES, columns.TEXTS, columns.FILES)
    tables = {table for named in (*lists, columns.MARKS) for table in named}
    assert sorted(tables - told) == [], "name these in kb/privacy/records.py"
    assert sorted(told - set(Model.metadata.tables)) == [], "kb/privacy/records.py names these, which are no tables"


def test_every_cookie_is_in_the_privacy_notice() -> None:
    set_by_us = re.compile(r'^COOKIE = "(\w+)"', re.MULTILINE)
    sources = [path.read_text("utf-8") for path in sorted((ROOT / "kb" / "web").rglob("*.py"))]
    cookies = {name for source in sources for name in set_by_us.findall(source)}
    places = sum(source.count(".set_cookie(") for source in sources)
    assert places == len(cookies), "name each cookie by a constant COOKIE beside `set_cookie`"
    assert cookies - {stored.name for stored in STORED_IN_BROWSERS} == set(), "name these in kb/privacy/records.py"


def test_an_erasure_leaves_no_account_behind() -> None:
    """Whatever is named as owned goes with its account: the database deletes it, or the erasure does."""
    by_erasure = {"users", "alerts", "blocked_askers"}
    for table in columns.OWNED.keys() - by_erasure:
        keys = [
            key for key in Model.metadata.tables[table].foreign_key_constraints if key.referred_table.name == "users"
        ]
        assert [key.ondelete for key in keys] == ["CASCADE"], table
