"""`kb mcp`: the catalogue as tools for an assistant, by the Model Context Protocol."""

from importlib.metadata import version

import click

from kb.core.errors import Misconfigured
from kb.exporting.export import Links
from kb.peers.service import PLACES, Peers
from kb.search.service import Search

from .context import Context


@click.command()
@click.option("--http", "port", type=click.IntRange(1, 65_535), help="Answer over HTTP at this port, at /mcp.")
@click.option("--host", default="127.0.0.1", show_default=True, help="With --http: the address to listen on.")
@click.pass_obj
def mcp(context: Context, port: int | None, host: str) -> None:
    """Let an assistant search the catalogue and cite it (MCP). Reads only, by standard input and output or HTTP."""
    # Importing the protocol's package takes a second, which `kb --help` should not wait for.
    from kb.mcp import server, tools  # noqa: PLC0415

    config = context.config
    if problem := config.problem():
        raise Misconfigured(problem)
    database = context.usable_database()
    made = server.make_server(
        tools.CatalogueTools(
            database,
            Search(database, config.search_index),
            Peers(database, config.instance / PLACES),
            Links(context.site()),
        ),
        version("citypeers"),
    )
    if port is None:
        server.run_stdio(made)
    else:
        server.run_http(made, host, port, (config.site_host,) if config.site_host else ())
