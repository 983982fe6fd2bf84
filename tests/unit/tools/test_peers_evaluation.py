"""A researcher holds our peers against a published ranking; the figures are those one computes by hand."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.core.errors import Refused
from kb.peers.context import context_scores
from kb.peers.feature_matrix import FeatureMatrix, PlaceFacts
from kb.peers.geodesy import Floats, kilometres
from kb.peers.places import Gazetteer, PlaceMatch
from kb.peers.weights import DEFAULT_WEIGHTS
from tools.peers_evaluation import Evaluation, evaluate, read_ranking, spearman

# On one meridian, far inland; people in thousands.
CITIES = {"Alfa": (50.0, 1_000), "Bravo": (50.5, 900), "Charlie": (52.0, 8_000), "Delta": (55.0, 1_100)}
FACTS = [
    PlaceFacts(number, "CN", "r", "c", "upper-middle", str(number), latitude, 85.0, people * 1_000, False)
    for number, (latitude, people) in enumerate(CITIES.values(), start=1)
]
TABLE = FeatureMatrix.of(FACTS)
GAZETTEER = Gazetteer.of(
    [
        PlaceMatch(fact.id, name, "CN", "China", fact.admin1, fact.population, fact.latitude, fact.longitude)
        for name, fact in zip(CITIES, FACTS, strict=True)
    ],
    [],
    [("CN", "CHN", "China")],
)


def ranking(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    file = tmp_path / "ranking.csv"
    file.write_text(text, encoding=encoding)
    return file


def evaluated(file: Path) -> Evaluation:
    return evaluate(read_ranking(file), TABLE, GAZETTEER)


PUBLISHED = """city,country,rank,peer
Alfa,China,1,Delta
Alfa,China,2,Bravo
Alfa,China,3,Charlie
Charlie,China,1,Bravo
Charlie,China,2,Alfa
Charlie,China,3,Delta
"""


def test_correlations_are_those_computed_by_hand(tmp_path: Path) -> None:
    evaluation = evaluated(ranking(tmp_path, PUBLISHED))
    # By people, Alfa's peers are Delta, Bravo, Charlie: as published. Charlie's are Delta, Alfa, Bravo, the reverse.
    assert evaluation.agreement["population"].spearman == pytest.approx((1 - 1) / 2)
    # By distance, Alfa's are Bravo, Charlie, Delta, against the ranks 2, 3, 1: 1 - 6 * 6 / 24.
    # Charlie's are Bravo, Alfa, Delta, as published.
    assert evaluation.agreement["distance"].spearman == pytest.approx((-0.5 + 1) / 2)
    assert evaluation.agreement["chance"].spearman == 0
    # Of three peers among three others every order has all.
    assert {name: agreement.overlap for name, agreement in evaluation.agreement.items()} == dict.fromkeys(
        evaluation.agreement, 1.0
    )
    assert (
        evaluation.cities,
        evaluation.cities_resolved,
        evaluation.names,
        evaluation.resolved,
        evaluation.unresolved,
    ) == (2, 2, 4, 4, ())


def test_our_own_score_agrees_with_itself(tmp_path: Path) -> None:
    scores, _ = context_scores(TABLE, 0, DEFAULT_WEIGHTS.variables)
    order = sorted(range(1, 4), key=lambda row: -scores[row])
    lines = [f"Alfa,CN,{rank},{list(CITIES)[row]}" for rank, row in enumerate(order, start=1)]
    evaluation = evaluated(ranking(tmp_path, "\n".join(["city,country,rank,peer", *lines])))
    assert evaluation.agreement["context"].spearman == pytest.approx(1)


def test_within_one_country_the_score_goes_by_people_and_nearness_together() -> None:
    dice = np.random.default_rng(3)
    places = [
        PlaceFacts(number, "CN", "r", "c", "upper-middle", str(number), latitude, longitude, int(people), False)
        for number, (latitude, longitude, people) in enumerate(
            zip(dice.uniform(28, 38, 48), dice.uniform(100, 118, 48), np.exp(dice.normal(13.5, 1.2, 48)), strict=True),
            start=1,
        )
    ]
    table = FeatureMatrix.of(places)
    people = np.log(table.population)
    size = np.abs(people[:, None] - people)
    apart = kilometres(table.vectors[:, None], table.vectors)
    others = ~np.eye(len(places), dtype=np.bool_)
    together = size / size[others].std() + apart / apart[others].std()
    ours = -np.stack([context_scores(table, row, DEFAULT_WEIGHTS.variables)[0] for row in range(len(places))])

    def agreement(unlike: Floats) -> float:
        rows = (spearman(together[row][others[row]], unlike[row][others[row]]) for row in range(len(places)))
        return float(np.mean([row for row in rows if row is not None]))

    assert agreement(ours) >= max(agreement(size), agreement(apart))
    assert agreement(ours) > 0.75


def test_overlap_looks_at_the_closest_of_all_cities_in_the_file(tmp_path: Path) -> None:
    text = "city,country,rank,peer\nAlfa,CN,1,Bravo\nAlfa,CN,2,Charlie\nDelta,CN,1,Alfa\n"
    evaluation = evaluated(ranking(tmp_path, text))
    # By people, Alfa's two closest of Bravo, Charlie, Delta are Bravo and Delta; Delta's closest is Alfa.
    assert evaluation.agreement["population"].overlap == pytest.approx((1 / 2 + 1) / 2)
    assert evaluation.agreement["distance"].overlap == pytest.approx((1 + 0) / 2)
    assert evaluation.agreement["chance"].overlap == pytest.approx((2 / 3 + 1 / 3) / 2)


def test_a_correlation_that_is_undefined_is_no_zero(tmp_path: Path) -> None:
    alike = "city,country,rank,peer\nAlfa,CN,1,Bravo\nAlfa,CN,1,Charlie\nAlfa,CN,1,Delta\n"
    agreement = evaluated(ranking(tmp_path, alike)).agreement["distance"]
    assert (agreement.spearman, agreement.correlated) == (None, 0)
    both = evaluated(ranking(tmp_path, alike + "Delta,CN,1,Alfa\nDelta,CN,2,Bravo\nDelta,CN,3,Charlie\n"))
    assert both.agreement["distance"].correlated == 1
    assert both.agreement["distance"].spearman in (-1, -0.5, 0.5, 1)


def test_names_that_do_not_resolve_are_counted_and_left_out(tmp_path: Path) -> None:
    evaluation = evaluated(
        ranking(tmp_path, PUBLISHED + "Atlantis,China,1,Alfa\nAlfa,China,4,Lemuria\nAlfa,China,5,Alfa\n")
    )
    assert (evaluation.cities, evaluation.cities_resolved, evaluation.names, evaluation.resolved) == (3, 2, 6, 4)
    assert evaluation.unresolved == ("Atlantis", "Lemuria")
    assert evaluation.agreement["distance"].spearman == pytest.approx(0.25)


def test_a_ranking_of_nothing_we_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="No city of the ranking was found"):
        evaluated(ranking(tmp_path, "city,country,rank,peer\nAtlantis,China,1,Lemuria\n"))


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (PUBLISHED, "utf-8-sig"),
        (PUBLISHED.replace(",", ";"), "utf-8"),
        (PUBLISHED.replace(",", "\t"), "utf-16"),
        (PUBLISHED.replace("city,country", " City , COUNTRY").replace("\n", "\r\n") + "\r\n,,,\r\n", "utf-8"),
        (PUBLISHED.replace("China", "CHN").replace("Alfa", '"Alfa"'), "utf-8"),
        ("Note,Peer Country,Peer,Rank,Country,City\n,CN,Delta,1.0,China,Alfa\n,,Bravo,2,China,Alfa\n", "utf-8"),
    ],
)
def test_a_ranking_is_read_leniently(tmp_path: Path, text: str, encoding: str) -> None:
    lines = read_ranking(ranking(tmp_path, text, encoding))
    assert [(line.city, line.rank, line.peer) for line in lines][:2] == [("Alfa", 1, "Delta"), ("Alfa", 2, "Bravo")]
    assert {GAZETTEER.country_code(line.peer_country) for line in lines} == {"CN"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "ranking.csv is empty"),
        ("city,country,peer\nAlfa,CN,Bravo\n", "row 1: there is no column rank"),
        ("city,country,rank,peer\n", "no row below its header"),
        (
            "city,country,rank,peer\nAlfa,CN,1,Bravo\nAlfa,CN,first,Delta\n",
            "row 3, column rank: 'first' is not a number",
        ),
        ("city,country,rank,peer\nAlfa,CN,nan,Bravo\n", "row 2, column rank"),
        ("city,country,rank,peer\nAlfa,CN,1\n", "row 2, column peer: the cell is empty"),
        ("city,country,rank,peer\n,CN,1,Bravo\n", "row 2, column city: the cell is empty"),
    ],
)
def test_trouble_with_a_ranking_names_row_and_column_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Refused, match=said) as problem:
        read_ranking(ranking(tmp_path, text))
    assert len(str(problem.value).splitlines()) == 1


def test_files_that_are_missing_or_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="is missing"):
        read_ranking(tmp_path / "nothing.csv")
    with pytest.raises(Refused, match="cannot be read"):
        read_ranking(tmp_path)
    (tmp_path / "latin.csv").write_bytes(b"city,country,rank,peer\nM\xfcnchen,DE,1,Berlin\n")
    with pytest.raises(Refused, match="row 2: not UTF-8"):
        read_ranking(tmp_path / "latin.csv")
    (tmp_path / "zero.csv").write_bytes(b"city,country\x00,rank,peer\n")
    with pytest.raises(Refused, match="not a table"):
        read_ranking(tmp_path / "zero.csv")


@given(st.permutations(range(8)))
def test_without_ties_the_correlation_is_the_textbook_formula(order: list[int]) -> None:
    squares = sum((place - other) ** 2 for place, other in enumerate(order))
    found = spearman(np.arange(8.0), np.array(order, dtype=float))
    assert found == pytest.approx(1 - 6 * squares / (8 * 63))


def test_ties_share_their_mean_rank_and_a_constant_says_nothing() -> None:
    assert spearman(np.array([1.0, 2, 3, 4]), np.array([1.0, 2, 2, 3])) == pytest.approx(0.9486833)
    assert spearman(np.array([1.0, 2, 3]), np.array([5.0, 5, 5])) is None
    assert spearman(np.array([1.0, 2, 3]), np.array([1.0, 2, np.nan])) == pytest.approx(1)


def test_the_csv_module_takes_no_harm_from_a_very_long_cell(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="row 2: field larger"):
        read_ranking(ranking(tmp_path, f"city,country,rank,peer\n{'x' * 200_000},CN,1,Bravo\n"))


def test_a_peer_abroad_is_found_where_its_citys_country_lacks_it(tmp_path: Path) -> None:
    far = PlaceMatch(99, "Zulu", "NG", "Nigeria", "1", 500_000, 6.5, 3.4)
    fact = PlaceFacts(99, "NG", "w", "a", "lower-middle", "1", 6.5, 3.4, 500_000, False)
    near = [
        PlaceMatch(
            place_facts.id,
            name,
            "CN",
            "China",
            place_facts.admin1,
            place_facts.population,
            place_facts.latitude,
            place_facts.longitude,
        )
        for name, place_facts in zip(CITIES, FACTS, strict=True)
    ]
    countries = [("CN", "CHN", "China"), ("NG", "NGA", "Nigeria")]
    text = "city,country,rank,peer\nAlfa,China,1,Bravo\nAlfa,China,2,Charlie\nAlfa,China,3,Zulu\n"
    evaluation = evaluate(
        read_ranking(ranking(tmp_path, text)),
        FeatureMatrix.of([*FACTS, fact]),
        Gazetteer.of([*near, far], [], countries),
    )
    assert evaluation.unresolved == ()
