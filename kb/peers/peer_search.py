"""Finds the peers of a place, why they are peers, and what they did."""

from collections.abc import Mapping

import numpy as np
from sqlalchemy.orm import Session

from kb.catalogue.choices import SEVERITIES
from kb.catalogue.entries import TermKind
from kb.catalogue.queries import labels as term_labels
from kb.core.i18n import Label, Message, gettext_noop

from .answers import MOST_PEERS, PeerAnswer, PeerInitiative, PeerQuestion
from .explanations import explained_peers
from .feature_matrix import FeatureMatrix
from .loaders import initiatives_by_id, named_challenges, place_summaries
from .peer_initiatives import PeerInitiatives, peer_initiatives
from .profiles import CityProfile, Profiles
from .scores import ChosenTerms, Scores
from .weights import understood

_UNKNOWN_CHALLENGE = gettext_noop("There is no challenge “%(code)s”. It was left out.")
_UNKNOWN_SEVERITY = gettext_noop("“%(severity)s” is not a severity. For %(challenge)s none is used.")
_UNKNOWN_REGION = gettext_noop("There is no region “%(code)s” to exclude.")
_NOBODY = gettext_noop("No city is left to compare with. Exclude fewer regions.")
_NOT_WEIGHED = gettext_noop("The challenge score has weight 0, so challenges do not change the order.")


def find_peers(
    session: Session, table: FeatureMatrix, question: PeerQuestion, profiles: Profiles | None = None
) -> PeerAnswer:
    """Answer a question about peers in a number of queries that does not depend on the data.

    Raises NotFound for a place that the table lacks; every other nonsense in the question becomes a note.
    `profiles` saves reading them, eight queries, where the caller has them.
    """
    profiles = Profiles.read(session) if profiles is None else profiles
    labels = term_labels(session, TermKind.CHALLENGE)
    row = table.row(question.place_id)
    weights, weight_notes = understood(question.weights)
    city = profiles.at_place.get(question.place_id)
    challenges, challenge_notes = _understood_challenges(question, city, labels)
    scores = Scores.of(table, row, weights, profiles, challenges)
    eligible, region_notes = _eligible(table, row, question, profiles)
    limit = min(max(question.limit, 1), MOST_PEERS)
    beside = limit if question.beside is None else max(question.beside, 0)
    best = scores.best(eligible, limit)
    cities = [row for row in scores.cities if eligible[row]]
    with_role = [row for row in cities if scores.cities[row].challenges or row in scores.results]
    with_results, with_same_challenge = _beside(scores, with_role, beside)
    ranked = peer_initiatives(
        profiles, {scores.cities[other].id: float(scores.combined[other]) for other in cities}, challenges, beside
    )
    chosen = np.array(list(dict.fromkeys([*best, *with_results, *with_same_challenge])), dtype=np.intp)
    summaries = place_summaries(session, {question.place_id, *table.ids[chosen].tolist()})
    peers = explained_peers(scores, chosen, summaries, labels)
    did, stopped = _loaded(session, ranked, profiles, labels)
    notes = [*weight_notes, *challenge_notes, *region_notes]
    if not eligible.any():
        notes.append(Message(_NOBODY))
    if challenges and not weights.of["of-challenges"]:
        notes.append(Message(_NOT_WEIGHED))
    return PeerAnswer(
        question=question,
        place=summaries[question.place_id],
        challenges=challenges,
        named=named_challenges(challenges, labels, profiles),
        weights=weights,
        peers=tuple(peers[other] for other in best if other in peers),
        peers_with_results=tuple(peers[other] for other in with_results if other in peers),
        peers_with_same_challenge=tuple(peers[other] for other in with_same_challenge if other in peers),
        did=did,
        stopped=stopped,
        notes=tuple(notes),
        candidates=int(eligible.sum()),
    )


def _beside(scores: Scores, rows: list[int], most: int) -> tuple[list[int], list[int]]:
    """Of these rows those with results, and others with the same challenge, the closest first; equal ones by id."""
    with_results: list[int] = []
    with_same_challenge: list[int] = []
    for other in np.array(rows, dtype=np.intp)[np.lexsort((scores.table.ids[rows], -scores.combined[rows]))].tolist():
        if len(with_results) == len(with_same_challenge) == most:
            break
        if scores.results_for(other):
            with_results.append(other)
        elif len(with_same_challenge) < most and scores.same_challenge_for(other):
            with_same_challenge.append(other)
    return with_results[:most], with_same_challenge


def _understood_challenges(
    question: PeerQuestion, city: CityProfile | None, labels: Mapping[str, str]
) -> tuple[dict[str, str | None], list[Message]]:
    """The challenges to use, and notes on what was not understood; those of the city's page where none are given."""
    if question.challenges is None:
        challenges = dict(city.challenges) if city else {}
        return challenges, []
    challenges, notes = {}, []
    for code, severity in question.challenges.items():
        if code not in labels:
            notes.append(Message(_UNKNOWN_CHALLENGE, {"code": code[:40]}))
            continue
        if severity and severity not in SEVERITIES:
            notes.append(Message(_UNKNOWN_SEVERITY, {"severity": severity[:40], "challenge": Label(labels[code])}))
        challenges[code] = severity if severity in SEVERITIES else None
    return challenges, notes


def _eligible(
    table: FeatureMatrix, row: int, question: PeerQuestion, profiles: Profiles
) -> tuple[ChosenTerms, list[Message]]:
    """Which rows may be peers, and notes on regions that nobody knows."""
    if question.pool == "places":
        eligible = np.ones(len(table), dtype=np.bool_)
    else:
        eligible = np.zeros(len(table), dtype=np.bool_)
        rows = table.rows(profiles.at_place)
        eligible[rows[rows >= 0]] = True
    eligible[row] = False
    regions = question.excluded_regions
    eligible &= ~np.isin(table.region, table.numbers(regions))
    notes = [Message(_UNKNOWN_REGION, {"code": code[:40]}) for code in sorted(regions) if code not in table.names]
    return eligible, notes


def _loaded(
    session: Session, selected: PeerInitiatives, profiles: Profiles, labels: Mapping[str, str]
) -> tuple[tuple[PeerInitiative, ...], tuple[PeerInitiative, ...]]:
    """What peers did, with its rows; stopped initiatives that say what they teach come first among their own."""
    rows = initiatives_by_id(
        session,
        {ranked_initiative.initiative for ranked_initiative in (*selected.did, *selected.stopped)},
    )
    lists = [
        [
            PeerInitiative(
                initiative=rows[ranked_initiative.initiative],
                city=profiles.cities[ranked_initiative.city],
                shared=named_challenges(ranked_initiative.shared, labels, profiles),
                closeness=ranked_initiative.closeness,
                has_results=profiles.initiatives[ranked_initiative.initiative].has_results,
                score=ranked_initiative.score,
            )
            for ranked_initiative in ranked
            if ranked_initiative.initiative in rows
        ]
        for ranked in (selected.did, selected.stopped)
    ]
    lists[1].sort(key=lambda peer_initiative: peer_initiative.initiative.lessons is None)
    return tuple(lists[0]), tuple(lists[1])
