"""Explains peers: both scores, the word for them, why they are peers and where they differ, as messages."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from kb.core.i18n import Label, Message, gettext_noop

from .answers import LabelNames, NamedChallenge, Peer, PlaceSummary
from .context import Part, parts
from .loaders import named_challenges, names_of
from .ranking import strength
from .reasons import differences, reasons
from .scores import Scores

GOALS_SHOWN = 3
"""Goals that a reason names, the rarest that both cities work for."""

ALSO_SHOWN = 3
"""Challenges that a peer names besides, as a difference says them; the rest are counted."""


def with_shares(challenges: Sequence[NamedChallenge]) -> tuple[Message, ...]:
    """Challenges, each with its share of the cities with a page, and whether it is from a city's initiatives alone."""
    first, more = gettext_noop("%(challenge)s (%(share)s%% of cities do)"), gettext_noop("%(challenge)s (%(share)s%%)")
    derived = gettext_noop("%(challenge)s (from its initiatives, %(share)s%%)")
    return tuple(
        Message(
            derived if named_challenge.is_derived else more if number else first,
            {"challenge": Label(named_challenge.label), "share": round(100 * named_challenge.share)},
        )
        for number, named_challenge in enumerate(challenges)
    )


def explained_peers(
    scores: Scores, candidates: Sequence[int], summaries: Mapping[int, PlaceSummary], labels: Mapping[str, str]
) -> dict[int, Peer]:
    """Peers by their place among the candidates, those with a summary; `labels` are of all challenges."""
    challenges = {challenge.code: challenge for challenge in named_challenges(labels, labels, scores.profiles)}
    from_initiatives = {code: replace(challenge, is_derived=True) for code, challenge in challenges.items()}
    words = _Labels(names_of(summaries), challenges, from_initiatives)
    peers: dict[int, Peer] = {}
    rows = scores.rows[list(candidates)]
    its_parts = parts(scores.matrix, scores.row, rows, scores.weights.variables)
    for candidate, row, of_peer in zip(candidates, rows.tolist(), its_parts, strict=True):
        place_summary = summaries.get(int(scores.matrix.ids[row]))
        if place_summary is not None:
            peers[candidate] = _peer(scores, candidate, place_summary, of_peer, words)
    return peers


@dataclass(frozen=True, slots=True)
class _Labels:
    """Labels for reasons: of countries and regions, and of all challenges, the rarest first; the same as derived."""

    names: LabelNames
    challenges: Mapping[str, NamedChallenge]
    from_initiatives: Mapping[str, NamedChallenge]

    def among(self, codes: Collection[str], derived: Collection[str] = ()) -> tuple[NamedChallenge, ...]:
        """Some challenges, the rarest first; `derived` are those from the initiatives of a city alone."""
        if not codes:
            return ()
        return tuple(
            self.from_initiatives[code] if code in derived else named_challenge
            for code, named_challenge in self.challenges.items()
            if code in codes
        )


def _peer(
    scores: Scores, candidate: int, place_summary: PlaceSummary, its_parts: tuple[Part, ...], words: _Labels
) -> Peer:
    city, row = scores.city(candidate), int(scores.rows[candidate])
    theirs = city.challenges.keys() if city else frozenset[str]()
    derived = city.derived if city else frozenset[str]()
    results_for, asked = scores.results_for(candidate), scores.challenges.keys()
    names = words.names
    alone_for = results_for - (theirs - derived)
    both = words.among((theirs & asked) - alone_for, derived)
    alone = words.among(alone_for)
    lacks = words.among(asked - theirs if theirs else ())
    besides = words.among(theirs - derived - asked if asked else ())
    in_context = reasons(scores.matrix, scores.row, row, its_parts, names)
    return Peer(
        place=place_summary,
        context=float(scores.context[candidate]),
        known=float(scores.known[candidate]),
        challenge=None if math.isnan(scores.challenge[candidate]) else float(scores.challenge[candidate]),
        combined=float(scores.combined[candidate]),
        strength=strength(float(scores.combined[candidate])) if scores.is_close[candidate] else None,
        parts=its_parts,
        reasons=(
            *_both_face(both),
            *_listed(gettext_noop("reports results on %(challenges)s"), alone),
            *_same_goals(scores.shared_goals(candidate, city)),
            *in_context,
        ),
        reasons_in_context=in_context,
        differences=(
            *differences(scores.matrix, scores.row, row, its_parts, names),
            *_listed(gettext_noop("does not name %(challenges)s"), lacks),
            *_also_named(besides),
        ),
        results_for=words.among(results_for),
        same_challenge_for=words.among((theirs & asked) - results_for, derived),
    )


def _both_face(challenges: Sequence[NamedChallenge]) -> tuple[Message, ...]:
    """Shared challenges in one phrase, the rarest first."""
    return (
        (Message(gettext_noop("both face %(challenges)s"), {"challenges": with_shares(challenges)}),)
        if challenges
        else ()
    )


def _listed(template: str, challenges: Sequence[NamedChallenge]) -> tuple[Message, ...]:
    if not challenges:
        return ()
    return (Message(template, {"challenges": tuple(Label(named_challenge.label) for named_challenge in challenges)}),)


def _same_goals(numbers: Sequence[int]) -> tuple[Message, ...]:
    """Goals that both cities work for; they make a part of the challenge score, which else had no reason in words."""
    if not numbers:
        return ()
    shown = tuple(str(number) for number in sorted(numbers[:GOALS_SHOWN]))
    single = gettext_noop("both work for goal %(goals)s")
    return (Message(single if len(shown) == 1 else gettext_noop("both work for goals %(goals)s"), {"goals": shown}),)


def _also_named(challenges: Sequence[NamedChallenge]) -> tuple[Message, ...]:
    """What a peer names and the question does not: the rarest, and how many more."""
    more = len(challenges) - ALSO_SHOWN
    if more <= 1:
        return _listed(gettext_noop("also names %(challenges)s"), challenges)
    shown = tuple(Label(named_challenge.label) for named_challenge in challenges[:ALSO_SHOWN])
    return (Message(gettext_noop("also names %(challenges)s and %(more)s more"), {"challenges": shown, "more": more}),)
