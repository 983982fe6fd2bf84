"""What a migration does to the tables, compared with what code that does not know it can live with."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Inspector, inspect, text

_LIST = re.compile(r"\('[^()]*'\)")

Schema = Mapping[str, Mapping[str, Any]]


def schema_of(connection: Connection) -> Schema:
    """The tables of an SQLite database: columns by name, and what is demanded of rows, each rule with its columns.

    A table whose statements were read before is not inspected again: most are the same after a migration.
    """
    inspected = inspect(connection)
    statements = connection.execute(text("SELECT tbl_name, sql FROM sqlite_master ORDER BY rowid")).all()
    schema = {}
    for table in inspected.get_table_names():
        made = table, *(sql for name, sql in statements if name == table)
        if made not in _INSPECTED:
            columns = {column["name"]: column for column in inspected.get_columns(table)}
            _INSPECTED[made] = {"columns": columns, "rules": dict(_rules(inspected, table))}
        schema[table] = _INSPECTED[made]
    return schema


_INSPECTED: dict[tuple[str | None, ...], dict[str, Any]] = {}


def _rules(inspected: Inspector, table: str) -> Iterator[tuple[str, Sequence[str | None]]]:
    for check in inspected.get_check_constraints(table):
        yield f"check {check['sqltext']}", re.findall(r"\w+", check["sqltext"])
    for unique in inspected.get_unique_constraints(table):
        yield f"unique {unique['column_names']}", unique["column_names"]
    for index in inspected.get_indexes(table):
        if index["unique"]:
            yield f"unique {index['column_names']}", index["column_names"]
    for key in inspected.get_foreign_keys(table):
        yield f"{key['constrained_columns']} must be in {key['referred_table']}", key["constrained_columns"]
    primary = inspected.get_pk_constraint(table)["constrained_columns"]
    yield f"primary key {primary}", primary


def what_older_code_notices(before: Schema, after: Schema) -> list[str]:
    """Each change that code of before may fail on, in words: what is gone, changed, or demanded of every row."""
    noticed = [f"{table} is gone" for table in before if table not in after]
    for table in before.keys() & after.keys():
        old, new = before[table]["columns"], after[table]["columns"]
        noticed += [f"{table}.{name} is gone" for name in old if name not in new]
        noticed += [
            f"{table}.{name} has another type"
            for name in old.keys() & new.keys()
            if _type(old[name]) != _type(new[name])
        ]
        noticed += [
            f"{table}.{name} must not be null"
            for name, column in new.items()
            if not column["nullable"] and (old[name]["nullable"] if name in old else column["default"] is None)
        ]
        noticed += [
            f"{table}.{name} has no default"
            for name in old.keys() & new.keys()
            if old[name]["default"] is not None and new[name]["default"] is None
        ]
        noticed += [
            f"{table} has a new rule: {rule}"
            for rule, columns in after[table]["rules"].items()
            if not _allows_as_much(rule, before[table]["rules"]) and set(columns) & old.keys()
        ]
    return sorted(noticed)


def _allows_as_much(rule: str, rules: Iterable[str]) -> bool:
    """Whether a rule was there before, or is the closed list of one that was, with further values."""
    form = _form(rule)
    return any(
        rule == old or (form is not None and form == _form(old) and _values(rule) >= _values(old)) for old in rules
    )


def _form(rule: str) -> str | None:
    """A rule without the values of its list; None where it has none."""
    return _LIST.sub("()", rule) if _LIST.search(rule) else None


def _values(rule: str) -> set[str]:
    return set(re.findall(r"'([^']*)'", rule))


def _type(column: Mapping[str, Any]) -> str:
    return str(column["type"])
