"""A whole entry as a dictionary says all that its rows say, over the whole seed."""

import copy

import pytest
from flask import Flask
from sqlalchemy import func, select

from kb.catalogue.entries import ENTRIES
from kb.catalogue.models import Challenge, Change, Technology
from kb.core.db import Database
from kb.editorial import entries
from kb.editorial.validation import blank, load, validate
from tests.sampling import sampled

KINDS = ("initiative", "city", "leader", "vision")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_read_of_a_seeded_entry_loads_to_the_same(seeded_app: Flask, kind: str) -> None:
    with seeded_app.extensions["kb_database"].reading() as session:
        rows = session.scalars(select(ENTRIES[kind].model)).all()
        assert rows
        for entry in sampled(rows, 130):
            data = entries.snapshot(kind, entry)
            assert data.keys() == blank(kind).keys()
            assert load(session, kind, copy.deepcopy(data), "draft", entry) == data
            checked = validate(session, kind, data, entry)
            assert checked.errors == {}
            if kind == "initiative":
                assert checked.missing == {}


@pytest.mark.parametrize("kind", KINDS)
def test_writing_what_was_read_changes_nothing(seeded_app: Flask, kind: str) -> None:
    with seeded_app.extensions["kb_database"].reading() as session:
        logged = session.scalar(select(func.max(Change.id)))
        for entry in sampled(session.scalars(select(ENTRIES[kind].model)).all(), 130):
            data, version = entries.snapshot(kind, entry), entry.version
            entries.write(session, kind, data, entry)
            assert (entries.snapshot(kind, entry), entry.version) == (data, version)
        assert session.scalar(select(func.max(Change.id))) == logged


@pytest.mark.parametrize("kind", ["initiative", "leader", "vision"])
def test_a_copy_of_a_seeded_entry_says_the_same(seeded_app: Flask, kind: str) -> None:
    with seeded_app.extensions["kb_database"].reading() as session:
        for entry in session.scalars(select(ENTRIES[kind].model)).all()[:25]:
            data = entries.snapshot(kind, entry)
            copied = entries.write(session, kind, data)
            session.expire(copied)
            assert entries.snapshot(kind, copied) == data
            assert copied.slug not in {None, entry.slug}


@pytest.mark.parametrize(("kind", "model"), [("challenge", Challenge), ("technology", Technology)])
def test_terms_are_read_and_loaded_to_the_same(database: Database, kind: str, model: type) -> None:
    with database.reading() as session:
        for row in session.scalars(select(model)).all():
            data = entries.snapshot(kind, row)
            assert load(session, kind, data) == data
