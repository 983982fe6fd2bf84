"""A leader, with terms of office, as a form, an import or an interface sends it."""

from typing import ClassVar

from kb.words import marked

from .entry import EntrySchema, Rows
from .fields import CityReference, Text, Web, Year, rows_of


class TermRow(Rows):
    """A time in office; a last year that is unknown may also mean that the leader is still in office."""

    city = CityReference()
    title = Text(200)
    start_year = Year()
    end_year = Year()
    source = Web()


class LeaderSchema(EntrySchema):
    """Everything of a leader but the slug."""

    name = Text(300)
    terms = rows_of(TermRow)

    labels: ClassVar = {
        "name": marked("Name"),
        "terms": marked("Terms of office"),
        "terms.city": marked("City"),
        "terms.title": marked("Title"),
        "terms.start_year": marked("First year"),
        "terms.end_year": marked("Last year"),
        "terms.source": marked("Source"),
    }
    needed: ClassVar = {
        "name": marked("A leader needs a name."),
        "terms": marked("Name at least one term of office."),
        "terms.city": marked("Choose the city, or take this row out."),
        "terms.title": marked("Give the title of the office, or take this row out."),
    }
    references: ClassVar = {"terms.city": "city"}
