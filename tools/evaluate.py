"""The commands of `kb evaluate`: how good search, peers, places and suggestions are, on data with known answers."""

from pathlib import Path

import click

from kb.cli.context import Context
from kb.peers.feature_matrix import FeatureMatrix
from kb.peers.places import Gazetteer

from . import goals_evaluation, peers_evaluation, places_evaluation, search_evaluation

_PRINTED = {"map": "MAP", "ndcg@10": "nDCG@10", "mrr@10": "MRR@10"}


@click.group()
def commands() -> None:
    """Measure quality on data with known answers; one `name: value` a line."""


@commands.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.pass_obj
def search(_context: Context, folder: Path) -> None:
    """Index FOLDER (BEIR layout) in a temporary index and print MAP, nDCG@10, MRR@10, recall@100 and no_hits."""
    _show(search_evaluation.evaluate(folder))


@commands.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def goals(_context: Context, file: Path) -> None:
    """Suggest goals for the texts of FILE and compare with its labels.

    A CSV file with columns text and goals ("4;9") gives micro-F1, macro-F1, top-1 and any-hit; with text, sdg and label
    (True or False), accuracy and macro-F1. tools/goals_evaluation.py explains them.
    """
    _show(goals_evaluation.evaluate(file))


def _show(measured: dict[str, float]) -> None:
    for name, value in measured.items():
        shown = f"{value:.0f}" if name == "queries" else f"{value:.4f}"
        click.echo(f"{_PRINTED.get(name, name)}: {shown}")


@commands.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def peers(context: Context, file: Path) -> None:
    """Compare the context score with the ranking in FILE (CSV: city, country, rank, peer), beside simpler scores."""
    ranking = peers_evaluation.read_ranking(file)
    with context.database().reading() as session:
        matrix, gazetteer = FeatureMatrix.read(session), Gazetteer.read(session)
    evaluation = peers_evaluation.evaluate(ranking, matrix, gazetteer)
    click.echo(f"cities: {evaluation.cities}")
    click.echo(f"cities_resolved: {evaluation.cities_resolved}")
    click.echo(f"names: {evaluation.names}")
    click.echo(f"names_resolved: {evaluation.resolved}")
    click.echo(f"unresolved: {', '.join(evaluation.unresolved) or 'none'}")
    click.echo(f"largest_of_several: {', '.join(evaluation.several) or 'none'}")
    for name, agreement in evaluation.agreement.items():
        shown = "undefined" if agreement.spearman is None else f"{agreement.spearman:.4f}"
        click.echo(f"spearman_{name}: {shown}")
        if name != "chance":
            click.echo(f"spearman_{name}_cities: {agreement.correlated}")
        click.echo(f"overlap@5_{name}: {agreement.overlap:.4f}")


@commands.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--show", is_flag=True, help="Also print the names that were resolved wrongly or not at all.")
@click.pass_obj
def places(context: Context, file: Path, show: bool) -> None:
    """Resolve the names of FILE (columns name, country and, where known, lat, lon) as an import does.

    Right is within 50 km of the coordinates; names without them are only resolved or not.
    """
    named = places_evaluation.read_places(file)
    with context.database().reading() as session:
        measured = places_evaluation.evaluate(named, Gazetteer.read(session))
    click.echo(f"names: {measured.names}")
    click.echo(f"with_coordinates: {measured.with_coordinates}")
    for name, count, of in (
        ("resolved", measured.resolved, measured.names),
        ("unresolved", measured.unresolved, measured.names),
        ("right", measured.right, measured.with_coordinates),
        ("wrong", measured.wrong, measured.with_coordinates),
    ):
        click.echo(f"{name}: {count} ({count / of:.4f})" if of else f"{name}: {count}")
    for line, resolution in measured.wrongly if show else ():
        place = resolution.place.name if resolution.place else ""
        note = places_evaluation.note_on_coordinates(line, resolution)
        click.echo(f"wrong\t{line.name}\t{line.country or ''}\t{place}\t{note}".rstrip("\t"))
    for line in measured.without_place if show else ():
        click.echo(f"unresolved\t{line.name}\t{line.country or ''}")
