"""A text with its telling words marked is still the same text."""

from hypothesis import given
from hypothesis import strategies as st

from kb.goals.suggestions import GoalSuggestion, Span, Suggestions, TargetSuggestion, suggest
from kb.web.goals.pages import Piece, marked_pieces

WORDS = ["flood", "river", "public transport", "SDG 4", "waste water", "poverty", "xyzzy", "\n", "é", "<b>", "🚲"]


def _goal(text: str, number: int, *places: tuple[int, int]) -> GoalSuggestion:
    return GoalSuggestion(number, 0.9, tuple(Span(start, end, text[start:end]) for start, end in places))


@given(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join))
def test_the_pieces_joined_are_the_text_and_each_word_found_lies_in_a_marked_one(text: str) -> None:
    suggestions = suggest(text, goals_from=0, targets_from=0)
    pieces = marked_pieces(text, suggestions)
    assert "".join(piece.text for piece in pieces) == text
    for goal in suggestions.goals:
        for word in goal.words:
            assert any(word.text in piece.text and goal.number in piece.goals for piece in pieces)


def test_words_that_overlap_become_one_piece_for_all_their_goals() -> None:
    text = "clean public transport now"
    suggestions = Suggestions((_goal(text, 9, (13, 22)), _goal(text, 11, (6, 22))), ())
    assert marked_pieces(text, suggestions) == [Piece("clean "), Piece("public transport", (9, 11)), Piece(" now")]


def test_words_that_touch_stay_apart_and_a_target_speaks_for_its_goal() -> None:
    text = "floodwater"
    target = TargetSuggestion("6.3", 6, 0.5, (Span(5, 10, "water"),))
    suggestions = Suggestions((_goal(text, 13, (0, 5)),), (target,))
    assert marked_pieces(text, suggestions) == [Piece("flood", (13,)), Piece("water", (6,))]


def test_a_text_without_findings_is_one_piece_and_no_text_none() -> None:
    assert marked_pieces("nothing here", Suggestions((), ())) == [Piece("nothing here")]
    assert marked_pieces("", Suggestions((), ())) == []
