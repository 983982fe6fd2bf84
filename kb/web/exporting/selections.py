"""What the file of each page holds: the entries that the page shows, all of them, in its order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from kb.catalogue import queries
from kb.catalogue.entries import ENTRIES, EntryKind, TermKind
from kb.core.errors import NotFound
from kb.exporting.export import Links
from kb.exporting.formats import FORMATS, TABLE_WRITERS
from kb.exporting.forum_rows import rows_found
from kb.exporting.forum_tables import TABLES_OF_KINDS
from kb.exporting.goal_tables import (
    PARTS_OF_A_GOAL,
    gaps_table,
    goals_by_table,
    goals_table,
    pairs_table,
    part_of_goal_table,
)
from kb.exporting.plain_tables import PlainTable, peers_table, terms_table
from kb.goals.queries import gaps, goal_counts, matrix, pairs
from kb.peers.answers import MOST_PEERS
from kb.peers.loaders import place_summaries
from kb.search.results import SearchQuery

from ..core import context
from ..core.context import session
from ..core.formatting import today
from ..core.links import link_to, search_link, search_parameters, site_address
from ..core.query_schemas import parameters_named
from ..core.search_schema import filter_where_none_is, refusal_in_words, search_schema, shown_search
from ..goals.schemas import AXES, BySchema
from ..peers.pages import peers_link
from ..peers.schemas import FILTER_NAMES, PeersQuery, peers_schema, unknown_parameters


@dataclass(frozen=True, slots=True)
class Selection:
    """Entries of one kind: `title` and `name` (of the file) are English, `page` is the path of the page.

    `ids` finds them, when they are needed.
    """

    kind: EntryKind
    title: str
    name: str
    page: str
    ids: Callable[[], Sequence[int]]


@dataclass(frozen=True, slots=True)
class TableSelection:
    """A table that holds no entries; `name` is that of the file, `make` fills it, when it is needed."""

    name: str
    page: str
    make: Callable[[str], PlainTable]


@dataclass(frozen=True, slots=True)
class ForumSelection:
    """What a search finds of a kind that is no entry: a row of a table for each. `title` is English.

    `ids` finds them, when they are needed; rows are read while the file is written.
    """

    kind: str
    title: str
    name: str
    page: str
    links: Links
    ids: Callable[[], Sequence[int]]

    def table(self, reading: Session, ids: Sequence[int], address: str, made_on: date) -> PlainTable:
        """The table of what has some ids; its rows are read from a session as they are gone through."""
        table = TABLES_OF_KINDS[self.kind]
        rows = rows_found(reading, self.kind, ids, self.links)
        return PlainTable(
            name=table.name, title=self.title, address=address, made_on=made_on, fields=table.fields, rows=rows
        )


AnySelection = Selection | TableSelection | ForumSelection


class UnknownFilter(Exception):
    """Tells which filter or value there is not, and what there is: without it the file would hold something else.

    Or which one is missing, without which there is no file.
    """


@dataclass(frozen=True, slots=True)
class PageWithFiles:
    """A page whose entries are files too: `path` is its address, `find` gives what is on it.

    `formats` are those that make sense for it. `kind` is that of the entries, None where the address decides, and where
    there are none; `is_one_entry` tells the page of an entry. Where an address asks something, `asked` gives its
    parameters as those of the file, without any that the page leaves out.
    """

    path: str
    find: Callable[..., AnySelection]
    formats: Sequence[str] = tuple(FORMATS)
    kind: EntryKind | None = None
    is_one_entry: bool = False
    asked: Callable[[], str] | None = None


def _entry(kind: EntryKind) -> Callable[..., Selection]:
    def find(slug: str) -> Selection:
        entry = queries.entry_by_slug(session(), kind, slug)
        title = getattr(entry, ENTRIES[kind].title)
        return Selection(kind, title, slug, link_to(entry), lambda: [entry.id])

    return find


def _every(kind: EntryKind) -> Callable[..., Selection]:
    plural = ENTRIES[kind].plural

    def find() -> Selection:
        page = search_link(kind=kind) if kind is not EntryKind.CITY else url_for("cities.cities")
        return Selection(kind, plural, ENTRIES[kind].folder, page, lambda: _ids_of_all(kind))

    return find


def _ids_of_all(kind: EntryKind) -> Sequence[int]:
    ids: list[int] = context.catalogue().tables[kind]["id"].tolist()
    return ids


def _challenge(code: str) -> Selection:
    term = queries.challenge_by_code(session(), code)
    return _initiatives(term, f"challenge-{code}", term.label, challenge=code)


def _technology(code: str) -> Selection:
    term = queries.technology_by_code(session(), code)
    return _initiatives(term, f"technology-{code}", term.label, technology=code)


def _goal(number: int) -> Selection:
    term = queries.goal_by_number(session(), number)
    return _initiatives(term, f"goal-{number}", f"Goal {number}: {term.label}", goal=number)


def _initiatives(term: Any, name: str, title: str, **chosen: Any) -> Selection:
    def ids() -> Sequence[int]:
        catalogue = context.catalogue()
        return catalogue.initiative_ids(catalogue.initiative_rows(**chosen))

    return Selection(EntryKind.INITIATIVE, f"Initiatives: {title}", name, link_to(term), ids)


def _search() -> AnySelection:
    question, refused = search_schema().read(request.args, others={"table"})
    refused = refused or context.search().unknown_values(session(), question)
    if refused:
        raise UnknownFilter(refusal_in_words(refused))
    question = replace(question, page=1)
    kind = kind_of_file(question)
    page = search_link(question)

    def ids() -> Sequence[int]:
        found = context.search().matching(session(), question).keys
        return [entry_id for found_kind, entry_id in found if found_kind == kind]

    if kind in TABLES_OF_KINDS:
        if request.args.get("table"):
            raise UnknownFilter(refusal_in_words((("filter", "table"),)))
        table = TABLES_OF_KINDS[kind]
        title = f"Search: {question.text or table.label}"
        return ForumSelection(kind, title, f"search-{table.name}", page, Links(site_address()), ids)
    definition = ENTRIES[EntryKind(kind)]
    title = f"Search: {question.text or definition.plural}"
    return Selection(EntryKind(kind), title, f"search-{definition.folder}", page, ids)


def _parameters_of_search() -> str:
    return search_parameters(replace(shown_search(), page=1))


def kind_of_file(question: SearchQuery) -> str:
    """The kind of entry that the file of a search holds: the one that is chosen, initiatives if several or none are.

    Where several are chosen without initiatives, the first.
    """
    chosen = question.chosen.get("kind", ())
    return EntryKind.INITIATIVE if not chosen or EntryKind.INITIATIVE in chosen else chosen[0]


def _challenges() -> TableSelection:
    def make(address: str) -> PlainTable:
        counts = context.counts().by(EntryKind.INITIATIVE, "challenge")
        return terms_table("challenges", queries.challenges(session()), counts, address, today())

    return TableSelection("challenges", url_for("challenges.challenges"), make)


def _technologies() -> TableSelection:
    def make(address: str) -> PlainTable:
        counts = context.counts().by(EntryKind.INITIATIVE, "technology")
        return terms_table("technologies", queries.technologies(session()), counts, address, today())

    return TableSelection("technologies", url_for("technologies.technologies"), make)


def _goals() -> TableSelection:
    """Initiatives by goal; with `by` the table of another page, which once was of this."""
    if "by" in request.args:
        return _goals_by()
    _refuse_unknown_names()

    def make(address: str) -> PlainTable:
        return goals_table(goal_counts(session(), context.counts()), address, today())

    return TableSelection("goals", url_for("goals.goals"), make)


def _goals_by() -> TableSelection:
    _refuse_unknown_names("by")
    asked = BySchema().load(request.args)
    if asked["refused"]:
        raise UnknownFilter(f"The goals cannot be divided by {asked['refused']}. Use one of: {', '.join(AXES)}.")
    axis = asked["by"]

    def make(address: str) -> PlainTable:
        return goals_by_table(matrix(session(), context.counts(), axis), address, today())

    return TableSelection(f"goals-by-{axis}", url_for("goals.counts", by=axis), make)


def _goals_together() -> TableSelection:
    def make(address: str) -> PlainTable:
        return pairs_table(queries.labels(session(), TermKind.GOAL), pairs(context.counts()), address, today())

    return TableSelection("goals-together", url_for("goals.together"), make)


def _goals_missing() -> TableSelection:
    def make(address: str) -> PlainTable:
        found = gaps(session(), context.counts())
        return gaps_table(queries.labels(session(), TermKind.GOAL), found, address, today())

    return TableSelection("goals-missing", url_for("goals.missing"), make)


def _part_of_goal(part: str) -> Callable[..., TableSelection]:
    def find(number: int) -> TableSelection:
        goal = queries.goal_by_number(session(), number)

        def make(address: str) -> PlainTable:
            return part_of_goal_table(session(), context.counts(), number, part, address, today())

        return TableSelection(f"goal-{number}-{part}", link_to(goal), make)

    return find


def _parameters_of_goals() -> str:
    return parameters_named(request.args, {"by"})


def _refuse_unknown_names(*names: str) -> None:
    refused = filter_where_none_is(request.args, others=names)
    if refused is not None:
        raise UnknownFilter(refused)


def _peers_of_city(slug: str) -> TableSelection:
    return _peers(queries.place_of_city(session(), slug), slug, _peers_query())


def _peers_of_place() -> TableSelection:
    asked = _peers_query()
    if asked.place_id is None:
        raise UnknownFilter("Say of which place: place=NUMBER. The page /peers finds the number of a place.")
    place = place_summaries(session(), {asked.place_id}).get(asked.place_id)
    if place is None:
        raise NotFound
    return _peers(place.id, place.slug, asked)


def _peers_query() -> PeersQuery:
    """What the address asks of peers. Raises UnknownFilter for a name that it does not have."""
    unknown = unknown_parameters(request.args)
    if unknown:
        words = f"Peers have no filter {unknown[0]}. Use one of: challenge, weight.NAME, {', '.join(FILTER_NAMES)}."
        raise UnknownFilter(words)
    asked: PeersQuery = peers_schema().load(request.args)
    return asked


def _parameters_of_peers() -> str:
    return parameters_named(request.args, request.args.keys() - set(unknown_parameters(request.args)))


def _peers(place_id: int, slug: str | None, asked: PeersQuery) -> TableSelection:
    """The peers of a place; `slug` is that of its city's page, if it has one. Raises UnknownFilter for a value."""
    refused = [note.reason for note in asked.notes] or context.peers().refusals(session(), asked.question(place_id))
    if refused:
        raise UnknownFilter(str(refused[0]))

    def make(address: str) -> PlainTable:
        question = replace(asked.question(place_id), limit=MOST_PEERS, beside=0)
        return peers_table(context.peers().find(session(), question), address, today())

    return TableSelection(f"peers-{slug or place_id}", peers_link(asked, place_id, slug), make)


_FORMATS_OF_TABLES = tuple(TABLE_WRITERS)

PAGES: Mapping[str, PageWithFiles] = {
    **{
        f"{definition.folder}.{kind}": PageWithFiles(
            f"/{definition.folder}/<slug>", _entry(kind), kind=kind, is_one_entry=True
        )
        for kind, definition in ENTRIES.items()
    },
    **{
        f"{definition.folder}.{definition.folder}": PageWithFiles(f"/{definition.folder}", _every(kind), kind=kind)
        for kind, definition in ENTRIES.items()
    },
    "challenges.challenge": PageWithFiles("/challenges/<code>", _challenge, kind=EntryKind.INITIATIVE),
    "technologies.technology": PageWithFiles("/technologies/<code>", _technology, kind=EntryKind.INITIATIVE),
    "goals.goal": PageWithFiles("/goals/<int(min=1, max=17):number>", _goal, kind=EntryKind.INITIATIVE),
    **{
        f"goals.{part}": PageWithFiles(
            f"/goals/<int(min=1, max=17):number>/{part}", _part_of_goal(part), _FORMATS_OF_TABLES
        )
        for part in PARTS_OF_A_GOAL
    },
    "search.search": PageWithFiles("/search", _search, asked=_parameters_of_search),
    "challenges.challenges": PageWithFiles("/challenges", _challenges, _FORMATS_OF_TABLES),
    "technologies.technologies": PageWithFiles("/technologies", _technologies, _FORMATS_OF_TABLES),
    "goals.goals": PageWithFiles("/goals", _goals, _FORMATS_OF_TABLES, asked=_parameters_of_goals),
    "goals.counts": PageWithFiles("/goals/counts", _goals_by, _FORMATS_OF_TABLES, asked=_parameters_of_goals),
    "goals.together": PageWithFiles("/goals/together", _goals_together, _FORMATS_OF_TABLES),
    "goals.missing": PageWithFiles("/goals/missing", _goals_missing, _FORMATS_OF_TABLES),
    "peers.peers": PageWithFiles("/peers", _peers_of_place, _FORMATS_OF_TABLES, asked=_parameters_of_peers),
    "peers.city_peers": PageWithFiles(
        "/cities/<slug>/peers", _peers_of_city, _FORMATS_OF_TABLES, asked=_parameters_of_peers
    ),
}
"""The pages that are files too, by endpoint; parts of a goal's page stand under names of their own."""
