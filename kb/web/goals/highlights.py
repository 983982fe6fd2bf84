"""A text in pieces, each with the goals that its words speak for, so that a page can mark them where they stand."""

from dataclasses import dataclass

from kb.goals.suggestions import Suggestions


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text, and the numbers of the goals it is evidence for, in order; none for what stands between."""

    text: str
    goals: tuple[int, ...] = ()


def marked_pieces(text: str, suggestions: Suggestions) -> list[Piece]:
    """The whole text in pieces, whose texts joined give it again; words that overlap are one piece for all their goals.

    Shown are the words of suggested goals, and those of suggested targets for the target's goal.
    """
    spans = sorted(
        {(word.start, word.end, goal.number) for goal in suggestions.goals for word in goal.words}
        | {(word.start, word.end, target.goal) for target in suggestions.targets for word in target.words}
    )
    merged: list[tuple[int, int, set[int]]] = []
    for start, end, goal in spans:
        if merged and start < merged[-1][1]:
            first, last, goals = merged[-1]
            merged[-1] = (first, max(last, end), goals | {goal})
        else:
            merged.append((start, end, {goal}))
    pieces: list[Piece] = []
    at = 0
    for start, end, goals in merged:
        pieces += [Piece(text[at:start]), Piece(text[start:end], tuple(sorted(goals)))]
        at = end
    return [piece for piece in (*pieces, Piece(text[at:])) if piece.text]
