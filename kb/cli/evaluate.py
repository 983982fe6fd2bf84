"""`kb evaluate`: how good search, peers, places and goal suggestions are, on data with known answers."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from kb.core.errors import Refused
from kb.core.i18n import gettext_noop
from kb.goals.evaluation import evaluate as evaluate_goals
from kb.importing.readers import Table, read_table
from kb.peers.evaluation import evaluate as evaluate_peers
from kb.peers.feature_matrix import FeatureMatrix
from kb.peers.place_evaluation import NamedPlace, evaluate_places
from kb.peers.places import Gazetteer
from kb.peers.published_rankings import read_ranking
from kb.search.evaluation import evaluate as evaluate_search

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
    _show(evaluate_search(folder))


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
        table, gazetteer = FeatureMatrix.read(session), Gazetteer.read(session)
    evaluation = evaluate_peers(ranking, table, gazetteer)
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


_PLACE_COLUMNS = {
    "name": ("name", "city", "city name", "place"),
    "country": ("country", "country name"),
    "lat": ("lat", "latitude"),
    "lon": ("lon", "lng", "long", "longitude"),
}


@evaluate.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--show", is_flag=True, help="Also print the names that came out wrong or not at all.")
@click.pass_obj
def places(context: Context, file: Path, show: bool) -> None:
    """Resolve the names of FILE (columns name, country and, where known, lat, lon) as an import does.

    Right is within 50 km of the coordinates; names without them are only resolved or not.
    """
    with file.open("rb") as content:
        named = list(_named_places(read_table(content, file.name, _like_places)))
    with context.database().reading() as session:
        measured = evaluate_places(named, Gazetteer.read(session))
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
        click.echo(f"wrong\t{line.name}\t{line.country or ''}\t{resolution.place.name if resolution.place else ''}")
    for line in measured.without_place if show else ():
        click.echo(f"unresolved\t{line.name}\t{line.country or ''}")


def _like_places(cells: Sequence[str]) -> int:
    known = {name for names in _PLACE_COLUMNS.values() for name in names}
    return sum(cell.casefold() in known for cell in cells)


def _named_places(table: Table) -> Iterator[NamedPlace]:
    columns = {
        what: next((column for name in names for column in table.columns if column.name.casefold() == name), None)
        for what, names in _PLACE_COLUMNS.items()
    }
    name, country, lat, lon = (columns[what] for what in ("name", "country", "lat", "lon"))
    if name is None or country is None:
        raise Refused(gettext_noop("There is no column called %(name)s."), name="name" if name is None else "country")
    for row in table.rows:
        point = None
        if lat and lon and row.cell(lat) and row.cell(lon):
            try:
                point = float(row.cell(lat)), float(row.cell(lon))
            except ValueError:
                raise Refused(
                    gettext_noop("Row %(row)s: %(lat)s, %(lon)s are no coordinates."),
                    row=str(row.number),
                    lat=row.cell(lat),
                    lon=row.cell(lon),
                ) from None
        if row.cell(name):
            yield NamedPlace(row.cell(name), row.cell(country) or None, point)
