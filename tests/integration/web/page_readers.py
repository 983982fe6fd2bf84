"""Reading pages as the tests need it."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event


def jsonld_of(text: str) -> dict[str, Any]:
    """The page's JSON-LD, parsed as a browser would read it: up to the first end of a script element."""
    match = re.search(r'<script type="application/ld\+json"[^>]*>(.*?)</script', text, re.DOTALL)
    assert match, "the page has no JSON-LD"
    return json.loads(match[1])


def paths_of(sitemap: str) -> list[str]:
    """The paths that a sitemap lists."""
    return [urlsplit(address).path for address in re.findall(r"<loc>(.*?)</loc>", sitemap)]


def sitemap_of(client: FlaskClient) -> list[str]:
    """The paths of all the sitemaps that the sitemap's index names."""
    sitemaps = paths_of(client.get("/sitemap.xml").text)
    return [path for sitemap in sitemaps for path in paths_of(client.get(sitemap).text)]


def words_of(text: str) -> str:
    """The main part of a page without its tags, white space joined."""
    main = text[text.index("<main") : text.index("</main>")]
    return re.sub(r"[ \t\n]+", " ", re.sub(r"<[^>]+>", " ", main)).strip()


@contextmanager
def counted_queries(app: Flask) -> Iterator[list[str]]:
    """What the application asks of the catalogue while the block lasts.

    Left out: BEGIN, and what asks for the database's name: the search's look, every tenth of a second, whether the
    index belongs to it, and the position of the change log, which every answer with an ETag asks for first.
    """
    statements: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        if statement != "BEGIN" and "catalogue_identity" not in statement:
            statements.append(statement)

    engine = app.extensions["kb_database"].engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def canonical_of(text: str) -> str:
    """The address that the page wants to be known by."""
    match = re.search(r'<link\s+rel="canonical"\s+href="([^"]+)"', text)
    assert match, "the page has no canonical link"
    return match[1]
