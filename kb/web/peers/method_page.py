"""The example on the page of the method: two places that an address names, or two that are always there."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from kb.catalogue import queries
from kb.core.errors import NotFound
from kb.core.i18n import Message, gettext_noop
from kb.peers.method import Example, worked_example

from ..core import context

USUAL = ("surat", "dar-es-salaam")
"""Slugs of the cities of the example, unless others are asked for."""

_NO_SUCH_PAIR = gettext_noop("There are no two such places: the usual example is shown.")


def example_for(session: Session, address: Mapping[str, str]) -> tuple[Example | None, tuple[Message, ...]]:
    """Work out the example for `place` and `other`, numbers of places, or the usual one; None in an empty catalogue."""
    table = context.peers().table
    notes: tuple[Message, ...] = ()
    if address.get("place") or address.get("other"):
        try:
            place, other = (int(address.get(name, "")) for name in ("place", "other"))
            return worked_example(session, table, place, other), notes
        except (ValueError, OverflowError, NotFound):
            notes = (Message(_NO_SUCH_PAIR),)
    try:
        place, other = (queries.place_of_city(session, slug) for slug in USUAL)
        return worked_example(session, table, place, other), notes
    except NotFound:
        return None, notes
