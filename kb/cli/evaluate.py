"""`kb evaluate`: how good search, peers and goal suggestions are, on data with known answers."""

from pathlib import Path

import click

from kb.goals.evaluating import evaluate as evaluate_goals
from kb.peers.evaluating import evaluate as evaluate_peers
from kb.peers.places import Gazetteer
from kb.peers.published import read_ranking
from kb.peers.table import PeerTable
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
        shown = f"{value:.0f}" if name == "queries" else f"{value:.4f}"
        click.echo(f"{_PRINTED.get(name, name)}: {shown}")


@evaluate.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def peers(context: Context, file: Path) -> None:
    """Compare the context score with the ranking in FILE (CSV: city, country, rank, peer), beside simpler scores."""
    ranking = read_ranking(file)
    with context.database().reading() as session:
        table, gazetteer = PeerTable.read(session), Gazetteer.read(session)
    found = evaluate_peers(ranking, table, gazetteer)
    click.echo(f"cities: {found.cities}")
    click.echo(f"cities_resolved: {found.cities_resolved}")
    click.echo(f"names: {found.names}")
    click.echo(f"names_resolved: {found.resolved}")
    click.echo(f"unresolved: {', '.join(found.unresolved) or 'none'}")
    click.echo(f"largest_of_several: {', '.join(found.several) or 'none'}")
    for name, agreement in found.agreement.items():
        click.echo(f"spearman_{name}: {agreement.spearman:.4f}")
        click.echo(f"overlap@5_{name}: {agreement.overlap:.4f}")
