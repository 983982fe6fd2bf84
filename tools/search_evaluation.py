"""Measuring how well search ranks, against queries whose right answers are known, in the layout of the BEIR benchmark.

The folder holds `corpus.jsonl` (objects with _id, title, text), `queries.jsonl` (_id, text) and `qrels.tsv` (a header,
then query-id, corpus-id, score, between tabs). The measures follow trec_eval: unjudged documents and scores of 0 or
less are not relevant; average precision is over the whole ranking; nDCG takes the score itself as gain, divided by
log2(rank + 1).
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kb.core.errors import Problem
from kb.search.engine_types import Document, Mode, Query
from kb.search.index import WhooshEngine
from kb.search.parsing import parse

RANKED = 1000
"""Documents of a ranking that are looked at, as trec_eval does."""


class EvaluationError(Problem):
    """The folder cannot be evaluated; the message names the file and, where there is one, the line."""


def evaluate(folder: Path, mode: Mode = "auto") -> dict[str, float]:
    """Index the corpus in a temporary index, ask every judged query, and average the measures over the queries.

    The measures are `map`, `ndcg@10`, `mrr@10`, `recall@100`, each from 0 to 1; `no_hits`, the share of queries that
    found nothing; and `queries`, how many counted: those with a judgement above 0. Raises EvaluationError.
    """
    names, documents = _corpus(folder / "corpus.jsonl")
    data = {name: text for _, name, text in _queries(folder / "queries.jsonl")}
    judged = _judgements(folder / "qrels.tsv")
    for query in judged:
        if query not in data:
            raise EvaluationError(f"{folder / 'qrels.tsv'}: query {query!r} is not in queries.jsonl")
    with TemporaryDirectory() as temporary, WhooshEngine.create(Path(temporary) / "index", "evaluation") as engine:
        engine.index(documents)
        engine.commit(0)
        engine.refresh()
        return measure(engine, names, {query: data[query] for query in sorted(judged)}, judged, mode)


def measure(
    engine: WhooshEngine,
    names: Sequence[str],
    asked: Mapping[str, str],
    judged: Mapping[str, Mapping[str, float]],
    mode: Mode = "auto",
) -> dict[str, float]:
    """Average the measures over queries an engine answers; `names[id]` is the name a judgement calls a document by."""
    if not asked:
        raise EvaluationError("no query has a judgement above 0")
    totals = dict.fromkeys(("map", "ndcg@10", "mrr@10", "recall@100", "no_hits"), 0.0)
    for query, text in asked.items():
        hits = engine.search(Query(engine.with_other_spellings(parse(text)), mode=mode, limit=RANKED)).hits
        for measured, value in measures([names[id_] for id_, _ in hits], judged[query]).items():
            totals[measured] += value
    return {measured: total / len(asked) for measured, total in totals.items()} | {"queries": float(len(asked))}


def measures(ranking: Sequence[str], gains: Mapping[str, float]) -> dict[str, float]:
    """The measures of one ranking, best first. `gains` holds the relevant documents, each above 0, at least one."""
    ranks = [rank for rank, name in enumerate(ranking, start=1) if gains.get(name, 0) > 0]
    precision = sum(found / rank for found, rank in enumerate(ranks, start=1))
    gained = _discounted([max(gains.get(name, 0), 0) for name in ranking[:10]])
    ideal = _discounted(sorted(gains.values(), reverse=True)[:10])
    return {
        "map": precision / len(gains),
        "ndcg@10": gained / ideal,
        "mrr@10": 1 / ranks[0] if ranks and ranks[0] <= 10 else 0.0,
        "recall@100": sum(rank <= 100 for rank in ranks) / len(gains),
        "no_hits": 0.0 if ranking else 1.0,
    }


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def _corpus(path: Path) -> tuple[list[str], list[Document]]:
    names: list[str] = []
    documents: list[Document] = []
    seen: set[str] = set()
    for number, entry in _objects(path):
        name = _text(path, number, entry, "_id")
        if name in seen:
            raise EvaluationError(f"{path}, line {number}: document {name!r} is there twice")
        seen.add(name)
        title, text = _text(path, number, entry, "title", ""), _text(path, number, entry, "text")
        documents.append(Document(len(names), title, text))
        names.append(name)
    return names, documents


def _queries(path: Path) -> Iterator[tuple[int, str, str]]:
    for number, entry in _objects(path):
        yield number, _text(path, number, entry, "_id"), _text(path, number, entry, "text")


def _judgements(path: Path) -> dict[str, dict[str, float]]:
    """Gains above 0 by query and document."""
    judged: dict[str, dict[str, float]] = {}
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        cells = line.split("\t")
        if number == 1:
            if cells[-1].strip().lstrip("-").isdigit():
                raise EvaluationError(f"{path}, line 1: expected a header: query-id, corpus-id, score")
            continue
        if len(cells) != 3:
            raise EvaluationError(f"{path}, line {number}: expected query-id, corpus-id and score between tabs")
        query, document, score = (cell.strip() for cell in cells)
        try:
            gain = float(score)
        except ValueError:
            raise EvaluationError(f"{path}, line {number}: the score {score!r} is not a number") from None
        if not math.isfinite(gain):
            raise EvaluationError(f"{path}, line {number}: the score {score!r} is not a finite number")
        if gain > 0:
            judged.setdefault(query, {})[document] = gain
    return judged


def _objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except ValueError as error:
            raise EvaluationError(f"{path}, line {number}: not JSON ({error})") from None
        if not isinstance(entry, dict):
            raise EvaluationError(f"{path}, line {number}: not a JSON object")
        yield number, entry


def _text(path: Path, number: int, entry: Mapping[str, Any], key: str, default: str | None = None) -> str:
    value = entry.get(key, default)
    # Names are written as numbers in some collections.
    if isinstance(value, int) and not isinstance(value, bool) and key == "_id":
        return str(value)
    if not isinstance(value, str):
        raise EvaluationError(f"{path}, line {number}: {key!r} is missing or not a text")
    return value


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            yield from file
    except FileNotFoundError:
        raise EvaluationError(f"{path} is missing") from None
    except UnicodeDecodeError as error:
        raise EvaluationError(f"{path} is not UTF-8: {error}") from None
