"""A vision as a form, an import or an interface sends it."""

from typing import ClassVar

from kb.words import marked

from .entry import SOURCE_LABELS, EntrySchema, SourceRow
from .fields import CityReference, Text, Year, rows_of
from .initiative import PROSE, GoalRow


class VisionSchema(EntrySchema):
    """Everything of a vision but its slug."""

    title = Text(300)
    city = CityReference()
    adopted_year = Year()
    horizon_year = Year()
    gist = Text(PROSE, lines=True)
    goals = rows_of(GoalRow, 17)
    sources = rows_of(SourceRow)

    labels: ClassVar = {
        "title": marked("Title"),
        "city": marked("City"),
        "adopted_year": marked("Adopted in"),
        "horizon_year": marked("Looks ahead to"),
        "gist": marked("Gist"),
        "goals": marked("Goals"),
        "goals.goal": marked("Goal"),
        "goals.origin": marked("Who linked it"),
        "sources": marked("Sources"),
        **{f"sources.{name}": label for name, label in SOURCE_LABELS.items()},
    }
    needed: ClassVar = {
        "title": marked("A vision needs a title."),
        "city": marked("A vision needs a city."),
        "gist": marked("Say in a sentence or two what it is about."),
        "sources": marked("Name at least one source."),
        "goals.goal": marked("Choose the goal, or take this row out."),
        "sources.url": marked("Give the address of the source, or take this row out."),
    }
    references: ClassVar = {"city": "city", "goals.goal": "goal"}
