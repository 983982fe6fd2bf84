"""Measuring search against known answers."""

import json
import math
from pathlib import Path

import pytest

from tools.search_evaluation import EvaluationError, evaluate, measures

CORPUS = [
    {"_id": "d1", "title": "Solar roofs", "text": "Solar panels on the roofs of schools."},
    {"_id": "d2", "title": "Wind", "text": "A wind farm beside the harbour."},
    {"_id": "d3", "title": "Solar farm", "text": "A field of solar panels, and solar water heating."},
    {"_id": "d4", "title": "", "text": "Bus lanes."},
]
QUERIES = [
    {"_id": "q1", "text": "solar"},
    {"_id": "q2", "text": "harbour wind"},
    {"_id": "q3", "text": "zeppelin"},
    {"_id": 4, "text": "bus"},
]
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td3\t1\nq1\td4\t-1\nq2\td2\t1\nq3\td1\t1\n4\td4\t0\n\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "corpus.jsonl").write_text("\n\n".join(map(json.dumps, CORPUS)) + "\n")
    (tmp_path / "queries.jsonl").write_text("\n".join(map(json.dumps, QUERIES)))
    (tmp_path / "qrels.tsv").write_text(QRELS)
    return tmp_path


def test_measures_are_those_worked_out_by_hand() -> None:
    found = measures(["x", "b", "y", "a"], {"a": 3.0, "b": 1.0, "c": 2.0})
    assert found["map"] == pytest.approx((1 / 2 + 2 / 4) / 3)
    gained = 1 / math.log2(3) + 3 / math.log2(5)
    ideal = 3 / math.log2(2) + 2 / math.log2(3) + 1 / math.log2(4)
    assert found["ndcg@10"] == pytest.approx(gained / ideal)
    assert found["mrr@10"] == 1 / 2
    assert found["recall@100"] == pytest.approx(2 / 3)
    assert found["no_hits"] == 0


def test_ranks_beyond_a_measures_reach_count_in_the_others_only() -> None:
    late = measures([*(f"x{number}" for number in range(10)), "a"], {"a": 1.0})
    assert (late["mrr@10"], late["ndcg@10"], late["recall@100"], late["map"]) == (0, 0, 1, 1 / 11)
    later = measures([*(f"x{number}" for number in range(100)), "a"], {"a": 1.0})
    assert (later["recall@100"], later["map"]) == (0, 1 / 101)
    nothing = measures([], {"a": 1.0})
    assert (nothing["no_hits"], nothing["map"]) == (1, 0)


def test_a_folder_is_evaluated_with_the_engine_people_use(folder: Path) -> None:
    found = evaluate(folder)
    # q1 ranks d3 (solar three times) before d1 (twice, and as long); q2 is exact; q3 finds nothing; 4 is unjudged.
    ndcg = (1 / math.log2(2) + 2 / math.log2(3)) / (2 / math.log2(2) + 1 / math.log2(3))
    assert found == pytest.approx(
        {
            "map": 2 / 3,
            "ndcg@10": (ndcg + 1) / 3,
            "mrr@10": 2 / 3,
            "recall@100": 2 / 3,
            "no_hits": 1 / 3,
            "queries": 3,
        }
    )


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("corpus.jsonl", None, "corpus.jsonl is missing"),
        ("queries.jsonl", None, "queries.jsonl is missing"),
        ("qrels.tsv", None, "qrels.tsv is missing"),
        ("corpus.jsonl", '{"_id": "d1", "text": "x"}\n{"_id"', "corpus.jsonl, line 2: not JSON"),
        ("corpus.jsonl", "[1]", "corpus.jsonl, line 1: not a JSON object"),
        ("corpus.jsonl", '{"_id": "d1"}', "corpus.jsonl, line 1: 'text' is missing"),
        ("corpus.jsonl", '{"_id": "d", "text": ""}\n{"_id": "d", "text": ""}', "line 2: document 'd' is there twice"),
        ("queries.jsonl", '{"text": "x"}', "queries.jsonl, line 1: '_id' is missing"),
        ("qrels.tsv", "h\nq1\td1\n", "qrels.tsv, line 2: expected"),
        ("qrels.tsv", "h\nq1\td1\tgood\n", "qrels.tsv, line 2: the score 'good' is not a number"),
        ("qrels.tsv", "h\nq1\td1\tnan\n", "qrels.tsv, line 2: the score 'nan' is not a finite number"),
        ("qrels.tsv", "h\nq9\td1\t1\n", "query 'q9' is not in queries.jsonl"),
        ("qrels.tsv", "h\nq1\td1\t0\n", "no query has a judgement above 0"),
        ("corpus.jsonl", b"\xff\xfe", "is not UTF-8"),
    ],
)
def test_a_mistake_in_a_file_is_named_with_its_line(
    folder: Path, name: str, content: str | bytes | None, told: str
) -> None:
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(EvaluationError, match=told.replace("(", r"\(").replace(".", r"\.")):
        evaluate(folder)


def test_long_questions_find_what_answers_them_first(tmp_path: Path) -> None:
    """Words of any question say little, and that two of them also occur as one says nothing of the others."""
    said = "A city started a project, and people of the city were asked what the project was for in the city. "
    texts = {
        "roofs": ("Cool roofs", f"{said}White paint keeps heat out of homes in summer."),
        "kitchens": ("School kitchens", f"{said}Leftovers of lunches are weighed, and less food is thrown out."),
        "leaks": ("Finding leaks", f"{said}Listening devices on pipes hear where drinking water is lost at night."),
        "parks": ("Pocket parks", f"{said}Car parks became gardens with benches and shade trees."),
        "start-ups": (
            "Young firms",
            f"{said}{said}A start-up gets a desk; the night-time economy and water-front too.",
        ),
        "report": ("City project", "What people of a city asked of a project in the city, and what the city started."),
    }
    asked = {
        "roofs": 'How did a city keep "heat out of flats" in summer, and was it white paint that people started with?',
        "kitchens": "We are a city that started weighing leftovers of lunches: what did people do in such a project?",
        "leaks": "At night time water front pipes lose drinking water: which city started a project to hear where?",
        "parks": "What project of a city asked people whether car parks become gardens, and where was it started?",
    }
    corpus = [{"_id": name, "title": title, "text": text} for name, (title, text) in texts.items()]
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, corpus)))
    queries = [{"_id": name, "text": text} for name, text in asked.items()]
    (tmp_path / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)))
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(f"{q}\t{q}\t1\n" for q in asked))
    assert evaluate(tmp_path)["mrr@10"] == 1
