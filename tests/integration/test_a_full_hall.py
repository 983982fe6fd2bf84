"""A hall of 300 people behind one address, at a real server with the limits that it has by default."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kb.core.db import Database
from tests.forum_factories import make_dialogue
from tests.http_server import HttpServer, served, settings, status

PEOPLE = 300
SESSION = "/forum/made-up-dialogue"


@pytest.fixture(scope="module")
def code(
    seed_into: Callable[[Path, Path, Path], None], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, HttpServer]]:
    """The code of an announced session, and a server of the seeded site that has it."""
    folder = tmp_path_factory.mktemp("hall")
    file = folder / "kb.sqlite3"
    seed_into(file, folder / "index", folder / "instance")
    database = Database(f"sqlite:///{file}")
    with database.writing() as session:
        short_code = make_dialogue(session).short_code
    database.dispose()
    environment = settings(file, folder / "index", folder / "instance")
    del environment["KB_RATE_LIMIT"]
    with served(environment, folder / "stderr") as server:
        yield short_code, server


def answers(server: HttpServer, path: str, people: int = PEOPLE) -> Counter[int]:
    """The statuses of answers to so many browsers, without cookies, eight at a time.

    All but the first have the page already, where it says what it is by an ETag: being told so counts as a page, and
    takes the server little time.
    """
    first = server.get(path)
    tag = re.search(rb"\r\nETag: (.+)\r\n", first, re.IGNORECASE)
    fields = [f"If-None-Match: {tag[1].decode()}"] if tag else []
    with ThreadPoolExecutor(8) as pool:
        later = pool.map(lambda _number: status(server.get(path, *fields)), range(people - 1))
        return Counter([status(first), *later])


def are_served(counted: Counter[int], people: int = PEOPLE) -> bool:
    """Whether everybody got a page, or was told that it has not changed."""
    return set(counted) <= {200, 304} and counted.total() == people


@pytest.mark.slow
def test_nobody_in_a_hall_is_refused_and_a_flood_of_searches_is(code: tuple[str, HttpServer]) -> None:
    short_code, server = code
    for path in (f"/f/{short_code}", f"/f/{short_code}/now", "/", "/about", "/sign-in"):
        assert are_served(answers(server, path)), path
    # These take longest to write; that they are not counted among all pages is tried in `web/test_request_budgets`.
    for path in (SESSION, "/forum", f"{SESSION}.ics", "/suggest?q=flo"):
        assert are_served(answers(server, path, 20), 20), path

    flood = answers(server, "/search?q=nothing+like+this", PEOPLE // 2)
    assert set(flood) == {200, 304, 429}
    assert 50 <= flood[200] + flood[304] <= 100, "1,200 pages less those that the hall has read, each search for three"
    assert are_served(answers(server, SESSION, 20), 20), "the session goes on"
    assert are_served(answers(server, f"/f/{short_code}/now", 20), 20)
