"""What a question finds, listed, sampled and counted: the index and the database say the same."""

import numpy as np
import pytest
from flask import Flask

from kb.search.results import SearchQuery
from kb.search.selection import DatabaseSelection, IndexSelection, keys_of

QUESTIONS = [
    SearchQuery(chosen={"kind": ("initiative",)}),
    SearchQuery(
        chosen={"kind": ("initiative",), "goal": ("11", "13"), "income": ("low", "lower-middle")}, sort="title"
    ),
    SearchQuery("flood", {"kind": ("initiative", "city")}, sort="newest"),
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_index_counts_samples_and_pages_as_the_database_does(seeded_app: Flask, question: SearchQuery) -> None:
    with seeded_app.extensions["kb_database"].reading() as session:
        by_index = seeded_app.extensions["kb_search"].selection(session, question)
        assert isinstance(by_index, IndexSelection)
        keys = keys_of(by_index.first(by_index.total))
        by_database = DatabaseSelection(session, keys, ())
        assert by_index.total == by_database.total == len(set(keys)) > 5
        for field in ("goal", "region", "stage", "technology", "decade"):
            assert by_index.counts(field) == by_database.counts(field)
        assert by_index.table("goal", "region") == by_database.table("goal", "region")
        for selection in (by_index, by_database):
            assert np.array_equal(selection.first(4), by_index.first(by_index.total)[:4])
            assert np.array_equal(selection.sample(4, 7), by_index.sample(4, 7))
            following = selection.after(int(np.sort(by_index.documents)[2]), 3)
            assert np.array_equal(following, np.sort(by_index.documents)[3:6])


def test_a_sample_keeps_most_of_itself_when_an_entry_is_gone(seeded_app: Flask) -> None:
    with seeded_app.extensions["kb_database"].reading() as session:
        whole = seeded_app.extensions["kb_search"].selection(session, QUESTIONS[0])
        before = whole.sample(20, 3)
        rest = [key for key in keys_of(whole.documents) if key != keys_of(before[:1])[0]]
        after = DatabaseSelection(session, rest, ()).sample(20, 3)
        assert len(np.intersect1d(before, after)) == 19
