"""Answers that the pages of accounts, of administrators and of readers share: all data of a person as a file."""

from collections.abc import Iterator

from flask import Response

from kb.core.db import Database
from kb.privacy.export import as_json
from kb.privacy.person import Person, person_by_address

from ..core import context
from ..core.formatting import today
from ..core.headers import as_attachment


def data_file(address: str, *, with_account: bool = True) -> Response:
    """All that is kept under an address as a JSON file, written while it is read."""
    pieces = _pieces(context.database(), address, with_account)
    response = Response(pieces, mimetype="application/json")
    return as_attachment(response, f"citypeers-personal-data-{today().isoformat()}.json")


def _pieces(database: Database, address: str, with_account: bool) -> Iterator[str]:
    with database.snapshot() as session:
        person = person_by_address(session, address)
        yield from as_json(session, person if with_account else Person(person.address, None))
