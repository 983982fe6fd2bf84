"""The challenge score keeps its promises for any cities."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.peers.challenges import DERIVED, GOALS_SHARE, SEVERITY_WEIGHTS, Rarity, challenge_score, overlap

CODES = ["flooding", "heat", "waste", "congestion", "carbon", "ageing"]
SEVERITY = st.one_of(st.none(), st.sampled_from([*sorted(SEVERITY_WEIGHTS), DERIVED]))
NAMED = st.dictionaries(st.sampled_from(CODES), SEVERITY)
GOALS = st.sets(st.integers(1, 17))
CATALOGUE = st.lists(st.sets(st.sampled_from(CODES)), max_size=12).map(Rarity.of)
GOAL_RARITY = Rarity(10, {goal: goal % 10 + 1 for goal in range(1, 18)})


@given(NAMED, NAMED, GOALS, GOALS, CATALOGUE)
def test_it_is_symmetric_and_lies_within_0_and_1(mine, theirs, my_goals, their_goals, rarity) -> None:
    there = challenge_score(mine, theirs, rarity, my_goals=my_goals, their_goals=their_goals, goal_rarity=GOAL_RARITY)
    back = challenge_score(theirs, mine, rarity, my_goals=their_goals, their_goals=my_goals, goal_rarity=GOAL_RARITY)
    assert there == back
    assert there is None or 0 <= there <= 1
    assert (there is None) == (not mine or not theirs)


@given(NAMED.filter(bool), GOALS, CATALOGUE)
def test_a_city_has_1_with_itself(mine, goals, rarity) -> None:
    score = challenge_score(mine, mine, rarity, my_goals=goals, their_goals=goals, goal_rarity=GOAL_RARITY)
    assert score == pytest.approx(1)


@given(NAMED, NAMED, GOALS, GOALS, CATALOGUE, st.sampled_from(CODES), SEVERITY, SEVERITY)
def test_one_more_shared_challenge_never_lowers_it(
    mine, theirs, my_goals, their_goals, rarity, code, my_severity, their_severity
) -> None:
    goals = {"my_goals": my_goals, "their_goals": their_goals, "goal_rarity": GOAL_RARITY}
    mine.pop(code, None), theirs.pop(code, None)
    before = challenge_score(mine, theirs, rarity, **goals)
    after = challenge_score(mine | {code: my_severity}, theirs | {code: their_severity}, rarity, **goals)
    assert after is not None
    assert before is None or after >= before - 1e-12


@given(NAMED.filter(bool), NAMED.filter(bool), CATALOGUE, st.data())
def test_naming_what_the_other_names_already_never_lowers_it(mine, theirs, rarity, data) -> None:
    missing = sorted(theirs.keys() - mine)
    if missing:
        code = data.draw(st.sampled_from(missing))
        before = challenge_score(mine, theirs, rarity)
        assert challenge_score(mine | {code: data.draw(SEVERITY)}, theirs, rarity) >= before - 1e-12


def test_what_every_city_names_says_next_to_nothing() -> None:
    rarity = Rarity.of([{"congestion", "ageing"}] + [{"congestion"}] * 98)
    common = challenge_score({"congestion": None, "heat": None}, {"congestion": None, "waste": None}, rarity)
    rare = challenge_score({"ageing": None, "heat": None}, {"ageing": None, "waste": None}, rarity)
    assert common < 0.01
    assert rare > 0.3


def test_it_is_computed_as_the_method_says() -> None:
    rarity = Rarity(3, {"flooding": 1, "heat": 3})
    flooding, heat = math.log(4), math.log(4 / 3)
    mine = {"flooding": "under-a-third", "heat": None}
    theirs = {"flooding": "under-95-percent"}
    expected = 0.75 * flooding / (0.75 * flooding + 0.75 * heat)
    assert challenge_score(mine, theirs, rarity) == pytest.approx(expected)
    with_goals = challenge_score(
        mine, theirs, rarity, my_goals={11}, their_goals={11, 13}, goal_rarity=Rarity(1, {11: 1, 13: 1})
    )
    assert with_goals == pytest.approx((1 - GOALS_SHARE) * expected + GOALS_SHARE / 2)


def test_goals_of_one_city_alone_move_nothing() -> None:
    rarity = Rarity(2, {"flooding": 1})
    plain = challenge_score({"flooding": None}, {"flooding": None, "heat": None}, rarity)
    half = challenge_score(
        {"flooding": None}, {"flooding": None, "heat": None}, rarity, my_goals={11}, goal_rarity=GOAL_RARITY
    )
    assert plain == half


def test_a_severe_challenge_counts_for_more_than_one_nearly_met() -> None:
    rarity = Rarity(9, {"flooding": 3, "heat": 3})
    severe, mild = "under-a-third", "met"
    mine = {"flooding": severe, "heat": mild}
    assert challenge_score(mine, {"flooding": severe}, rarity) > challenge_score(mine, {"heat": mild}, rarity)


def test_nothing_overlaps_with_nothing() -> None:
    assert overlap((), (), Rarity[str](0, {})) == 0
    assert Rarity[str](0, {}).share("flooding") == 0
    assert Rarity.of([{"a"}, set()]) == Rarity(1, {"a": 1})
