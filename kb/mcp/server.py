"""The protocol: tools with typed arguments, whose errors are one sentence each."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import ToolAnnotations
from pydantic import Field
from sqlalchemy.exc import SQLAlchemyError

from kb.core.database_errors import DatabaseUnavailable
from kb.core.errors import Problem
from kb.search.engine_types import Sort

from .tools import LONGEST_QUESTION, LONGEST_SUGGESTED, MOST_PEERS, CannotAnswer, CatalogueTools

INSTRUCTIONS = (
    "CityPeers is a knowledge base of what cities do with technology to become sustainable: initiatives with outcomes, "
    "costs, lessons and sources, the cities that tried them, and cities with the same challenges. Search first, then "
    "read the entries you use. Cite each entry with its `citation`. What an entry does not say is not known."
)

MOST_AT_ONCE = 4
"""Calls that are answered at the same time; others wait."""

LARGEST_REQUEST = 200_000
"""Bytes of a request over HTTP."""

_READS_ONLY = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)

Answered = Callable[[Callable[[], Mapping[str, Any]]], dict[str, Any]]
"""Calls a function for its answer. Raises ToolError with one sentence for what went wrong."""

Kind = Literal["initiative", "city", "leader", "vision"]
Slug = Annotated[
    str, Field(min_length=1, max_length=300, description="The last part of the address of its page, or the address")
]


def _codes(what: str) -> Any:
    return Field(default=None, max_length=20, description=what)


class _Server(MCPServer[Any]):
    """Refuses arguments that a tool has not: without them the answer would be to another question."""

    async def call_tool(self, name: str, arguments: dict[str, Any], context: Any = None) -> Any:
        known = next((tool.input_schema["properties"] for tool in await self.list_tools() if tool.name == name), None)
        unknown = sorted(arguments.keys() - known.keys()) if known is not None else ()
        if unknown:
            raise ToolError(f"{name} has no argument {unknown[0]}. It has these: {', '.join(known or ())}.")
        return await super().call_tool(name, arguments, context)


def make_server(tools: CatalogueTools, version: str) -> MCPServer[Any]:
    """A server with the tools of a catalogue."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    server = _Server(
        "citypeers",
        title="CityPeers",
        instructions=INSTRUCTIONS,
        website_url=tools.links.site,
        version=version,
        log_level="WARNING",
    )
    # Where nobody has set up a log, it sets up one of its own, in which a line can be forged.
    root.handlers = handlers
    root.setLevel(level)
    answered = _answers_at_once(MOST_AT_ONCE)
    _add_search(server, tools, answered)
    _add_entries(server, tools, answered)
    _add_peers_and_goals(server, tools, answered)
    return server


def _answers_at_once(most: int) -> Answered:
    places = threading.BoundedSemaphore(most)

    def answered(ask: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
        """An answer; what a person can be told as an error is one for the assistant too."""
        with places:
            try:
                return dict(ask())
            except (CannotAnswer, Problem) as problem:
                raise ToolError(str(problem)) from None
            except (SQLAlchemyError, DatabaseUnavailable):
                raise ToolError("The database cannot be read at the moment. Please try again in a minute.") from None

    return answered


def _add_search(server: MCPServer[Any], tools: CatalogueTools, answered: Answered) -> None:
    @server.tool(title="Search the catalogue", annotations=_READS_ONLY)
    def search(
        query: Annotated[
            str,
            Field(max_length=LONGEST_QUESTION, description='Words; "phrases", OR, -without and prefix* work too'),
        ] = "",
        kind: Annotated[list[Kind] | None, Field(description="Kinds of entries; all of them unless given")] = None,
        challenge: Annotated[list[str] | None, _codes("Codes such as flooding; an error lists them all")] = None,
        technology: Annotated[list[str] | None, _codes("Codes such as early-warning")] = None,
        goal: Annotated[list[int] | None, _codes("Sustainable Development Goals, 1 to 17")] = None,
        target: Annotated[list[str] | None, _codes("Targets of the goals, such as 11.2")] = None,
        country: Annotated[list[str] | None, _codes("Countries by two letters (ISO 3166), such as KE")] = None,
        region: Annotated[list[str] | None, _codes("Regions of the United Nations, such as southern-asia")] = None,
        city: Annotated[list[str] | None, _codes("Cities by the last part of the address of their page")] = None,
        size: Annotated[list[str] | None, _codes("People of the city, such as 100k-500k or 500k-1m")] = None,
        income: Annotated[list[str] | None, _codes("Income groups of the World Bank: low, lower-middle, …")] = None,
        stage: Annotated[list[str] | None, _codes("Stages such as pilot, operational, discontinued")] = None,
        evidence: Annotated[list[int] | None, _codes("Levels of evidence, 0 to 5")] = None,
        outcome: Annotated[Literal["measured"] | None, Field(description="Only with a result in figures")] = None,
        cost: Annotated[Literal["known"] | None, Field(description="Only with a known cost")] = None,
        contact: Annotated[Literal["known"] | None, Field(description="Only with a contact")] = None,
        language: Annotated[list[str] | None, _codes("Languages of the text (BCP 47), such as es")] = None,
        year_from: Annotated[int | None, Field(description="First year from")] = None,
        year_to: Annotated[int | None, Field(description="First year to")] = None,
        sort: Annotated[Sort, Field(description="The order of the results")] = "relevance",
        page: Annotated[int, Field(ge=1, le=1_000, description="Page of the results, from 1")] = 1,
    ) -> dict[str, Any]:
        """Search initiatives, cities, leaders and strategies; each result has its address and its citation."""
        filters = {
            "kind": kind,
            "challenge": challenge,
            "technology": technology,
            "goal": goal,
            "target": target,
            "country": country,
            "region": region,
            "city": city,
            "size": size,
            "income": income,
            "stage": stage,
            "evidence": evidence,
            "outcome": outcome and [outcome],
            "cost": cost and [cost],
            "contact": contact and [contact],
            "language": language,
            "year_from": None if year_from is None else [year_from],
            "year_to": None if year_to is None else [year_to],
        }
        chosen = {name: [str(value) for value in values] for name, values in filters.items() if values}
        return answered(lambda: tools.search(query, chosen, sort, page))


def _add_entries(server: MCPServer[Any], tools: CatalogueTools, answered: Answered) -> None:
    @server.tool(title="Read an initiative", annotations=_READS_ONLY)
    def initiative(slug: Slug) -> dict[str, Any]:
        """Everything known of an initiative: problem, action, results, evidence, cost, lessons, contact, sources."""
        return answered(lambda: tools.initiative(slug))

    @server.tool(title="Read a city", annotations=_READS_ONLY)
    def city(slug: Slug) -> dict[str, Any]:
        """A city with its challenges, its initiatives, its leaders and its strategies."""
        return answered(lambda: tools.city(slug))


def _add_peers_and_goals(server: MCPServer[Any], tools: CatalogueTools, answered: Answered) -> None:
    @server.tool(title="Find cities like one", annotations=_READS_ONLY)
    def peers(
        city: Annotated[
            str, Field(min_length=1, max_length=300, description="A city's name, slug or address; any of 69,000 places")
        ],
        country: Annotated[
            str | None, Field(max_length=100, description="Its country, by name or code, where the name is not enough")
        ] = None,
        challenges: Annotated[
            list[str] | None, _codes("Codes of challenges to share; those that the city names unless given")
        ] = None,
        limit: Annotated[int, Field(ge=1, le=MOST_PEERS, description="Number of cities")] = 10,
    ) -> dict[str, Any]:
        """Cities in a similar situation, why they are similar, how they differ, and what they did."""
        return answered(lambda: tools.peers(city, country, challenges, limit))

    @server.tool(title="Suggest goals for a text", annotations=_READS_ONLY)
    def suggest_goals(
        text: Annotated[str, Field(max_length=LONGEST_SUGGESTED, description="What a project does, in English")],
    ) -> dict[str, Any]:
        """Sustainable Development Goals and targets that a text speaks of, with the words that led to them."""
        return answered(lambda: tools.suggest_goals(text))


def run_stdio(server: MCPServer[Any]) -> None:
    """Answer one client on standard input and output until it goes away."""
    server.run("stdio")


def run_http(server: MCPServer[Any], host: str, port: int, other_hosts: Sequence[str] = ()) -> None:
    """Answer clients over HTTP at /mcp until interrupted; only requests to one of the hosts are answered."""
    server.run("streamable-http", host=host, port=port, **http_options(host, other_hosts))


def http_options(host: str, other_hosts: Sequence[str] = ()) -> dict[str, Any]:
    """How requests are answered: without sessions, small ones, and those to one of the hosts alone."""
    hosts = ("127.0.0.1", "localhost", "[::1]", host, *other_hosts)
    names = [name for known in hosts for name in (known, f"{known}:*")]
    origins = [f"{scheme}://{name}" for name in names for scheme in ("http", "https")]
    return {
        "json_response": True,
        "stateless_http": True,
        "max_request_body_size": LARGEST_REQUEST,
        "transport_security": TransportSecuritySettings(allowed_hosts=names, allowed_origins=origins),
    }
