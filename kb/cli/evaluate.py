"""`kb evaluate`: how good the search and the goal suggestions are, on collections with known answers."""

from pathlib import Path

import click

from kb.goals.evaluating import evaluate as evaluate_goals
from kb.problems import Refused
from kb.search.evaluating import EvaluationError
from kb.search.evaluating import evaluate as evaluate_search

from .context import Context


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
    _show(measured)


@evaluate.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def goals(_context: Context, file: Path) -> None:
    """Suggest goals for the texts of FILE and compare with its labels.

    A CSV file with columns text and goals ("4;9") gives micro-F1, macro-F1, top-1 and any-hit; with text, sdg and label
    (True or False), accuracy and macro-F1. What they mean stands in kb/goals/evaluating.py.
    """
    _show(evaluate_goals(file))


def _show(measured: dict[str, float]) -> None:
    for name, value in measured.items():
        click.echo(f"{name}: {value:.4f}")
