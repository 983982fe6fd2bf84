"""The server of the Model Context Protocol, asked with the official client: in the process, by stdio and by HTTP."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from alembic.config import Config as AlembicConfig
from starlette.testclient import TestClient

import kb.app
from alembic import command
from config import ROOT, Config
from kb.catalogue.entries import EntryKind
from kb.core.db import Database
from kb.editorial import actions
from kb.exporting.export import Links
from kb.peers.service import Peers
from kb.search.facets import FILTERS
from kb.search.service import Search
from tests import terminal
from tests.factories import make_city, make_initiative, make_user
from tests.http_server import KB

pytestmark = pytest.mark.one_database

SITE = "https://peers.example"


def server_over(config: Config) -> tuple[Any, Database]:
    # Imported where it is used, here as below: the protocol takes longer to load than many tests, and every worker
    # reads this module.
    from kb.mcp.server import make_server
    from kb.mcp.tools import CatalogueTools

    database = Database(config.database_url)
    # What is made of the seed's places is made once for all workers, as for applications.
    peers = Peers(database, config.instance / kb.app.PLACES)
    tools = CatalogueTools(database, Search(database, config.search_index), peers, Links(SITE))
    return make_server(tools, "1"), database


def asked(server: Any, talk: Callable[[Any], Awaitable[Any]]) -> Any:
    """What a conversation of a client with the server comes to."""
    from mcp import Client

    async def connect() -> Any:
        async with Client(server) as client:
            return await talk(client)

    return asyncio.run(connect())


def call(server: Any, tool: str, **arguments: Any) -> dict[str, Any]:
    result = asked(server, lambda client: client.call_tool(tool, arguments))
    assert not result.is_error, result.content[0].text
    assert result.structured_content is not None
    return dict(result.structured_content)


def refusal(server: Any, tool: str, **arguments: Any) -> str:
    result = asked(server, lambda client: client.call_tool(tool, arguments))
    assert result.is_error
    return str(result.content[0].text)


@pytest.fixture(scope="module")
def seeded_server(seeded_config: Config) -> Iterator[Any]:
    server, database = server_over(seeded_config)
    yield server
    database.dispose()


def test_every_tool_says_what_it_takes_and_only_reads(seeded_server: Any) -> None:
    tools = {tool.name: tool for tool in asked(seeded_server, lambda client: client.list_tools()).tools}
    assert tools.keys() == {"search", "initiative", "city", "peers", "suggest_goals"}
    for tool in tools.values():
        assert tool.annotations.read_only_hint
        assert tool.description
        for name, argument in tool.input_schema["properties"].items():
            assert argument.get("description"), (tool.name, name)
    assert tools["peers"].input_schema["required"] == ["city"]
    assert tools["search"].input_schema["properties"]["kind"]["anyOf"][0]["items"]["enum"] == list(EntryKind)


def test_a_search_leads_to_entries_that_can_be_read_and_cited(seeded_server: Any) -> None:
    found = call(seeded_server, "search", query="flood early warning", kind=["initiative"], goal=[13])
    assert 0 < len(found["results"]) <= found["page_size"]
    first = found["results"][0]
    assert first["address"] == f"{SITE}/initiatives/{first['slug']}"
    assert first["citation"].startswith("CityPeers (")
    assert first["citation"].endswith(first["address"])
    entry = call(seeded_server, "initiative", slug=first["slug"])
    assert entry["title"] == first["title"]
    assert 13 in [row["goal"] for row in entry["goals"]]
    assert entry["sources"][0]["url"].startswith("http")
    assert entry["stage_label"]
    assert entry == call(seeded_server, "initiative", slug=first["address"])
    city = call(seeded_server, "city", slug=entry["cities"][0])
    assert entry["slug"] in [initiative["slug"] for initiative in city["initiatives"]]
    assert city["country"]
    assert call(seeded_server, "search", query="zzzzqqq")["total"] == 0
    assert "search has no argument colour. It has these: query, kind," in refusal(seeded_server, "search", colour="x")
    beyond = call(seeded_server, "search", page=900)
    assert (beyond["results"], beyond["total"] > 100) == ([], True)


def test_a_search_has_the_filters_of_the_page(seeded_server: Any) -> None:
    [tool] = [tool for tool in asked(seeded_server, lambda client: client.list_tools()).tools if tool.name == "search"]
    # Targets and years say the same as these; two goals at once are for the page alone.
    assert FILTERS.keys() - tool.input_schema["properties"].keys() == {"aim", "decade", "with_goal"}
    secondary = {"target": ["11.2"], "size": ["100k-500k", "500k-1m"], "year_from": 2015}
    every = call(seeded_server, "search", **secondary)["total"]
    known = call(seeded_server, "search", **secondary, cost="known", outcome="measured")["total"]
    assert 0 < known < every < call(seeded_server, "search", target=["11.2"])["total"]
    assert "0" in refusal(seeded_server, "search", year_from=0)


def test_peers_of_a_city_or_of_any_place_come_with_reasons(seeded_server: Any) -> None:
    answer = call(seeded_server, "peers", city="Surat", limit=3)
    assert [len(answer["peers"]), answer["place"]["name"]] == [3, "Surat"]
    assert all(peer["reasons"] for peer in answer["peers"])
    assert call(seeded_server, "peers", city=answer["place"]["slug"], limit=3)["peers"] == answer["peers"]
    assert answer["citation"].endswith(answer["address"])
    assert all(did["citation"].endswith(did["address"]) for did in answer["what_they_did"])
    elsewhere = call(seeded_server, "peers", city="Kisumu", country="Kenya", challenges=["flooding"])
    assert elsewhere["challenges"] == ["flooding"]


def test_goals_are_suggested_with_the_words_that_led_to_them(seeded_server: Any) -> None:
    answer = call(seeded_server, "suggest_goals", text="Sensors warn people of floods before the river rises.")
    assert answer["goals"][0]["words"]
    assert answer["goals"][0]["address"].startswith(f"{SITE}/goals/")


def test_what_is_wrong_is_told_in_one_sentence(seeded_server: Any) -> None:
    assert "flooding" in refusal(seeded_server, "search", challenge=["floods"])
    assert "There is no initiative nowhere." in refusal(seeded_server, "initiative", slug="nowhere")
    assert "There is no city nowhere." in refusal(seeded_server, "city", slug="nowhere")
    assert "There is no country Atlantis" in refusal(seeded_server, "peers", city="Surat", country="Atlantis")
    assert "There is no place called Zzzzqqq" in refusal(seeded_server, "peers", city="Zzzzqqq")
    assert "air-quality" in refusal(seeded_server, "peers", city="Surat", challenges=["smog"])
    assert "Give the text" in refusal(seeded_server, "suggest_goals", text=" ")
    for tool, arguments in (("search", {"page": 0}), ("peers", {}), ("suggest_goals", {"text": "a" * 20_001})):
        assert "validation error" in refusal(seeded_server, tool, **arguments)
    assert asked(seeded_server, lambda client: client.call_tool("delete_everything", {})).is_error


def test_long_entries_are_cut_and_former_ones_lead_on(database: Database, config: Config) -> None:
    from kb.mcp.tools import LONGEST_TEXT

    with database.writing() as session:
        editor, city = make_user(session, "editor"), make_city(session)
        kept = make_initiative(session, "Made-up Kept", (city,), results="long " * 4_000, slug="kept")
        former = make_initiative(session, "Made-up Former", (city,), slug="former")
        gone = make_initiative(session, "Made-up Gone", (city,), slug="gone")
        actions.merge(session, editor, EntryKind.INITIATIVE, kept.id, former.id)
        actions.withdraw(session, editor, EntryKind.INITIATIVE, gone.id, "It was made up.")
    server, opened = server_over(config)
    entry = call(server, "initiative", slug="former")
    assert (entry["slug"], len(entry["results"])) == ("kept", LONGEST_TEXT)
    assert "It was made up." in refusal(server, "initiative", slug="gone")
    opened.dispose()


def test_over_http_only_its_own_hosts_are_answered(seeded_config: Config) -> None:
    from kb.mcp.server import LARGEST_REQUEST, http_options

    server, database = server_over(seeded_config)
    app = server.streamable_http_app(**http_options("127.0.0.1", ["peers.example"]))
    message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    accept = {"Accept": "application/json, text/event-stream"}
    with TestClient(app) as client:

        def status(host: str, **headers: str) -> int:
            answer = client.post("/mcp", json=message, headers={"Host": host, **accept, **headers})
            return int(answer.status_code)

        assert [status("127.0.0.1:8001"), status("localhost"), status("peers.example")] == [200, 200, 200]
        assert status("evil.example") == 421
        assert status("127.0.0.1:8001", Origin="https://evil.example") == 403
        large = client.post("/mcp", content=b" " * (LARGEST_REQUEST + 1), headers={"Host": "localhost", **accept})
        assert large.status_code == 413
    database.dispose()


def test_the_command_speaks_the_protocol_on_standard_output(database: Database, config: Config) -> None:
    from mcp import StdioServerParameters

    with database.writing() as session:
        make_initiative(session, "Made-up Sirens")
    environment = {
        **os.environ,
        "DATABASE_URL": config.database_url,
        "KB_SEARCH_INDEX": str(config.search_index),
        "KB_INSTANCE": str(config.instance),
        "KB_DEVELOPMENT": "1",
    }
    refused = terminal.kb(environment, "mcp")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "The database is empty: run `kb seed` first." in refused.stderr
    with database.migrating() as connection:
        command.stamp(AlembicConfig(ROOT / "alembic.ini", attributes={"connection": connection, "quiet": True}), "head")
    started = StdioServerParameters(command=str(KB), args=["mcp"], env=environment)
    [found] = call(started, "search", query="sirens")["results"]
    assert found["title"] == "Made-up Sirens"
