"""An editor who reads or changes the word lists: every line counts, and a wrong one is told by its number."""

import json
from itertools import pairwise

import pytest

from config import ROOT
from kb.goals.lexicon import NEAR, Lexicon, LexiconError, Term, lexicon, read
from kb.goals.words import plain, words


def hits(written: str, text: str) -> list[str]:
    made = Lexicon()
    made.add(written, Term(3, "3", 4))
    found = words(text)
    return [
        "|".join(text[found[first].start : found[last - 1].end] for first, last in hit.places)
        for hit in made.hits(found)
    ]


def test_every_goal_and_every_target_has_terms_and_no_other_code_has():
    listed = json.loads((ROOT / "seed_data" / "goals.json").read_text())
    codes = {target["code"] for goal in listed for target in goal["targets"]}
    assert lexicon().targets == codes
    assert {term.code for _, term in lexicon().terms if term.weight} - codes == {str(n) for n in range(1, 18)}


def test_the_lexicon_is_large_and_each_goal_has_its_share():
    per_goal = {goal: sum(term.goal == goal for _, term in lexicon().terms) for goal in range(1, 18)}
    assert lexicon().size > 4000
    assert min(per_goal.values()) > 200


@pytest.mark.parametrize(
    ("written", "text", "found"),
    [
        ("health clinic", "Two Health-Clinics opened.", ["Health-Clinics"]),
        ("solar/wind farm", "a wind farm and solar farms", ["wind farm", "solar farms"]),
        ("recycl*", "They recycled; recycling pays.", ["recycled", "recycling"]),
        ("women + land", "Women may now own the land.", ["Women|land"]),
        ("women + land", "Land is dear. Women say so.", []),
        ("women + land", "Women " + "really " * (NEAR + 1) + "own land.", []),
        ("WASH", "The WASH unit may wash.", ["WASH"]),
        ("WASH", "THE WASH UNIT", []),
        ("SMEs", "SMEs and an sme", ["SMEs", "sme"]),
        ("pm2.5", "PM2.5 fell", ["PM2.5"]),
        ("water tower", "Wassertürme", []),
        ("sao tome", "São Tomé", ["São Tomé"]),
        ("labor organization", "labour organisations", ["labour organisations"]),
        ("city hall", "the city's halls", ["city's halls"]),
    ],
)
def test_terms_are_found_as_the_lists_explain(written, text, found):
    assert hits(written, text) == found


def test_of_many_pairs_the_closest_is_shown():
    assert hits("women + land", "Women came. Women saw land, and other land.") == ["Women|land"]
    found = words("land and more women, women and land")
    made = Lexicon()
    made.add("women + land", Term(5, "5.a", 4))
    assert made.hits(found)[0].places == ((4, 5), (6, 7))


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("nonsense", "line 2: expected"),
        ("4 4: school", "line 2: '4 4' is not a code of goal 3"),
        ("3: health", "line 2: '3' is not a code of goal 3 with a weight"),
        ("3 4: a + b + c", "line 2: 'a + b + c' joins more than two"),
        ("3 4: !!", "line 2: '!!' holds no word"),
        (" clinic", "line 2: goes on with a line that is not there"),
    ],
)
def test_a_wrong_line_is_told_by_file_and_number(line, complaint):
    with pytest.raises(LexiconError, match=r"^goal-03\.txt, ") as told:
        read(["# Goal 3.", line], 3, "goal-03.txt", Lexicon())
    assert complaint in str(told.value)


def test_of_two_weights_for_one_term_the_greater_stays():
    made = Lexicon()
    read(["3 2: clinic", "3 4: clinics"], 3, "made-up", made)
    assert [term for _, term in made.terms] == [Term(3, "3", 4)]


@pytest.mark.parametrize(
    ("raw", "compared"),
    [
        ("Cities", "city"),
        ("taxes", "tax"),
        ("buses", "buse"),
        ("glass", "glass"),
        ("status", "status"),
        ("gas", "gas"),
        ("potatoes", "potato"),
        ("Programmes", "program"),
        ("organisations", "organization"),
        ("neighbourhood", "neighborhood"),
    ],
)
def test_spelling_and_number_of_a_word_make_no_difference(raw, compared):
    assert plain(raw) == compared


def test_sentences_are_told_apart_but_not_at_decimals():
    assert [word.sentence for word in words("One 2.5 two. Three")] == [0, 0, 0, 1]
    found = words("a b\n\nc")
    assert all(word.end <= other.start for word, other in pairwise(found))
