"""Tables that hold no entries: a list of terms with how many initiatives each has, and the peers of a place."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from itertools import chain, islice
from operator import attrgetter
from typing import Any

from kb.catalogue.entries import EntryKind
from kb.core.i18n import gettext_noop
from kb.peers import ranking
from kb.peers.answers import NamedChallenge, Peer, PeerAnswer

from .cells import Cell
from .columns import SEPARATOR, columns_of
from .releases.schemas import Field
from .releases.tables import OTHER_TABLES, field_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainTable:
    """A table in English; `address` is the whole address of the page that shows the same.

    Rows that are read while the file is written can be gone through once.
    """

    name: str
    title: str
    address: str
    made_on: date
    fields: Sequence[Field]
    rows: Iterable[Sequence[Cell]]

    @property
    def header(self) -> list[str]:
        """The names of the columns."""
        return [field.name for field in self.fields]

    def batches(self) -> Iterator[list[Sequence[Cell]]]:
        """The rows, so many at a time."""
        rows = iter(self.rows)
        while batch := list(islice(rows, ROWS_A_BATCH)):
            yield batch


ROWS_A_BATCH = 500

_INITIATIVES = Field(
    name="initiatives",
    label=gettext_noop("Initiatives"),
    explanation=gettext_noop("How many initiatives have it."),
    type="integer",
)


def terms_table(
    name: str, terms: Sequence[Any], initiatives: Mapping[Any, int], address: str, made_on: date
) -> PlainTable:
    """A list of terms as a release has it, by the table's name, with how many initiatives each has."""
    (of_release,) = [table for table in OTHER_TABLES if table.name == name]
    rows = [
        [*chain.from_iterable(_cells(field, term) for field in of_release.fields), initiatives.get(term.code, 0)]
        for term in terms
    ]
    fields = [*chain.from_iterable(map(_with_label, of_release.fields)), _INITIATIVES]
    return PlainTable(name=name, title=of_release.label, address=address, made_on=made_on, fields=fields, rows=rows)


def _with_label(field: Field) -> Iterator[Field]:
    """A field, and that of the label where it is a code."""
    yield field
    if field.values is not None:
        yield field.of_label()


def _cells(field: Field, term: Any) -> list[Cell]:
    """What a term has in a field, with its label where it is a code."""
    value = getattr(term, field.name)
    return [value] if field.values is None else [value, field.values[value]]


_RANK = Field(
    name="rank",
    label=gettext_noop("Rank"),
    explanation=gettext_noop("The most similar place has rank 1."),
    type="integer",
)


def peers_table(answer: PeerAnswer, address: str, made_on: date) -> PlainTable:
    """The peers of a place in their order, with both scores from 0 to 1, and why; `slug` is empty without a page.

    Where none is close enough to be a peer, the nearest follow, with an empty `strength`.
    """
    columns = _peer_columns()
    return PlainTable(
        name="peers",
        title=f"Cities like {answer.place.name}",
        address=address,
        made_on=made_on,
        fields=[_RANK, *(field for field, _ in columns)],
        rows=[
            [rank, *(cell_of(peer) for _, cell_of in columns)]
            for rank, peer in enumerate(answer.peers or answer.nearest, 1)
        ],
    )


@cache
def _peer_columns() -> Sequence[tuple[Field, Callable[[Peer], Cell]]]:
    """The columns of peers, each with what gives its cell; what files of cities say of a place is declared there."""
    of_city = {column.name: field_of(column) for column in columns_of(EntryKind.CITY)}
    return [
        (of_city["slug"], attrgetter("place.slug")),
        (Field(name="name", label=gettext_noop("Name")), attrgetter("place.name")),
        (of_city["country_code"], attrgetter("place.country_code")),
        (replace(of_city["country_code_label"], name="country"), attrgetter("place.country")),
        (of_city["region"], attrgetter("place.region")),
        (of_city["geonames_id"], attrgetter("place.id")),
        (of_city["latitude"], attrgetter("place.latitude")),
        (of_city["longitude"], attrgetter("place.longitude")),
        (of_city["population"], attrgetter("place.population")),
        (
            Field(
                name="strength",
                label=gettext_noop("Strength"),
                explanation=gettext_noop("Empty if the place is not similar enough to be a peer."),
                type="code",
                values=ranking.STRENGTH_LABELS,
            ),
            attrgetter("strength"),
        ),
        (
            Field(
                name="context_score",
                label=gettext_noop("Context score"),
                explanation=gettext_noop("How similar the two places are, from 0 to 1."),
                type="number",
            ),
            lambda peer: round(peer.context, 4),
        ),
        (
            Field(
                name="context_known",
                label=gettext_noop("Share with data"),
                explanation=gettext_noop("The share of the weights for which both places have data, from 0 to 1."),
                type="number",
            ),
            lambda peer: round(peer.known, 4),
        ),
        (
            Field(
                name="challenge_score",
                label=gettext_noop("Challenge score"),
                explanation=gettext_noop("How similar their challenges are, from 0 to 1. Empty if either has none."),
                type="number",
            ),
            lambda peer: None if peer.challenge is None else round(peer.challenge, 4),
        ),
        (
            Field(
                name="combined_score",
                label=gettext_noop("Combined score"),
                explanation=gettext_noop("The score by which peers are sorted, from 0 to 1."),
                type="number",
            ),
            lambda peer: round(peer.combined, 4),
        ),
        (
            Field(
                name="reasons",
                label=gettext_noop("Similarities"),
                explanation=gettext_noop("Why the place is a peer."),
            ),
            lambda peer: _joined(peer.reasons),
        ),
        (
            Field(name="differences", label=gettext_noop("Differences")),
            lambda peer: _joined(peer.differences),
        ),
        (
            Field(
                name="results_for",
                label=gettext_noop("Results on"),
                explanation=gettext_noop("Challenges in question for which the place reports results."),
            ),
            lambda peer: _joined(map(_label, peer.results_for)),
        ),
        (
            Field(
                name="same_challenge_for",
                label=gettext_noop("Same challenges"),
                explanation=gettext_noop("Challenges in question that the place also has."),
            ),
            lambda peer: _joined(map(_label, peer.same_challenge_for)),
        ),
    ]


def _joined(words: Iterable[object]) -> str | None:
    return SEPARATOR.join(map(str, words)) or None


def _label(challenge: NamedChallenge) -> str:
    return challenge.label
