"""Evidence: what the terms found in a text add up to for each goal and target, and on which words that rests.

Of terms within one another the longest counts ("primary health care", not also "health"), goal by goal; a phrase in
which the goal's words mean something else takes them away. Repetitions add little, titles more. The numbers below were
chosen by cross-validation on our own labelled texts (as `tools/calibrate_goals.py` does); around them the results are
flat.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .lexicon import Hit, find, lexicon
from .words import Word

AMOUNTS = {1: 0.3, 2: 1.0, 3: 2.0, 4: 3.5}
"""What a term of each weight adds."""

SINGLE = 0.55
"""What is left of a target's term of a single word, which says less than a phrase."""

TO_GOAL = 0.9
"""How much of a target's term counts for its goal."""

REPEATED = 0.5
"""A term found n times adds 1 + REPEATED * ln(n) times its amount."""

IN_TITLE = 1.5
"""How many times its amount a term adds that stands in the title: a first sentence of up to TITLE_WORDS words that
others follow."""

TITLE_WORDS = 15

NAMED = 3.5
"""What naming a goal or target by its number adds: as much as a term that speaks of it by itself."""

# "SDG 4", "SDGs 3, 5 and 11", "target 11.2"; in Spanish and Portuguese "ODS 3 y 5", in French "ODD 3 et 5".
_NUMBER = r"\d{1,2}(?:\.(?:\d{1,2}|[a-d]))?(?![\w%]|[.,]\d)"
_NAMED = re.compile(
    r"\b(?:SDGs?|(?-i:ODS|ODD)|(?:sustainable\s+development|global)\s+goals?|(?:SDG\s+)?targets?)\s*(?:no\.?\s*|number\s+|#)?"
    rf"(?P<numbers>{_NUMBER}(?:(?:\s*,\s*|\s*(?:,\s*)?(?:and|&|or|y|e|et)\s+){_NUMBER})*)",
    re.IGNORECASE,
)
_EACH = re.compile(_NUMBER)


class Mention(NamedTuple):
    """A goal or target named in a text: `text[start:end]` holds the name or, in a list, the number."""

    start: int
    end: int
    goal: int
    target: str | None


@dataclass(slots=True)
class Evidence:
    """The amount of evidence, from 0, and the places in the text it rests on: (start, end), in order, apart.

    `named` says that the text gives the number of the goal or target.
    """

    amount: float = 0.0
    named: bool = False
    places: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TextScores:
    """A text's evidence by goal and by target; goals and targets without any are left out. `words` counts its words."""

    goals: dict[int, Evidence]
    targets: dict[str, Evidence]
    words: int


def score_text(text: str) -> TextScores:
    """Find and add up the evidence in a text of any kind."""
    words, hits = find(text)
    named = mentions(text, lexicon().targets)
    taken = _words_within(words, named)
    by_goal: dict[int, list[Hit]] = defaultdict(list)
    for hit in hits:
        # The letters of "SDG 4" are a term of goal 17 only where no number follows.
        if not hit.covers <= taken:
            by_goal[hit.term.goal].append(hit)
    title = _title_length(words)
    goals: dict[int, Evidence] = {}
    targets: dict[str, Evidence] = {}
    for goal, of_goal in by_goal.items():
        chosen = _longest(of_goal)
        goals[goal] = _added(words, chosen, title, to_goal=True)
        masked = frozenset().union(*(hit.covers for hit in chosen if not hit.term.weight))
        by_target: dict[str, list[Hit]] = defaultdict(list)
        for hit in of_goal:
            if "." in hit.term.code and not hit.covers <= masked:
                by_target[hit.term.code].append(hit)
        targets |= {code: _added(words, of_target, title, to_goal=False) for code, of_target in by_target.items()}
    for mention in named:
        _add_named(goals.setdefault(mention.goal, Evidence()), mention)
        if mention.target is not None:
            _add_named(targets.setdefault(mention.target, Evidence()), mention)
    return TextScores(
        {goal: evidence for goal, evidence in sorted(goals.items()) if evidence.amount > 0},
        {code: evidence for code, evidence in sorted(targets.items()) if evidence.amount > 0},
        len(words),
    )


def mentions(text: str, targets: frozenset[str]) -> list[Mention]:
    """The goals (1 to 17) and those of the given targets that a text names, in order.

    A whole number after "target" is none of ours ("target 4 schools"), and so is a code that no target has.
    """
    mentioned = []
    for named in _NAMED.finditer(text):
        after_target = named.group().lower().startswith("target")
        start = named.start()
        for match in _EACH.finditer(text, named.start("numbers"), named.end("numbers")):
            code = match.group().lower()
            goal, dot, _ = code.partition(".")
            if (dot and code in targets) or (not dot and not after_target and 1 <= int(goal) <= 17):
                mentioned.append(
                    Mention(match.start() if start < 0 else start, match.end(), int(goal), code if dot else None)
                )
            start = -1
    return mentioned


def _amount(hit: Hit, *, to_goal: bool) -> float:
    amount = AMOUNTS.get(hit.term.weight, 0.0)
    if "." not in hit.term.code:
        return amount
    return amount * (1.0 if " " in hit.key else SINGLE) * (TO_GOAL if to_goal else 1.0)


def _longest(hits: Iterable[Hit]) -> list[Hit]:
    """The hits of one goal that count: longest first, none whose words are taken; pairs last, if they bring a word."""
    chosen: list[Hit] = []
    taken: set[int] = set()
    for hit in sorted(
        hits,
        key=lambda hit: (len(hit.places), -len(hit.covers), hit.term.weight > 0, -_amount(hit, to_goal=True), hit),
    ):
        # Of two terms on the same words the one that means something else comes first, and takes them.
        covers = hit.covers
        is_taken = covers <= taken if len(hit.places) > 1 else bool(covers & taken)
        if not is_taken:
            taken |= covers
            chosen.append(hit)
    return chosen


def _title_length(text: Sequence[Word]) -> int:
    """How many words at the beginning are a title."""
    first = sum(1 for word in text[: TITLE_WORDS + 1] if not word.sentence)
    return first if first <= TITLE_WORDS and first < len(text) else 0


def _added(text: Sequence[Word], hits: Iterable[Hit], title: int, *, to_goal: bool) -> Evidence:
    """Add hits up, the same term once with its repetitions; `title` is the number of words of the title."""
    amounts: dict[str, float] = {}
    counts: dict[str, int] = defaultdict(int)
    places: set[tuple[int, int]] = set()
    for hit in hits:
        if not hit.term.weight:
            continue
        amount = _amount(hit, to_goal=to_goal) * (IN_TITLE if hit.places[0][0] < title else 1.0)
        amounts[hit.key] = max(amounts.get(hit.key, 0.0), amount)
        counts[hit.key] += 1
        places.update((text[first].start, text[last - 1].end) for first, last in hit.places)
    total = sum(amount * (1 + REPEATED * math.log(counts[key])) for key, amount in sorted(amounts.items()))
    return Evidence(total, places=_apart(places))


def _apart(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Places in order, those that touch or overlap made one."""
    apart: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def _words_within(text: Sequence[Word], named: Iterable[Mention]) -> frozenset[int]:
    spans = [(mention.start, mention.end) for mention in named]
    return frozenset(
        n for n, word in enumerate(text) if any(start <= word.start and word.end <= end for start, end in spans)
    )


def _add_named(evidence: Evidence, mention: Mention) -> None:
    place = (mention.start, mention.end)
    if place not in evidence.places:
        evidence.amount += NAMED
        evidence.named = True
        evidence.places = _apart([*evidence.places, place])
