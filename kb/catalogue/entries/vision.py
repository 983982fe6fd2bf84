"""The declaration of a vision: everything but its slug."""

from kb.words import marked

from .fields import CityReference, Language, Text, Year
from .initiative_rows import GoalRow
from .lists import Links, Sources
from .metadata import Input, Weight
from .schema import EntrySchema, SourceRow


class VisionSchema(EntrySchema):
    """A city's strategy."""

    title = Text(
        marked("Title"),
        300,
        input=Input(step="vision", hint=marked("As the strategy calls itself.")),
        needed=marked("A vision needs a title."),
        search=Weight.TITLE,
    )
    city = CityReference(
        marked("City"),
        input=Input(step="vision"),
        needed=marked("A vision needs a city."),
        search=Weight.TEXT,
    )
    adopted_year = Year(marked("Adopted in"), input=Input(step="vision", line="when"))
    horizon_year = Year(marked("Looks ahead to"), not_before="adopted_year", input=Input(step="vision", line="when"))
    gist = Text(
        marked("Gist"),
        lines=True,
        input=Input(step="vision", label=marked("What it says"), hint=marked("A few sentences, in your own words.")),
        needed=marked("Say in a sentence or two what it is about."),
        search=Weight.PASSAGE,
    )
    language = Language(
        marked("Language"),
        input=Input(
            step="vision",
            label=marked("Language of the texts"),
            hint=marked("A code, such as en, es or pt-BR."),
            most=35,
        ),
    )
    goals = Links(
        marked("Goals"),
        GoalRow,
        17,
        order=lambda row: row["goal"] or 0,
        input=Input(step="vision", label=marked("Goals it works for")),
        search=Weight.TEXT,
    )
    sources = Sources(
        marked("Sources"),
        SourceRow,
        input=Input(step="vision", label=marked("Source"), add=marked("Add a source")),
        needed=marked("Name at least one source."),
    )
