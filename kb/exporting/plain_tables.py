"""Tables that hold no entries: a list of terms with how many initiatives each has, and the peers of a city."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from kb.peers.answers import Peer, PeerAnswer

from .cells import Cell, csv_bytes
from .columns import SEPARATOR
from .export import LICENCE, PUBLISHER
from .releases.schemas import Field
from .releases.tables import OTHER_TABLES


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainTable:
    """A table in English; `address` is the whole address of the page that shows the same."""

    title: str
    address: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def as_csv(table: PlainTable) -> bytes:
    """The rows with their head."""
    return csv_bytes(table.header, table.rows)


def as_json(table: PlainTable) -> bytes:
    """What the file is about, and an object for each row."""
    rows = [dict(zip(table.header, row, strict=True)) for row in table.rows]
    about: dict[str, Any] = {
        "title": table.title,
        "address": table.address,
        "publisher": PUBLISHER,
        "licence": LICENCE,
        "rows": rows,
    }
    return f"{json.dumps(about, ensure_ascii=False, indent=1)}\n".encode()


def terms_table(name: str, terms: Sequence[Any], initiatives: Mapping[Any, int], address: str) -> PlainTable:
    """A list of terms as a release has it, by the table's name, with how many initiatives each has."""
    (of_release,) = [table for table in OTHER_TABLES if table.name == name]
    fields = of_release.fields
    names = [(field.name,) if field.values is None else (field.name, f"{field.name}_label") for field in fields]
    rows = [[*chain(*(_cells(field, term) for field in fields)), initiatives.get(term.code, 0)] for term in terms]
    return PlainTable(title=of_release.label, address=address, header=[*chain(*names), "initiatives"], rows=rows)


def _cells(field: Field, term: Any) -> list[Cell]:
    """What a term has in a field, with its label where it is a code."""
    value = getattr(term, field.name)
    return [value] if field.values is None else [value, field.values[value]]


_PEER_COLUMNS = (
    *(
        "rank",
        "slug",
        "name",
        "country_code",
        "country",
        "region",
        "geonames_id",
        "latitude",
        "longitude",
        "population",
    ),
    *("strength", "context_score", "context_known", "challenge_score", "combined_score"),
    *("reasons", "differences", "results_for", "same_challenge_for"),
)


def peers_table(answer: PeerAnswer, address: str) -> PlainTable:
    """The peers of a city in their order, with both scores from 0 to 1, and why; `slug` is empty without a page.

    Where none is close enough to be a peer, the nearest follow, with an empty `strength`.
    """
    return PlainTable(
        title=f"Cities like {answer.place.name}",
        address=address,
        header=_PEER_COLUMNS,
        rows=[_peer_row(rank, peer) for rank, peer in enumerate(answer.peers or answer.nearest, 1)],
    )


def _peer_row(rank: int, peer: Peer) -> list[Cell]:
    place = peer.place
    return [
        rank,
        place.slug,
        place.name,
        place.country_code,
        place.country,
        place.region,
        place.id,
        place.latitude,
        place.longitude,
        place.population,
        peer.strength,
        round(peer.context, 4),
        round(peer.known, 4),
        None if peer.challenge is None else round(peer.challenge, 4),
        round(peer.combined, 4),
        SEPARATOR.join(map(str, peer.reasons)) or None,
        SEPARATOR.join(map(str, peer.differences)) or None,
        SEPARATOR.join(challenge.label for challenge in peer.results_for) or None,
        SEPARATOR.join(challenge.label for challenge in peer.same_challenge_for) or None,
    ]
