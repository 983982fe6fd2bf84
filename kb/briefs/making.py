"""Makes a brief of entries: loads what they lack, compares, and words it all."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue import queries
from kb.catalogue.entries import TermKind
from kb.catalogue.models import City, Initiative
from kb.core.errors import NotFound
from kb.core.i18n import gettext_noop
from kb.peers.answers import Peer
from kb.peers.explanations import explained_peers
from kb.peers.loaders import place_summaries
from kb.peers.profiles import Profiles, find
from kb.peers.scores import Scores
from kb.peers.service import Peers
from kb.peers.weights import DEFAULT_WEIGHTS

from . import sections
from .brief import Brief, EntryPart, Item, Question, Text
from .comparison import COLUMNS, Compared, compared_of, compared_peers, context_lines
from .facts import city_part, initiative_part
from .wording import Wording

Entry = City | Initiative


def brief_of(
    session: Session,
    peers: Peers,
    entries: Sequence[Entry],
    question: Question,
    wording: Wording,
    made_on: date,
    notes: Sequence[str] = (),
) -> Brief:
    """The brief of some entries, loaded with all that their pages show, in a number of queries that does not grow.

    A city without an initiative among the entries brings the one that says most on the question. `notes` say what was
    left out.
    """
    is_compared = bool(question) or len(entries) > 1
    best = _best_initiatives(session, peers, entries, question) if is_compared else {}
    own_place = question.place.id if question.place else None
    rows = compared_of(entries, best, own_place) if is_compared else []
    added = list(dict.fromkeys(row.initiative for row in rows if row.initiative and row.initiative not in entries))
    shown = entry_parts([*entries, *added], wording)
    by_id = {
        entry.id: part for entry, part in zip([*entries, *added], shown, strict=True) if isinstance(entry, Initiative)
    }
    parts = [sections.whom_to_ask(rows, wording), sections.next_steps(rows, by_id, wording)]
    if rows:
        explained = _explained(session, peers, rows, question)
        parts = [
            sections.why_these_peers(rows, explained, question, wording),
            sections.what_is_not_known(rows, by_id, wording),
            *parts,
        ]
    return Brief(
        language=wording.language,
        is_right_to_left=wording.is_right_to_left,
        title=_title(question, wording),
        asker=_asker(session, question, wording),
        made_on=made_on,
        statement=wording.text(
            gettext_noop("Made on %(day)s. It shows what the catalogue said on that day."), day=wording.day(made_on)
        ),
        licence=wording.text(gettext_noop("Data: CC BY 4.0, CityPeers. Places: GeoNames, CC BY 4.0.")),
        notes=notes,
        columns=[wording.text(column) for column in COLUMNS],
        compared=compared_peers(rows, question.challenges, wording),
        sections=parts if rows else [],
        notes_heading=wording.text(gettext_noop("Notes")),
        entries_heading=wording.text(gettext_noop("The entries")),
        entries=shown,
        sources_heading=wording.text(gettext_noop("Sources")),
        no_source=wording.text(gettext_noop("No source is recorded.")),
        empty=wording.text(
            gettext_noop("The saved list is empty. Save initiatives or cities first, then make the brief.")
        ),
    )


def entry_parts(entries: Sequence[Entry], wording: Wording) -> list[EntryPart]:
    """Entries as a brief shows them."""
    return [
        initiative_part(entry, wording) if isinstance(entry, Initiative) else city_part(entry, wording)
        for entry in entries
    ]


def _title(question: Question, wording: Wording) -> Text:
    if question.text:
        return Text(question.text)
    place = question.place.name if question.place else question.place_name
    challenges = ", ".join(wording.label(label) or "" for label in question.challenges.values())
    if place and challenges:
        values = {"city": place, "challenges": challenges}
        return Text(wording.text(gettext_noop("Peers of %(city)s: %(challenges)s"), **values))
    if place:
        return Text(wording.text(gettext_noop("Peers of %(city)s"), city=place))
    return Text(challenges or wording.text(gettext_noop("Brief")))


def _asker(session: Session, question: Question, wording: Wording) -> Sequence[Item]:
    """Whose brief it is, with the context of the place, and the challenges it is about."""
    items = []
    place = question.place
    if place is not None:
        words = [f"{place.name}, {wording.label(place.country)}"]
        for row in queries.places_by_ids(session, [place.id]):
            words += [line.words for line in context_lines(row, row.country, wording)]
        items.append((gettext_noop("For"), "; ".join(words)))
    elif question.place_name:
        items.append((gettext_noop("For"), question.place_name))
    if question.challenges:
        labels = [wording.label(label) or "" for label in question.challenges.values()]
        items.append((gettext_noop("Challenges"), ", ".join(labels)))
    return [Item(Text(wording.text(label)), [Text(words)]) for label, words in items]


def _best_initiatives(
    session: Session, peers: Peers, entries: Sequence[Entry], question: Question
) -> dict[int, Initiative]:
    """What the cities among the entries did that says most on the question, by the ids of the cities.

    Of a question with challenges, only what is about one of them counts.
    """
    listed = [entry for entry in entries if isinstance(entry, Initiative)]
    covered = {city.id for initiative in listed for city in initiative.cities}
    wanted = [entry.id for entry in entries if isinstance(entry, City) and entry.id not in covered]
    profiles = peers.profiles(session)
    found = {city_id: _says_most(profiles, city_id, question.challenges) for city_id in wanted}
    ids = {city_id: initiative_id for city_id, initiative_id in found.items() if initiative_id is not None}
    if not ids:
        return {}
    slugs = session.scalars(select(Initiative.slug).where(Initiative.id.in_(ids.values()))).all()
    by_id = {initiative.id: initiative for initiative in queries.initiatives_by_slugs(session, slugs).values()}
    return {city_id: by_id[key] for city_id, key in ids.items() if key in by_id}


def _says_most(profiles: Profiles, city_id: int, asked_challenges: Collection[str]) -> int | None:
    """The id of a city's initiative with most challenges of the question, results, evidence, and the newest entry.

    None where it has none, or none on a challenge of the question.
    """
    columns = profiles.initiatives
    (city,) = find(profiles.cities.ids, [city_id])
    links = np.flatnonzero(columns.cities == city)
    rows = np.searchsorted(columns.starts, links, side="right") - 1
    shared = profiles.challenges.shared_with(asked_challenges)[columns.challenges[rows]]
    if asked_challenges:
        rows, shared = rows[shared > 0], shared[shared > 0]
    if city < 0 or not len(rows):
        return None
    # The last key is the first to sort by.
    order = np.lexsort((columns.ids[rows], columns.evidence_level[rows], columns.has_results[rows], shared))
    return int(columns.ids[rows[order[-1]]])


def _explained(session: Session, peers: Peers, rows: Sequence[Compared], question: Question) -> dict[int, Peer]:
    """The cities of the table as peers of the reader's place, by the ids of their places, with the default weights."""
    if question.place is None:
        return {}
    # Asked for first: it puts a matrix away that is older than the places.
    profiles: Profiles = peers.profiles(session)
    matrix = peers.feature_matrix
    try:
        start = matrix.row(question.place.id)
    except NotFound:
        return {}
    found = matrix.rows(sorted({row.city.place_id for row in rows}))
    others = np.sort(found[found >= 0])
    if not len(others):
        return {}
    asked_challenges: Mapping[str, str | None] = dict.fromkeys(question.challenges)
    scores = Scores.of(matrix, start, others, DEFAULT_WEIGHTS, profiles, asked_challenges)
    ids = {question.place.id, *matrix.ids[others].tolist()}
    explained = explained_peers(
        scores,
        list(range(len(others))),
        place_summaries(session, ids),
        queries.labels(session, TermKind.CHALLENGE),
    )
    return {peer.place.id: peer for peer in explained.values()}
