"""Numbers of rows in addresses: one that no row can have leads nowhere, and never as far as the database."""

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

from kb.columns import LARGEST_ID


class Number(IntegerConverter):
    """`<int:key>` in the address of a view, from 0 to the largest id."""

    def __init__(self, url_map: Map, **settings: Any) -> None:
        super().__init__(url_map, **{"max": LARGEST_ID, **settings})


def register(app: Flask) -> None:
    """Let every `int` of an address be such a number."""
    app.url_map.converters["int"] = Number
