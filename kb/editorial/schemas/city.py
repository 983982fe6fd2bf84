"""A city as a form, an import or an interface sends it; coordinates and population come from its place."""

from typing import ClassVar

from kb.catalogue.terms import CHALLENGE_STATUSES, SEVERITIES
from kb.words import marked

from .entry import SOURCE_LABELS, EntrySchema, Rows, SourceRow
from .fields import Code, Term, Text, Web, Whole, rows_of


class ChallengeRow(Rows):
    """A challenge that the city has named; severity and status where the source tells."""

    challenge = Term()
    severity = Code(SEVERITIES)
    status = Code(CHALLENGE_STATUSES)
    source = Web()


class CitySchema(EntrySchema):
    """Everything of a city but its slug; `place` is the GeoNames id of its place in the gazetteer."""

    name = Text(300)
    place = Whole(1, 2**62)
    leader_title = Text(200)
    website = Web()
    challenges = rows_of(ChallengeRow)
    sources = rows_of(SourceRow)

    labels: ClassVar = {
        "name": marked("Name"),
        "place": marked("Place in the gazetteer"),
        "leader_title": marked("Title of its leader"),
        "website": marked("Website"),
        "challenges": marked("Challenges"),
        "challenges.challenge": marked("Challenge"),
        "challenges.severity": marked("How far the target is met"),
        "challenges.status": marked("Facing or solved"),
        "challenges.source": marked("Source"),
        "sources": marked("Sources"),
        **{f"sources.{name}": label for name, label in SOURCE_LABELS.items()},
    }
    needed: ClassVar = {
        "name": marked("A city needs a name."),
        "place": marked("Choose the place that it is."),
        "challenges.challenge": marked("Choose the challenge, or take this row out."),
        "sources.url": marked("Give the address of the source, or take this row out."),
    }
    references: ClassVar = {"place": "place", "challenges.challenge": "challenge"}
