"""The declaration of a vision: everything but its slug."""

from kb.core.i18n import gettext_noop

from .fields import CityReference, Language, Text, Year
from .initiative_rows import GoalRow
from .lists import Links, Sources
from .metadata import Input, Weight
from .schema import EntrySchema, SourceRow


class VisionSchema(EntrySchema):
    """A city's strategy."""

    title = Text(
        gettext_noop("Title"),
        300,
        input=Input(step="vision", hint=gettext_noop("As the strategy calls itself.")),
        needed=gettext_noop("A vision needs a title."),
        search=Weight.TITLE,
    )
    city = CityReference(
        gettext_noop("City"),
        input=Input(step="vision"),
        needed=gettext_noop("A vision needs a city."),
        search=Weight.TEXT,
    )
    adopted_year = Year(gettext_noop("Adopted in"), input=Input(step="vision", line="when"))
    horizon_year = Year(
        gettext_noop("Looks ahead to"), not_before="adopted_year", input=Input(step="vision", line="when")
    )
    gist = Text(
        gettext_noop("Gist"),
        lines=True,
        input=Input(
            step="vision", label=gettext_noop("What it says"), hint=gettext_noop("A few sentences, in your own words.")
        ),
        needed=gettext_noop("Say in a sentence or two what it is about."),
        search=Weight.PASSAGE,
    )
    language = Language(
        gettext_noop("Language"),
        input=Input(
            step="vision",
            label=gettext_noop("Language of the texts"),
            hint=gettext_noop("A code, such as en, es or pt-BR."),
            most=35,
        ),
    )
    goals = Links(
        gettext_noop("Goals"),
        GoalRow,
        17,
        order=lambda row: row["goal"] or 0,
        input=Input(step="vision", label=gettext_noop("Goals it works for")),
        search=Weight.TEXT,
    )
    sources = Sources(
        gettext_noop("Sources"),
        SourceRow,
        input=Input(step="vision", label=gettext_noop("Source"), add=gettext_noop("Add a source")),
        needed=gettext_noop("Name at least one source."),
    )
