"""A researcher pastes a text and sees which goals and targets it speaks of, and in which words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.goals.lexicon import lexicon
from kb.goals.scoring import mentions, score_text
from kb.goals.suggestions import SUGGESTED, SURE, suggest

PIECES = sorted({key.replace(" + ", " and ").replace("*", "ing") for key, _ in lexicon().terms})
prose = st.lists(st.one_of(st.sampled_from(PIECES), st.sampled_from(["the", "SDG 4", "target 11.2,", ". ", "\n"]))).map(
    " ".join
)
anything = st.one_of(st.text(), prose)


def goals(text: str, **options: float) -> list[int]:
    return [goal.number for goal in suggest(text, **options).goals]


def targets(text: str) -> list[str]:
    return [target.code for target in suggest(text).targets]


@given(anything)
def test_any_text_gets_the_same_answer_twice_with_words_that_stand_in_it(text):
    suggestions = suggest(text, goals_from=0, targets_from=0, target_limit=169)
    assert suggestions == suggest(text, goals_from=0, targets_from=0, target_limit=169)
    for each in (*suggestions.goals, *suggestions.targets):
        assert 0 <= each.confidence <= SURE
        assert each.words
        for span in each.words:
            assert 0 <= span.start < span.end <= len(text)
            assert text[span.start : span.end] == span.text
            assert any(sign.isalnum() for sign in span.text)
        assert all(one.end <= other.start for one, other in zip(each.words, each.words[1:], strict=False))


@given(anything)
def test_the_most_confident_come_first_and_each_once(text):
    suggestions = suggest(text, goals_from=0, targets_from=0, target_limit=169)
    confidences = [goal.confidence for goal in suggestions.goals]
    assert confidences == sorted(confidences, reverse=True)
    numbers = [goal.number for goal in suggestions.goals]
    assert len(set(numbers)) == len(numbers)
    assert set(numbers) <= set(range(1, 18))
    codes = [target.code for target in suggestions.targets]
    assert len(set(codes)) == len(codes)
    assert set(codes) <= lexicon().targets
    assert all(target.goal == int(target.code.split(".")[0]) for target in suggestions.targets)


@given(prose, st.floats(0, 1), st.integers(0, 17))
def test_the_reader_may_ask_for_fewer(text, least, limit):
    everything = suggest(text, goals_from=0).goals
    some = suggest(text, goals_from=least, goal_limit=limit).goals
    assert some == tuple(goal for goal in everything if goal.confidence >= least)[:limit]


@given(prose)
def test_evidence_is_never_negative_and_rests_on_places(text):
    weighed = score_text(text)
    for evidence in (*weighed.goals.values(), *weighed.targets.values()):
        assert evidence.amount > 0
        assert evidence.places == sorted(evidence.places)


@pytest.mark.parametrize("text", ["", " ", "...", "42", "An odd 4 of 5.", "\ud800", "\x00", "ﷺ"])
def test_a_text_without_evidence_gets_no_suggestion(text):
    found = suggest(text)
    assert (found.goals, found.targets) == ((), ())


def test_a_text_in_another_language_gets_the_goals_that_it_names_by_number_alone():
    found = suggest("Le projet aide les écoles et la formation dans les quartiers. Il sert aux ODD 4 et 10.")
    assert not found.is_english
    assert [goal.number for goal in found.goals] == [4, 10]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Microcredit and secure land titles for poor households in rural districts.", {1}),
        ("School gardens and hot lunches so that smallholders sell to primary schools.", {2, 4}),
        ("Midwives were trained and six rural clinics equipped to lower maternal mortality.", {3}),
        ("A shelter and legal aid for survivors of gender-based violence.", {5, 16}),
        ("Sewers and a wastewater treatment plant for the lower town.", {6}),
        ("Rooftop solar panels on public buildings and LED street lights.", {7}),
        ("A job centre matches unemployed youth with apprenticeships in local firms.", {8}),
        ("Fibre broadband and an innovation lab for start-ups.", {9}),
        ("Ramps, audible signals and sign language for people with disabilities.", {10}),
        ("Bus lanes and affordable housing near metro stations.", {11}),
        ("Households sort their waste; compost and recycling replace the landfill.", {12}),
        ("A plan to cut greenhouse gas emissions and adapt to heat waves.", {13}),
        ("Fishers agree on closed seasons and restore the coral reef.", {14}),
        ("Reforestation with native species in a biodiversity corridor.", {15}),
        ("All contracts are published online to make bribery harder; courts hear complaints faster.", {16}),
        ("South-South cooperation between statistics offices, with aid from several donors.", {17}),
    ],
)
def test_plain_examples_get_their_goals(text, expected):
    assert expected <= set(goals(text))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The city opened bus rapid transit with cheap fares.", "11.2"),
        ("Leak detection cut non-revenue water by a third.", "6.4"),
        ("Women now inherit land and hold titles in their own name.", "5.a"),
        ("Every newborn gets a birth certificate within a week.", "16.9"),
        ("Free public Wi-Fi in all squares.", "9.c"),
        ("Surplus food from shops is collected, which lowers food waste.", "12.3"),
        ("Electronic filing raised property tax collection.", "17.1"),
        ("Remittance costs fell below three per cent.", "10.c"),
    ],
)
def test_plain_examples_get_their_target(text, code):
    assert code in targets(text)


@pytest.mark.parametrize(
    "text",
    [
        "A property tax abatement for owners who restore historic houses in the old town.",
        "A tax on vacant homes brings empty dwellings back; the revenue goes to a fund for affordable housing.",
        "A local tax on sugary drinks pays for health programmes in schools.",
        "Tourist tax was raised to 7 euros a night; the revenue is spent on street cleaning.",
        "The congestion charge raises revenue for buses and cycle lanes.",
        "The finance department of the town sends out tax bills in January.",
    ],
)
def test_a_local_tax_that_pays_for_something_else_is_no_partnership(text):
    assert 17 not in goals(text)
    assert "17.1" not in targets(text)


@pytest.mark.parametrize(
    "text",
    [
        "The tax office was trained, and collection of property tax rose from 40 to 70 per cent of what is due.",
        "Own source revenue: payment of local taxes by telephone doubled revenue collection.",
        "A revenue management system for taxes and fees of the town cut leakage.",
    ],
)
def test_better_collection_of_local_taxes_is_a_means_of_implementation(text):
    assert 17 in goals(text)
    assert "17.1" in targets(text)


def test_the_words_shown_are_those_of_the_text():
    (goal,) = [goal for goal in suggest("Two Clinics vaccinate; a park is near.").goals if goal.number == 3]
    assert [span.text for span in goal.words] == ["Clinics", "vaccinate"]


@pytest.mark.parametrize(
    ("text", "other", "wrong"),
    [
        ("A computer virus infected the office.", "A virus infected the office.", 3),
        ("It harms the investment climate.", "It harms the climate.", 13),
        ("A thriving start-up ecosystem.", "A thriving ecosystem.", 15),
        ("They live in a food desert.", "They live in a desert.", 15),
        ("A basketball court was built.", "A court was built.", 16),
    ],
)
def test_words_that_mean_something_else_do_not_count(text, other, wrong):
    assert wrong not in goals(text, goals_from=0)
    assert wrong in goals(other, goals_from=0)


def test_the_longest_term_counts_and_is_shown_whole():
    (goal,) = [goal for goal in suggest("They offer primary health care.").goals if goal.number == 3]
    assert [span.text for span in goal.words] == ["primary health care"]


def test_more_evidence_never_makes_a_goal_less_likely_alone():
    little, much = (
        suggest(text, goals_from=0).goals[0].confidence
        for text in ("A clinic is there for all who come.", "A clinic and a hospital with nurses who vaccinate.")
    )
    assert little < much


def test_a_goal_or_target_named_by_number_is_suggested_with_the_words_that_name_it():
    suggestions = suggest("It serves SDG 5, SDGs 13 and 17, and target 11.2.")
    named = {goal.number: [span.text for span in goal.words] for goal in suggestions.goals}
    assert named == {5: ["SDG 5"], 11: ["target 11.2"], 13: ["SDGs 13"], 17: ["17"]}
    assert all(goal.confidence >= 0.9 for goal in suggestions.goals)
    assert [target.code for target in suggestions.targets] == ["11.2"]


@pytest.mark.parametrize(
    "text",
    ["target 4 schools", "SDG 18", "SDG 0", "target 11.99", "Goal 3 of the match", "SDG 4% more", "target 1.25m"],
)
def test_other_numbers_name_no_goal(text):
    assert mentions(text, lexicon().targets) == []


def test_a_text_in_capitals_is_read_like_any_other():
    assert goals("CLEAN DRINKING WATER AND TOILETS FOR SCHOOLS") == goals(
        "Clean drinking water and toilets for schools"
    )


def test_a_long_report_is_answered_too():
    text = "Women own land. Clinics have water. " * 3000
    assert {3, 5, 6} <= set(goals(text, goals_from=SUGGESTED / 2))


@pytest.mark.parametrize(
    ("text", "also"),
    [
        ("Solar lamps. Families rent solar panels instead of burning kerosene.", 13),
        ("Village hens. A cooperative of smallholders rears chickens, and sells eggs to earn an income.", 1),
        ("Sorting at home. Plastic and paper are collected from households for recycling.", 11),
        ("Repair shops. Young people learn to mend phones, and open small businesses of their own.", 8),
    ],
)
def test_goals_that_a_project_serves_besides_its_first_are_suggested_with_words_of_their_own(text, also):
    suggestions = suggest(text).goals
    assert also in [goal.number for goal in suggestions]
    assert all(goal.words for goal in suggestions)


def test_a_related_goal_raises_the_confidence_but_is_no_evidence_by_itself():
    def confidence(text: str) -> float:
        return {goal.number: goal.confidence for goal in suggest(text, goals_from=0).goals}.get(13, 0.0)

    weak = "The plan speaks of pollution and of {}."
    assert confidence(weak.format("photovoltaics")) > confidence(weak.format("parliament")) > 0
    assert 13 not in goals("A hydrogen lantern.", goals_from=0)


def test_a_title_says_more_than_a_later_sentence():
    later = "Many people came to see it, and they liked it very much indeed from the first day on."
    title, body = f"Clinics and schools. {later}", f"{later} Clinics and schools."
    confidences = [{goal.number: goal.confidence for goal in suggest(text).goals} for text in (title, body)]
    assert confidences[0][3] > confidences[1][3]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Citizen science: people count birds and participate in data collection.", 16),
        ("Fish farming in ponds behind the house.", 14),
        ("Our company builds a system for the sector, with data of a university and a network of firms.", 9),
        ("People with HIV and AIDS get their medicine.", 17),
    ],
)
def test_words_that_any_project_uses_suggest_nothing(text, wrong):
    assert wrong not in goals(text)
