"""From a question to its answer: peers of a place, why they are peers, and what they did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from kb.catalogue.terms import SEVERITIES
from kb.words import marked

from .challenges import challenge_score
from .context import Part, Rows, alike, parts, steps
from .deeds import Deeds, deeds_of
from .faces import challenge_labels, initiatives_by_id, named_challenges, names_of, place_faces
from .phrases import Label, Phrase
from .profiles import CityProfile, Profiles
from .questions import MOST_PEERS, Deed, NamedChallenge, Peer, PeerAnswer, PeerQuestion, PlaceFace
from .sphere import Floats
from .table import PeerTable
from .weights import Weights, understood
from .wording import Names, differences, reasons

GOALS_SHOWN = 3
"""Goals that a reason names, the rarest that both cities work for."""

ALSO_SHOWN = 3
"""Challenges that a peer names besides, as a difference says them; the rest are counted."""

_NO_CHALLENGE = marked("No challenge is ticked: these are peers by context only.")
_UNKNOWN_CHALLENGE = marked("There is no challenge “%(code)s”: it is left out.")
_UNKNOWN_SEVERITY = marked("“%(severity)s” is not a severity: that of %(challenge)s counts as not stated.")
_UNKNOWN_REGION = marked("There is no region “%(code)s” to exclude.")
_NOBODY = marked("Nobody is left to compare with: exclude fewer regions.")
_NOT_WEIGHED = marked("The challenges have weight 0: they do not change the order.")


def find_peers(
    session: Session, table: PeerTable, question: PeerQuestion, profiles: Profiles | None = None
) -> PeerAnswer:
    """Answer a question about peers in a number of queries that does not depend on the data.

    Raises NotFound for a place that the table lacks; every other nonsense in the question becomes a note.
    `profiles` saves reading them, eight queries, where the caller has them.
    """
    profiles = Profiles.read(session) if profiles is None else profiles
    labels = challenge_labels(session)
    row = table.row(question.place_id)
    weights, weight_notes = understood(question.weights)
    city = profiles.at_place.get(question.place_id)
    challenges, challenge_notes = _understood_challenges(question, city, labels)
    search = _Search.of(table, row, weights, profiles, challenges)
    eligible, region_notes = _eligible(table, row, question, profiles)
    limit = min(max(question.limit, 1), MOST_PEERS)
    beside = limit if question.beside is None else max(question.beside, 0)
    best = _best(search.combined, eligible, limit)
    cities = [row for row in search.cities if eligible[row]]
    with_role = [row for row in cities if search.cities[row].challenges or row in search.results]
    by_order = sorted(with_role, key=lambda other: (-search.combined[other], table.ids[other]))
    roles = {other: bool(search.mentor_for(other)) for other in by_order}
    mentors = [other for other in by_order if roles[other]][:beside]
    fellows = [other for other in by_order if not roles[other] and search.fellow_for(other)][:beside]
    deeds = deeds_of(
        profiles, {search.cities[other].id: float(search.combined[other]) for other in cities}, challenges, beside
    )
    chosen = np.array(list(dict.fromkeys([*best, *mentors, *fellows])), dtype=np.intp)
    faces = place_faces(session, {question.place_id, *table.ids[chosen].tolist()})
    peers = _peers(search, chosen, faces, labels)
    did, stopped = _loaded(session, deeds, profiles, labels)
    notes = [*weight_notes, *challenge_notes, *region_notes]
    if not eligible.any():
        notes.append(Phrase(_NOBODY))
    if challenges and not weights.of["of-challenges"]:
        notes.append(Phrase(_NOT_WEIGHED))
    return PeerAnswer(
        question=question,
        place=faces[question.place_id],
        challenges=challenges,
        named=named_challenges(challenges, labels, profiles),
        weights=weights,
        peers=tuple(peers[other] for other in best if other in peers),
        mentors=tuple(peers[other] for other in mentors if other in peers),
        fellows=tuple(peers[other] for other in fellows if other in peers),
        did=did,
        stopped=stopped,
        notes=tuple(notes),
        candidates=int(eligible.sum()),
    )


@dataclass(frozen=True, slots=True)
class _Search:
    """Everything computed for one starting place: scores of all places, and by row of all cities with a page."""

    table: PeerTable
    row: int
    weights: Weights
    profiles: Profiles
    challenges: Mapping[str, str | None]
    context: Floats
    known: Floats
    combined: Floats
    cities: Mapping[int, CityProfile]
    challenge: Mapping[int, float | None]
    results: Mapping[int, frozenset[str]]

    @classmethod
    def of(
        cls,
        table: PeerTable,
        row: int,
        weights: Weights,
        profiles: Profiles,
        challenges: Mapping[str, str | None],
    ) -> "_Search":
        everyone = sorted(profiles.cities.values(), key=lambda one: one.id)
        rows = table.rows(one.place_id for one in everyone).tolist()
        cities = {other: one for other, one in zip(rows, everyone, strict=True) if other >= 0}
        context, known = alike(steps(table, row), weights.variables)
        start = profiles.at_place.get(int(table.ids[row]))
        # Cities that have named none have no score, and of 20,000 cities that may be most.
        challenge = {
            other: challenge_score(
                challenges,
                one.challenges,
                profiles.challenge_rarity,
                my_goals=start.goals if start else (),
                their_goals=one.goals,
                goal_rarity=profiles.goal_rarity,
            )
            for other, one in cities.items()
            if one.challenges
        }
        # Without a challenge there is but one score, and the order is its own.
        combined = context.copy()
        if challenges:
            combined *= weights.combined(1.0, None)
            for other, score in challenge.items():
                combined[other] = weights.combined(float(context[other]), score)
        return cls(
            table=table,
            row=row,
            weights=weights,
            profiles=profiles,
            challenges=challenges,
            context=context,
            known=known,
            combined=combined,
            cities=cities,
            challenge=challenge,
            results={other: found for other, one in cities.items() if (found := profiles.results.get(one.id))},
        )

    def shared_goals(self, other: int) -> list[int]:
        """Goals that both cities work for, the rarest first; none where they are no part of the challenge score."""
        start, city = self.profiles.at_place.get(int(self.table.ids[self.row])), self.cities.get(other)
        if start is None or city is None or self.challenge.get(other) is None:
            return []
        rarity = self.profiles.goal_rarity
        return sorted(start.goals & city.goals, key=lambda number: (-rarity.weight(number), number))

    def mentor_for(self, other: int) -> frozenset[str]:
        """Challenges of the question that a city has solved, or has results on, whether its page names them or not."""
        city = self.cities.get(other)
        return (
            frozenset()
            if city is None
            else (city.solved | self.results.get(other, frozenset())) & self.challenges.keys()
        )

    def fellow_for(self, other: int) -> frozenset[str]:
        """Challenges of the question that a city names and is no mentor for."""
        city = self.cities.get(other)
        if city is None:
            return frozenset()
        return frozenset(city.challenges.keys() & self.challenges.keys()) - self.mentor_for(other)


def _understood_challenges(
    question: PeerQuestion, city: CityProfile | None, labels: Mapping[str, str]
) -> tuple[dict[str, str | None], list[Phrase]]:
    """The challenges to use, and notes on what was not understood; those of the city's page where none are given."""
    if question.challenges is None:
        challenges = dict(city.challenges) if city else {}
        return challenges, [] if challenges else [Phrase(_NO_CHALLENGE)]
    challenges, notes = {}, []
    for code, severity in question.challenges.items():
        if code not in labels:
            notes.append(Phrase(_UNKNOWN_CHALLENGE, {"code": code[:40]}))
            continue
        if severity and severity not in SEVERITIES:
            notes.append(Phrase(_UNKNOWN_SEVERITY, {"severity": severity[:40], "challenge": Label(labels[code])}))
        challenges[code] = severity if severity in SEVERITIES else None
    if not challenges:
        notes.append(Phrase(_NO_CHALLENGE))
    return challenges, notes


def _eligible(
    table: PeerTable, row: int, question: PeerQuestion, profiles: Profiles
) -> "tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], list[Phrase]]":
    """Which rows may be peers, shape (places,), and notes on regions that nobody knows."""
    if question.pool == "places":
        eligible = np.ones(len(table), dtype=np.bool_)
    else:
        eligible = np.zeros(len(table), dtype=np.bool_)
        rows = table.rows(profiles.at_place)
        eligible[rows[rows >= 0]] = True
    eligible[row] = False
    regions = question.excluded_regions
    eligible &= ~np.isin(table.region, table.numbers(regions))
    notes = [Phrase(_UNKNOWN_REGION, {"code": code[:40]}) for code in sorted(regions) if code not in table.names]
    return eligible, notes


def _best(combined: Floats, eligible: "np.ndarray[tuple[int], np.dtype[np.bool_]]", limit: int) -> list[int]:
    """The first rows by order, equal ones by id."""
    candidates = np.flatnonzero(eligible)
    values = combined[candidates]
    if len(candidates) > limit:
        # All that tie with the last one stay in, so that the id decides and not the partition.
        bound = np.partition(values, len(values) - limit)[len(values) - limit]
        candidates = candidates[values >= bound]
        values = combined[candidates]
    found: list[int] = candidates[np.argsort(-values, kind="stable")][:limit].tolist()
    return found


def _peers(search: _Search, chosen: Rows, faces: Mapping[int, PlaceFace], labels: Mapping[str, str]) -> dict[int, Peer]:
    words = _Words(names_of(faces), {one.code: one for one in named_challenges(labels, labels, search.profiles)})
    made: dict[int, Peer] = {}
    for other, its_parts in zip(
        chosen.tolist(), parts(search.table, search.row, chosen, search.weights.variables), strict=True
    ):
        face = faces.get(int(search.table.ids[other]))
        if face is not None:
            made[other] = _peer(search, other, face, its_parts, words)
    return made


@dataclass(frozen=True, slots=True)
class _Words:
    """Labels for reasons: of countries and regions, and of all challenges, the rarest first."""

    names: Names
    challenges: Mapping[str, NamedChallenge]


def _peer(
    search: _Search,
    other: int,
    face: PlaceFace,
    its_parts: tuple[Part, ...],
    words: _Words,
) -> Peer:
    mentor_for, fellow_for = search.mentor_for(other), search.fellow_for(other)
    names, shares = words.names, words.challenges
    city = search.cities.get(other)
    theirs = city.challenges.keys() if city else set()
    both = [one for code, one in shares.items() if code in search.challenges and code in theirs]
    alone = [one for code, one in shares.items() if code in mentor_for and code not in theirs]
    lacks = [one for code, one in shares.items() if theirs and code in search.challenges and code not in theirs]
    besides = [one for code, one in shares.items() if search.challenges and code in theirs - search.challenges.keys()]
    return Peer(
        place=face,
        context=float(search.context[other]),
        known=float(search.known[other]),
        challenge=search.challenge.get(other),
        combined=float(search.combined[other]),
        parts=its_parts,
        reasons=(
            *_both_name(both),
            *_listed(marked("has results on %(challenges)s"), alone),
            *_same_goals(search.shared_goals(other)),
            *reasons(search.table, search.row, other, its_parts, names),
        ),
        differences=(
            *differences(search.table, search.row, other, its_parts, names),
            *_listed(marked("does not name %(challenges)s"), lacks),
            *_also_named(besides),
        ),
        mentor_for=tuple(one for code, one in shares.items() if code in mentor_for),
        fellow_for=tuple(one for code, one in shares.items() if code in fellow_for),
    )


def _both_name(challenges: Sequence[NamedChallenge]) -> tuple[Phrase, ...]:
    """Shared challenges in one phrase, the rarest first, each with its share of the cities with a page."""
    if not challenges:
        return ()
    first, more = marked("%(challenge)s (%(share)s%% of cities do)"), marked("%(challenge)s (%(share)s%%)")
    named = tuple(
        Phrase(more if number else first, {"challenge": Label(one.label), "share": round(100 * one.share)})
        for number, one in enumerate(challenges)
    )
    return (Phrase(marked("both name %(challenges)s"), {"challenges": named}),)


def _listed(template: str, challenges: Sequence[NamedChallenge]) -> tuple[Phrase, ...]:
    if not challenges:
        return ()
    return (Phrase(template, {"challenges": tuple(Label(one.label) for one in challenges)}),)


def _same_goals(numbers: Sequence[int]) -> tuple[Phrase, ...]:
    """Goals that both cities work for; they make a part of the challenge score, which else had no reason in words."""
    if not numbers:
        return ()
    shown = tuple(str(number) for number in sorted(numbers[:GOALS_SHOWN]))
    one = marked("both work for goal %(goals)s")
    return (Phrase(one if len(shown) == 1 else marked("both work for goals %(goals)s"), {"goals": shown}),)


def _also_named(challenges: Sequence[NamedChallenge]) -> tuple[Phrase, ...]:
    """What a peer names and the question does not: the rarest, and how many more."""
    more = len(challenges) - ALSO_SHOWN
    if more <= 1:
        return _listed(marked("also names %(challenges)s"), challenges)
    shown = tuple(Label(one.label) for one in challenges[:ALSO_SHOWN])
    return (Phrase(marked("also names %(challenges)s and %(more)s more"), {"challenges": shown, "more": more}),)


def _loaded(
    session: Session, deeds: Deeds, profiles: Profiles, labels: Mapping[str, str]
) -> tuple[tuple[Deed, ...], tuple[Deed, ...]]:
    """Deeds with their initiatives; stopped ones that say what they teach come first among their own."""
    rows = initiatives_by_id(session, {one.initiative for one in (*deeds.did, *deeds.stopped)})
    lists = [
        [
            Deed(
                initiative=rows[one.initiative],
                city=profiles.cities[one.city],
                shared=named_challenges(one.shared, labels, profiles),
                closeness=one.closeness,
                has_results=profiles.initiatives[one.initiative].has_results,
                score=one.score,
            )
            for one in ranked
            if one.initiative in rows
        ]
        for ranked in (deeds.did, deeds.stopped)
    ]
    lists[1].sort(key=lambda one: one.initiative.lessons is None)
    return tuple(lists[0]), tuple(lists[1])
