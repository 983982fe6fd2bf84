"""`kb evaluate`: how good the search is, on collections with known answers."""

from pathlib import Path

import click

from kb.problems import Refused
from kb.search.evaluating import EvaluationError
from kb.search.evaluating import evaluate as evaluate_search

from .context import Context

_PRINTED = {"map": "MAP", "ndcg@10": "nDCG@10", "mrr@10": "MRR@10"}


@click.group()
def evaluate() -> None:
    """Measure quality on data with known answers; one `name: value` a line."""


@evaluate.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.pass_obj
def search(_context: Context, folder: Path) -> None:
    """Index FOLDER (BEIR layout) in a temporary index and print MAP, nDCG@10, MRR@10, recall@100 and no_hits."""
    try:
        measured = evaluate_search(folder)
    except EvaluationError as problem:
        raise Refused(str(problem)) from None
    for name, value in measured.items():
        click.echo(f"{_PRINTED.get(name, name)}: {value:.4f}")
