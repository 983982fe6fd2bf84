"""Peers as an answer tells them: both scores, and in words why they are peers and where they differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.core.i18n import Label, Message, gettext_noop

from .answers import NamedChallenge, Peer, PlaceSummary
from .context import Part, Rows, parts
from .explanations import LabelNames, differences, reasons, with_shares
from .loaders import named_challenges, names_of
from .scores import Scores

GOALS_SHOWN = 3
"""Goals that a reason names, the rarest that both cities work for."""

ALSO_SHOWN = 3
"""Challenges that a peer names besides, as a difference says them; the rest are counted."""


def explained_peers(
    scores: Scores, rows: Rows, faces: Mapping[int, PlaceSummary], labels: Mapping[str, str]
) -> dict[int, Peer]:
    """Peers by their row, those with a face; `labels` are of all challenges."""
    words = _Labels(
        names_of(faces),
        {
            named_challenge.code: named_challenge
            for named_challenge in named_challenges(labels, labels, scores.profiles)
        },
    )
    made: dict[int, Peer] = {}
    for other, its_parts in zip(
        rows.tolist(), parts(scores.table, scores.row, rows, scores.weights.variables), strict=True
    ):
        place_summary = faces.get(int(scores.table.ids[other]))
        if place_summary is not None:
            made[other] = _peer(scores, other, place_summary, its_parts, words)
    return made


@dataclass(frozen=True, slots=True)
class _Labels:
    """Labels for reasons: of countries and regions, and of all challenges, the rarest first."""

    names: LabelNames
    challenges: Mapping[str, NamedChallenge]


def _peer(scores: Scores, other: int, place_summary: PlaceSummary, its_parts: tuple[Part, ...], words: _Labels) -> Peer:
    mentor_for, fellow_for = scores.mentor_for(other), scores.same_challenge_for(other)
    names, shares = words.names, words.challenges
    city = scores.cities.get(other)
    theirs = city.challenges.keys() if city else set()
    both = [named_challenge for code, named_challenge in shares.items() if code in scores.challenges and code in theirs]
    alone = [named_challenge for code, named_challenge in shares.items() if code in mentor_for and code not in theirs]
    lacks = [
        named_challenge
        for code, named_challenge in shares.items()
        if theirs and code in scores.challenges and code not in theirs
    ]
    besides = [
        named_challenge
        for code, named_challenge in shares.items()
        if scores.challenges and code in theirs - scores.challenges.keys()
    ]
    return Peer(
        place=place_summary,
        context=float(scores.context[other]),
        known=float(scores.known[other]),
        challenge=scores.challenge.get(other),
        combined=float(scores.combined[other]),
        parts=its_parts,
        reasons=(
            *_both_name(both),
            *_listed(gettext_noop("has results on %(challenges)s"), alone),
            *_same_goals(scores.shared_goals(other)),
            *reasons(scores.table, scores.row, other, its_parts, names),
        ),
        differences=(
            *differences(scores.table, scores.row, other, its_parts, names),
            *_listed(gettext_noop("does not name %(challenges)s"), lacks),
            *_also_named(besides),
        ),
        mentor_for=tuple(named_challenge for code, named_challenge in shares.items() if code in mentor_for),
        same_challenge_for=tuple(named_challenge for code, named_challenge in shares.items() if code in fellow_for),
    )


def _both_name(challenges: Sequence[NamedChallenge]) -> tuple[Message, ...]:
    """Shared challenges in one phrase, the rarest first."""
    return (
        (Message(gettext_noop("both name %(challenges)s"), {"challenges": with_shares(challenges)}),)
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
    one = gettext_noop("both work for goal %(goals)s")
    return (Message(one if len(shown) == 1 else gettext_noop("both work for goals %(goals)s"), {"goals": shown}),)


def _also_named(challenges: Sequence[NamedChallenge]) -> tuple[Message, ...]:
    """What a peer names and the question does not: the rarest, and how many more."""
    more = len(challenges) - ALSO_SHOWN
    if more <= 1:
        return _listed(gettext_noop("also names %(challenges)s"), challenges)
    shown = tuple(Label(named_challenge.label) for named_challenge in challenges[:ALSO_SHOWN])
    return (Message(gettext_noop("also names %(challenges)s and %(more)s more"), {"challenges": shown, "more": more}),)
