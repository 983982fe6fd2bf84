"""Weights as people type them, and phrases as interfaces show them."""

import numpy as np
import pytest

from kb.core.i18n import Message
from kb.peers.ranking import FLOOR, LEAST_CONTEXT, STRENGTHS, close_enough, strength
from kb.peers.reasons import people
from kb.peers.weights import CHALLENGES, CONTEXT, DEFAULT_WEIGHTS, DEFAULTS, understood


def test_without_a_word_the_defaults_stand() -> None:
    assert understood({"income": "", "coast": None}) == (DEFAULT_WEIGHTS, ())


def test_moved_weights_are_taken() -> None:
    weights, notes = understood({"income": "0", "coast": "2,5", "distance": 3})
    assert (weights.of["income"], weights.of["coast"], weights.of["distance"], notes) == (0, 2.5, 3, ())


@pytest.mark.parametrize("nonsense", ["much", "-1", "nan", "inf", "1e9", "11", "1 2", "１x", object()])
def test_nonsense_falls_back_to_the_default_and_says_so(nonsense) -> None:
    weights, notes = understood({"income": nonsense})
    assert weights.of == DEFAULTS
    assert len(notes) == 1
    assert "Income group of the country" in str(notes[0].reason)
    assert "default, 2, is used" in str(notes[0].message)


def test_an_unknown_weight_is_named_and_left_out() -> None:
    weights, notes = understood({"moonlight" * 20: "1"})
    assert weights == DEFAULT_WEIGHTS
    assert "moonlight" in str(notes[0].message)


def test_all_zeros_make_no_order_so_the_defaults_are_used() -> None:
    weights, notes = understood(dict.fromkeys(DEFAULTS, "0"))
    assert weights.of == DEFAULTS
    assert len(notes) == 2


def test_the_order_mixes_both_scores_by_their_weights() -> None:
    weights, _ = understood({CONTEXT: "1", CHALLENGES: "3"})
    combined = weights.combined(np.array([0.8, 0.8, 0.8]), np.array([0.4, 0.0, np.nan]))
    assert combined[0] == pytest.approx((0.8 * (0.2 + 0.8 * 0.4) ** 3) ** (1 / 4))
    assert combined[1] == combined[2] == pytest.approx((0.8 * 0.2**3) ** (1 / 4))


def test_neither_score_makes_up_for_the_other() -> None:
    balanced, lopsided = DEFAULT_WEIGHTS.combined(np.array([0.5, 0.1]), np.array([0.5, 0.9]))
    assert lopsided < balanced
    alone, _ = understood({CONTEXT: "0"})
    assert alone.combined(np.array([0.1]), np.array([1.0])).tolist() == [1.0]


@pytest.mark.parametrize(
    ("combined", "word"),
    [
        (1.0, "strong"),
        (STRENGTHS["strong"], "strong"),
        (STRENGTHS["fair"], "fair"),
        (FLOOR, "weak"),
        (FLOOR - 1e-6, None),
    ],
)
def test_a_score_is_told_in_a_word_and_below_the_floor_in_none(combined: float, word: str | None) -> None:
    assert strength(combined) == word
    assert close_enough(np.array([combined]), np.array([1.0]), DEFAULT_WEIGHTS).tolist() == [word is not None]


def test_no_challenge_makes_a_peer_of_a_place_less_alike_than_one_at_random() -> None:
    combined, context = np.array([0.6, 0.6]), np.array([LEAST_CONTEXT, LEAST_CONTEXT - 0.01])
    assert close_enough(combined, context, DEFAULT_WEIGHTS).tolist() == [True, False]
    by_challenges, _ = understood({CONTEXT: "0"})
    assert close_enough(combined, context, by_challenges).tolist() == [True, True]


def test_a_phrase_is_translated_with_the_phrases_inside_it() -> None:
    words = {"both %(what)s, %(share)s%% do": "beide %(what)s, %(share)s%% tun es", "ice": "Eis"}
    message = Message("both %(what)s, %(share)s%% do", {"what": Message("ice"), "share": 9.5})
    assert str(message) == "both ice, 9.5% do"
    assert (
        message.render(words.__getitem__, lambda number: f"{number:.1f}".replace(".", ",")) == "beide Eis, 9,5% tun es"
    )


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (3_100_000, 3_900_000, "3 to 4 million people"),
        (4_000_000, 4_000_000, "4 million people"),
        (400_000, 430_000, "400,000 to 500,000 people"),
        (950_000, 1_100_000, "0.9 to 1.2 million people"),
        (15_000, 15_500, "14,000 to 16,000 people"),
        (24_000_000, 24_900_000, "24 to 26 million people"),
        (2, 700, "2 to 700 people"),
    ],
)
def test_people_are_told_in_round_numbers_that_hold_both(low: float, high: float, said: str) -> None:
    assert str(people(low, high)) == said
