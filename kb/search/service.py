"""Answers searches for the interfaces: a question in, a page of rows with highlights and facets out.

The engine answers with ids, the database gives the rows. Without an index to use, the database answers alone, plainly.
"""

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar
from weakref import WeakKeyDictionary

import numpy as np
import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.change_log import log_position
from kb.catalogue.counts import Counts
from kb.catalogue.entries import EntryKind
from kb.catalogue.models import Change
from kb.core.cache import DerivedCache
from kb.core.db import Database, in_batches
from kb.core.standbys import NEWEST
from kb.peers.countries import Countries

from . import database_fallback
from .counts import DatabaseCounts, IndexCounts
from .engine_types import Query
from .facets import FACETS, Chosen, cities_at, index_filters
from .index import IndexLocked, IndexUnreadable, WhooshEngine
from .index.schema import reading_files
from .index.snapshot import Snapshot
from .index_alone import StoredResults, answer_from_index
from .index_versions import IndexVersions
from .indexing import identity
from .kinds import KINDS, Key, document_id, entries_by_key, ids_by_kind, ids_of_documents, key_of
from .labels import Labels
from .parsing import ParsedQuery, parse
from .place_names import country_of, empty_country, is_place, read_countries
from .results import PAGE_SIZE, BroaderSearch, Hit, Matching, MatchingIds, Results, SearchQuery, pages_of
from .selection import DatabaseSelection, IndexSelection, Selection
from .snippets import highlight, snippet
from .suggestions import Suggestion, suggestions, suggestions_from_database

log = structlog.get_logger(__name__)

REFRESH_SECONDS = 0.1
"""How often, at most, a process looks for a newer commit or generation."""

COUNTRIES_FRESH_SECONDS = 600.0
"""How often, at most, the names of countries are read anew."""

MAX_BROADER_SEARCHES = 12

Made = TypeVar("Made")


class Search:
    """Search over one database and one index folder; threads may share it.

    From the first `refresh` on, whoever calls it keeps this process at the newest commit, and requests use what there
    is; before, and where an index was given up, requests look for one themselves.
    """

    def __init__(self, database: Database, root: Path) -> None:
        self._database = database
        self._versions = IndexVersions(root)
        self._refreshing = threading.Lock()
        self._looked = 0.0
        self._is_followed = False
        self._engine: WhooshEngine | None = None
        self._labels: DerivedCache[None, Labels] = DerivedCache()
        self._countries: DerivedCache[None, Countries] = DerivedCache(max_age=COUNTRIES_FRESH_SECONDS)
        self._counts: WeakKeyDictionary[Snapshot, IndexCounts] = WeakKeyDictionary()

    def refresh(self) -> None:
        """Bring this process to the newest commit; called by the follower's thread, so that no request has to."""
        with self._database.reading(after=NEWEST) as session, self._refreshing:
            self._refresh(session)
            self._is_followed = True
            if self._engine is not None:
                self._current_labels(session, self._engine)

    def answer(self, session: Session, question: SearchQuery) -> Results:
        """Answer a question; never raises for what was asked, nor for an index that is gone or damaged."""
        return self._answered(session, question, _answer_by_index, _answer_from_database)

    def answer_without_database(self, question: SearchQuery) -> StoredResults | None:
        """What the index alone says, as it was last seen; None without an index that can be used."""
        with suppress(IndexUnreadable):
            return answer_from_index(self._engine, question) if self._engine else None
        return None

    def matching(self, session: Session, question: SearchQuery, among: Collection[Key] | None = None) -> Matching:
        """The keys of all that a question finds, whatever its page, or of what it finds among some. Raises nothing."""
        return self._answered(
            session,
            question,
            partial(_matching_by_index, among=among),
            partial(_matching_from_database, among=among),
        )

    def unknown_values(self, session: Session, question: SearchQuery) -> tuple[tuple[str, str], ...]:
        """The chosen values that no list knows, as (filter, value); nothing is searched."""
        cities = cities_at(session, question.chosen.get("city", ()))
        return self._labels_with(session, self._current(session), cities).known_and_unknown(question.chosen)[1]

    def last_change(self, session: Session) -> int:
        """The last change of the log that answers rest on: the index's, or, without an index, the database's."""
        engine = self._current(session)
        return log_position(session)[0] if engine is None else engine.snapshot.last_change

    def matching_ids(self, session: Session, question: SearchQuery) -> MatchingIds:
        """The ids of all that a question finds, an array for each kind, in no order: 100,000 cost some milliseconds."""
        return self._answered(session, question, _ids_by_index, _ids_from_database)

    def selection(self, session: Session, question: SearchQuery) -> Selection:
        """All that a question finds, for whoever lists, samples or counts it; no row of an entry is read."""
        return self._answered(session, question, _selected_by_index, _selected_from_database)

    def _answered(
        self,
        session: Session,
        question: SearchQuery,
        by_index: Callable[[WhooshEngine, Session, "_Question"], Made],
        from_database: Callable[[Session, "_Question"], Made],
    ) -> Made:
        """The answer of the index, or of the database where there is no index to use."""
        engine = self._current(session)
        countries = self._countries.get(None, partial(self._read, read_countries))
        cities = cities_at(session, question.chosen.get("city", ()))
        labels = self._labels_with(session, engine, cities)
        chosen, unknown = labels.known_and_unknown(question.chosen)
        city_ids = {slug: city_id for slug, (city_id, _) in cities.items()}
        read_question = _Question(
            query=question,
            parsed=parse(question.text),
            chosen=chosen,
            unknown=unknown,
            labels=labels,
            countries=countries,
            city_ids=city_ids,
        )
        if engine is not None:
            try:
                return by_index(engine, session, read_question)
            except IndexUnreadable as problem:
                self._give_up(engine.generation, problem)
        return from_database(session, read_question)

    def suggest(self, session: Session, text: str, limit: int = 8) -> list[Suggestion]:
        """What begins like the text: challenges, technologies, cities and initiatives."""
        engine = self._current(session)
        names = self._current_labels(session, engine).names
        if engine is not None:
            try:
                return suggestions(session, names, engine.beginnings(text, limit), text, limit)
            except IndexUnreadable as problem:
                self._give_up(engine.generation, problem)
        return suggestions_from_database(session, names, text, limit)

    def hits(self, session: Session, text: str, keys: Sequence[Key]) -> tuple[Hit, ...]:
        """Entries as a page of results shows them, in the order of their keys; those that are gone are left out."""
        engine, parsed = self._current(session), parse(text)
        if engine is not None:
            try:
                parsed = engine.with_other_spellings(parsed)
            except IndexUnreadable as problem:
                self._give_up(engine.generation, problem)
        return _found(session, keys, parsed)

    def labels(self, session: Session) -> Labels:
        """The values of every filter with their labels, as of the index that answers rest on now."""
        return self._current_labels(session, self._current(session))

    def version(self, session: Session) -> tuple[str, int] | None:
        """The generation and commit of the index that answers rest on now; None without an index."""
        return _version(self._current(session))

    def is_as_of(self, session: Session, change_number: int) -> bool:
        """Whether answers rest on the catalogue as of a change number, the newest that the session sees."""
        engine = self._current(session)
        if engine is None:
            return True
        last = engine.snapshot.last_change
        later = select(Change.id).where(Change.id > last, Change.id <= change_number, Change.kind.in_(KINDS)).limit(1)
        return last <= change_number and session.scalar(later) is None

    def counts(self, session: Session) -> Counts:
        """Counts of the catalogue's entries, all as of one commit of the index, or as the database has them."""
        engine = self._current(session)
        if engine is None:
            return DatabaseCounts(session)
        snapshot = engine.snapshot
        counts = self._counts.get(snapshot)
        if counts is None:
            try:
                counts = self._counts[snapshot] = IndexCounts(snapshot)
            except IndexUnreadable as problem:
                self._give_up(engine.generation, problem)
                return DatabaseCounts(session)
        return counts

    def _read(self, read: Callable[[Session], Made]) -> Made:
        """What is kept for other requests: of a session of its own, for that of this one may see an older state."""
        with self._database.reading(after=NEWEST) as session:
            return read(session)

    def close(self) -> None:
        """Let go of the index."""
        with self._refreshing:
            if self._engine is not None:
                self._engine.close()
                self._engine = None

    def _current(self, session: Session) -> WhooshEngine | None:
        """The live generation; None where there is none to use."""
        is_kept = self._is_followed and self._engine is not None
        if is_kept or time.monotonic() - self._looked < REFRESH_SECONDS:
            return self._engine
        # Another thread opens it: the one there is will do, and where there is none, it is waited for.
        if self._refreshing.acquire(blocking=self._engine is None and not self._is_followed):
            try:
                self._refresh(session)
            finally:
                self._refreshing.release()
        return self._engine

    def _refresh(self, session: Session) -> None:
        """Open the live generation at its newest commit, if it is not open; the caller holds the lock."""
        live = self._versions.live()
        try:
            if live is None or live[1] != identity(session):
                self._engine = None
            elif self._engine is None or self._engine.generation != live[0]:
                # The one before is left to the searches that still use it, and to the garbage collector.
                opened = self._versions.open(live[0])
                opened.warm()
                self._engine = opened
            elif self._engine.refresh():
                self._engine.warm()
        except (IndexUnreadable, OSError) as problem:
            # A rebuild may just have taken away what was live when we looked; the one in use still answers.
            if self._versions.live() == live:
                self._engine = None
                self._give_up(live[0] if live else None, problem)
        finally:
            # At the end, so that nobody goes without an index while the first one is opened.
            self._looked = time.monotonic()

    def _give_up(self, generation: str | None, problem: Exception) -> None:
        """Use a damaged index no longer, and let the follower make another."""
        log.error("search index damaged", generation=generation, problem=str(problem))
        engine = self._engine
        # The thread that follows may have opened another meanwhile.
        if engine is not None and engine.generation == generation:
            self._engine = None
        try:
            if generation:
                self._versions.disown(generation)
        except (IndexLocked, OSError) as reason:
            log.warning("the damaged index stays for now", reason=str(reason))

    def _labels_with(
        self, session: Session, engine: WhooshEngine | None, cities: Mapping[str, tuple[int, str]]
    ) -> Labels:
        """The labels with those of some cities, as `cities_at` gives them."""
        labels = self._current_labels(session, engine)
        return labels.with_cities({slug: name for slug, (_, name) in cities.items()}) if cities else labels

    def _current_labels(self, session: Session, engine: WhooshEngine | None) -> Labels:
        """The labels as of the engine's commit, without one as of the log; a change of any that occurs is in both."""
        version = _version(engine) or log_position(session)
        return self._labels.get(None, partial(self._read, Labels.read), version)


def _version(engine: WhooshEngine | None) -> tuple[str, int] | None:
    return (engine.generation, engine.snapshot.commit) if engine else None


@dataclass(frozen=True, slots=True)
class _Question:
    """A question that was read: its words, the chosen values that lists know and those they do not, and the lists."""

    query: SearchQuery
    parsed: ParsedQuery
    chosen: Chosen
    unknown: tuple[tuple[str, str], ...]
    labels: Labels
    countries: Countries
    city_ids: Mapping[str, int]

    @property
    def offset(self) -> int:
        """How many hits come before the page."""
        return (self.query.page - 1) * PAGE_SIZE

    def for_engine(self, engine: WhooshEngine) -> Query:
        """The question as the engine takes it, for all hits and without facets."""
        parsed, country = engine.with_other_spellings(self.parsed), country_of(self.countries, self.parsed)
        filters = index_filters(self.chosen, self.city_ids)
        return Query(parsed, filters=filters, leading=_leading(country), sort=self.query.sort, limit=None)


def _matching_by_index(
    engine: WhooshEngine, _session: Session, question: _Question, among: Collection[Key] | None
) -> Matching:
    documents = None if among is None else [document_id(*key) for key in among]
    hits = engine.search(replace(question.for_engine(engine), among=documents)).hits
    return Matching([key_of(document) for document, _ in hits], question.unknown)


def _matching_from_database(session: Session, question: _Question, among: Collection[Key] | None) -> Matching:
    parts = [None] if among is None else [ids_by_kind(batch) for batch in in_batches(among)]
    find = partial(database_fallback.find, session, question.parsed, question.chosen, question.query.sort, 0, None)
    return Matching([key for part in parts for key in find(question.countries, part)[1]], question.unknown)


def _ids_by_index(engine: WhooshEngine, _session: Session, question: _Question) -> MatchingIds:
    return MatchingIds(ids_of_documents(engine.matching_ids(question.for_engine(engine))), question.unknown)


def _ids_from_database(session: Session, question: _Question) -> MatchingIds:
    by_kind = ids_by_kind(_matching_from_database(session, question, None).keys)
    return MatchingIds({kind: np.array(ids, dtype=np.int64) for kind, ids in by_kind.items()}, question.unknown)


def _selected_by_index(engine: WhooshEngine, _session: Session, question: _Question) -> Selection:
    with reading_files():
        return IndexSelection(engine.snapshot, question.for_engine(engine), question.unknown)


def _selected_from_database(session: Session, question: _Question) -> Selection:
    return DatabaseSelection(session, _matching_from_database(session, question, None).keys, question.unknown)


def _answer_by_index(engine: WhooshEngine, session: Session, question: _Question) -> Results:
    labels, typed = question.labels, question.parsed
    every_hit = question.for_engine(engine)
    parsed = every_hit.parsed
    result = engine.search(replace(every_hit, facets=tuple(FACETS), offset=question.offset, limit=PAGE_SIZE))
    keys = [key_of(document) for document, _ in result.hits]
    country = country_of(question.countries, typed)
    is_named = country is not None or (
        not result.total and (labels.names.is_name(typed.title) or is_place(session, typed.title))
    )

    def is_name(word: str) -> bool:
        return question.countries.searched_as(word) is not None or labels.names.is_name(word) or is_place(session, word)

    return Results(
        question=question.query,
        total=result.total,
        page=question.query.page,
        pages=pages_of(result.total),
        hits=_found(session, keys, parsed),
        facets=tuple(labels.facet(field, result.facets[field], question.chosen.get(field, ())) for field in FACETS),
        uncounted=labels.uncounted(question.chosen),
        loosened=result.mode == "any" and len(parsed.groups) > 1 and result.total > 0,
        is_sentence=parsed.is_sentence,
        has_optional_phrases=parsed.is_sentence and any(group.required for group in parsed.groups),
        corrected=None if is_named else engine.spelling().correct(typed, parsed, is_name),
        near_words=() if result.total or is_named else engine.spelling().near_words_of(parsed),
        broader_searches=() if result.total else _broader_searches(engine, every_hit, question),
        unknown=question.unknown,
        empty_country=None if result.total else empty_country(session, country, question.chosen),
        only_stop_words=parsed.only_stop_words and not result.total,
    )


def _leading(country: str | None) -> tuple[Mapping[str, Sequence[str]], ...]:
    """What comes first where a country is searched: its initiatives and cities, then whatever else is of it."""
    if country is None:
        return ()
    of_country = {"country": (country,)}
    return {**of_country, "kind": (EntryKind.INITIATIVE, EntryKind.CITY)}, of_country


def _answer_from_database(session: Session, question: _Question) -> Results:
    parsed, chosen, labels, query = question.parsed, question.chosen, question.labels, question.query
    total, keys = database_fallback.find(
        session, parsed, chosen, query.sort, question.offset, PAGE_SIZE, question.countries
    )
    return Results(
        question=query,
        total=total,
        page=query.page,
        pages=pages_of(total),
        hits=_found(session, keys, parsed),
        facets=tuple(labels.facet(field, {}, chosen[field]) for field in FACETS if field in chosen),
        uncounted=labels.uncounted(chosen),
        unknown=question.unknown,
        empty_country=None if total else empty_country(session, country_of(question.countries, parsed), chosen),
        only_stop_words=parsed.only_stop_words and not total,
        plain=True,
    )


def _found(session: Session, keys: Sequence[Key], parsed: ParsedQuery) -> tuple[Hit, ...]:
    """The rows in the order of the keys; one that was deleted a moment ago is left out."""
    entries = entries_by_key(session, keys)
    return tuple(
        Hit(
            kind=key[0],
            entry=entry,
            title=highlight(KINDS[key[0]].title(entry), parsed),
            snippet=snippet(KINDS[key[0]].passage(entry), parsed),
        )
        for key in keys
        if (entry := entries.get(key)) is not None
    )


def _broader_searches(engine: WhooshEngine, every_hit: Query, question: _Question) -> tuple[BroaderSearch, ...]:
    """The least that can be dropped to find something: one value, else all of a filter, else every filter."""
    chosen = question.chosen

    def total_of(kept: Chosen) -> int:
        filters = index_filters(kept, question.city_ids)
        return engine.search(replace(every_hit, filters=filters, limit=0)).total

    values = [(field, (code,), question.labels.of[field][code]) for field, codes in chosen.items() for code in codes]
    facets = [(field, tuple(codes), "") for field, codes in chosen.items() if len(codes) > 1]
    for candidates in (values[:MAX_BROADER_SEARCHES], facets):
        broader_searches = [
            BroaderSearch(field, codes, label, total)
            for field, codes, label in candidates
            if (total := total_of(_without(chosen, field, codes)))
        ]
        if broader_searches:
            return tuple(sorted(broader_searches, key=lambda each: (-each.total, each.field or "", each.codes)))
    total = total_of({}) if chosen else 0
    return (BroaderSearch(None, (), "", total),) if total else ()


def _without(chosen: Chosen, field: str, codes: tuple[str, ...]) -> Chosen:
    kept = {
        name: tuple(value for value in values if name != field or value not in codes) for name, values in chosen.items()
    }
    return {name: values for name, values in kept.items() if values}
