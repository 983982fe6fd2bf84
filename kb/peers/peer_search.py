"""Finds the peers of a place, why they are peers, and what they did."""

from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy.orm import Session

from kb.catalogue.choices import INCOME_GROUPS, SEVERITIES
from kb.catalogue.entries import TermKind
from kb.catalogue.queries import labels as term_labels
from kb.core.i18n import Label, Message, gettext_noop

from .answers import MOST_PEERS, NEAREST_SHOWN, Peer, PeerAnswer, PeerInitiative, PeerQuestion
from .challenges import DERIVED
from .entry_profiles import CityProfile
from .explanations import explained_peers
from .feature_matrix import FeatureMatrix
from .geodesy import Rows
from .loaders import initiative_cards_by_id, named_challenges, place_summaries
from .notes import LEFT_OUT, Note
from .peer_initiatives import PeerInitiatives, peer_initiatives
from .profile_reading import read_profiles
from .profiles import Profiles
from .scores import Scores
from .weights import CHALLENGES, emphasis_of, understood

_UNKNOWN_CHALLENGE = gettext_noop("There is no challenge “%(code)s”.")
_UNKNOWN_SEVERITY = gettext_noop("“%(severity)s” is not a severity.")
_NO_SEVERITY = gettext_noop("For %(challenge)s none is used.")
_UNKNOWN_REGION = gettext_noop("There is no region “%(code)s” to leave out.")
_UNKNOWN_INCOME = gettext_noop("There is no income group “%(code)s” to leave out.")
_UNKNOWN_LANGUAGE = gettext_noop("There is no language “%(code)s” to leave out.")
_NO_LANGUAGE = gettext_noop("The languages of %(country)s are not known, so all languages are shown.")
_NOBODY = gettext_noop("No city is left to compare with. Leave out fewer.")
_NOT_WEIGHED = gettext_noop("The challenge score has weight 0, so challenges do not change the order.")


def find_peers(
    session: Session,
    matrix: FeatureMatrix,
    question: PeerQuestion,
    profiles: Profiles | None = None,
    labels: Mapping[str, str] | None = None,
) -> PeerAnswer:
    """Answer a question about peers in a number of queries that does not depend on the data.

    Raises NotFound for a place that the matrix lacks; every other nonsense in the question becomes a note.
    `profiles`, and `labels` of the challenges, save reading them where the caller has them.
    """
    profiles = read_profiles(session) if profiles is None else profiles
    labels = term_labels(session, TermKind.CHALLENGE) if labels is None else labels
    row = matrix.row(question.place_id)
    weights, weight_notes = understood(question.weights)
    city = profiles.at_place(question.place_id)
    challenges, challenge_notes = _understood_challenges(question, city, labels)
    derived = frozenset(code for code, severity in challenges.items() if severity == DERIVED)
    rows = _candidates(matrix, row, question, profiles)
    scores = Scores.of(matrix, row, rows, weights, profiles, challenges)
    limit = min(max(question.limit, 1), MOST_PEERS)
    beside = limit if question.beside is None else max(question.beside, 0)
    first = scores.peers(limit)
    nearest = [] if first else scores.nearest(min(limit, NEAREST_SHOWN))
    with_results, with_same_challenge = (
        scores.peers(beside, among) or scores.nearest(min(beside, NEAREST_SHOWN), among)
        for among in (scores.with_results, scores.with_same_challenge)
    )
    ranked = peer_initiatives(profiles, scores.closeness(), challenges, beside)
    shown = list(dict.fromkeys([*first, *nearest, *with_results, *with_same_challenge]))
    summaries = place_summaries(session, {question.place_id, *matrix.ids[rows[shown]].tolist()})
    peers = explained_peers(scores, shown, summaries, labels)
    did, stopped = _loaded(session, ranked, profiles, labels)
    not_understood = [*weight_notes, *challenge_notes, *_unknown_exclusions(matrix, question)]
    notes = [note.message for note in not_understood]
    if not len(rows):
        notes.append(Message(_NOBODY))
    if question.has_same_language and not matrix.languages_of(row):
        notes.append(Message(_NO_LANGUAGE, {"country": Label(summaries[question.place_id].country)}))
    if challenges and not weights.of[CHALLENGES]:
        notes.append(Message(_NOT_WEIGHED))

    def explained(others: Sequence[int]) -> tuple[Peer, ...]:
        return tuple(peers[other] for other in others if other in peers)

    return PeerAnswer(
        question=question,
        place=summaries[question.place_id],
        challenges={code: None if code in derived else severity for code, severity in challenges.items()},
        derived=derived,
        named=named_challenges(challenges, labels, profiles, derived),
        weights=weights,
        emphasis=emphasis_of(challenges),
        peers=explained(first),
        nearest=explained(nearest),
        peers_with_results=explained(with_results),
        peers_with_same_challenge=explained(with_same_challenge),
        did=did,
        stopped=stopped,
        notes=tuple(notes),
        is_understood=not not_understood,
        candidates=len(rows),
        close=int(scores.is_close.sum()),
    )


def refusals(session: Session, matrix: FeatureMatrix, question: PeerQuestion) -> list[Message]:
    """What of a question nobody understands, for whoever would rather refuse it than leave that out."""
    _, weight_notes = understood(question.weights)
    _, challenge_notes = _understood_challenges(question, None, term_labels(session, TermKind.CHALLENGE))
    notes = [*weight_notes, *challenge_notes, *_unknown_exclusions(matrix, question)]
    return [note.reason for note in notes]


def _understood_challenges(
    question: PeerQuestion, city: CityProfile | None, labels: Mapping[str, str]
) -> tuple[dict[str, str | None], list[Note]]:
    """The challenges to use, and notes on what was not understood; those of the city where none are given."""
    if question.challenges is None:
        challenges = dict(city.challenges) if city else {}
        return challenges, []
    challenges, notes = {}, []
    for code, severity in question.challenges.items():
        if code not in labels:
            notes.append(Note(Message(_UNKNOWN_CHALLENGE, {"code": code[:40]}), LEFT_OUT))
            continue
        if severity and severity not in SEVERITIES:
            none_used = Message(_NO_SEVERITY, {"challenge": Label(labels[code])})
            notes.append(Note(Message(_UNKNOWN_SEVERITY, {"severity": severity[:40]}), none_used))
        challenges[code] = severity if severity in SEVERITIES else None
    return challenges, notes


def _candidates(matrix: FeatureMatrix, row: int, question: PeerQuestion, profiles: Profiles) -> Rows:
    """The rows that may be peers, ascending."""
    may_be = np.ones(len(matrix), dtype=np.bool_)
    if question.pool == "cities":
        may_be = profiles.cities.places.cities_in(matrix) >= 0
    may_be[row] = False
    regions = question.excluded_regions
    if regions:
        may_be &= ~np.isin(matrix.region, matrix.numbers(regions))
    groups = question.excluded_income_groups
    if groups:
        may_be &= ~np.isin(matrix.income, [level for level, code in enumerate(INCOME_GROUPS) if code in groups])
    for code in question.excluded_languages.intersection(matrix.language_codes):
        may_be &= ~matrix.languages[matrix.language_codes.index(code)][matrix.country]
    if question.has_same_language and matrix.languages_of(row):
        may_be &= matrix.share_language(row)[matrix.country]
    if question.is_abroad:
        may_be &= matrix.country != matrix.country[row]
    return np.flatnonzero(may_be)


def _unknown_exclusions(matrix: FeatureMatrix, question: PeerQuestion) -> list[Note]:
    """Notes on what is to be left out and nobody knows."""
    regions, groups = question.excluded_regions, question.excluded_income_groups
    return [
        *(Note(Message(_UNKNOWN_REGION, {"code": code[:40]})) for code in sorted(regions.difference(matrix.names))),
        *(Note(Message(_UNKNOWN_INCOME, {"code": code[:40]})) for code in sorted(groups - INCOME_GROUPS.keys())),
        *(
            Note(Message(_UNKNOWN_LANGUAGE, {"code": code[:40]}))
            for code in sorted(question.excluded_languages.difference(matrix.language_codes))
        ),
    ]


def _loaded(
    session: Session, selected: PeerInitiatives, profiles: Profiles, labels: Mapping[str, str]
) -> tuple[tuple[PeerInitiative, ...], tuple[PeerInitiative, ...]]:
    """What peers did, with its rows; stopped initiatives that say what they teach come first among their own."""
    rows = initiative_cards_by_id(session, {ranked.initiative for ranked in (*selected.did, *selected.stopped)})
    did, stopped = (
        [
            PeerInitiative(
                initiative=rows[ranked.initiative],
                city=city,
                shared=named_challenges(ranked.shared, labels, profiles),
                closeness=ranked.closeness,
                has_results=ranked.has_results,
                score=ranked.score,
            )
            for ranked in of_kind
            if ranked.initiative in rows
            for city in rows[ranked.initiative].cities
            if city.id == ranked.city
        ]
        for of_kind in (selected.did, selected.stopped)
    )
    stopped.sort(key=lambda peer_initiative: peer_initiative.initiative.lessons is None)
    return tuple(did), tuple(stopped)
