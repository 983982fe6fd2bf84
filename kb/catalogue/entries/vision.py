"""The declaration of a vision: everything but its slug."""

from kb.core.i18n import gettext_noop as _

from .fields import CityReference, Language, Text, Year
from .initiative_rows import GoalRow
from .lists import Links, Sources
from .metadata import Input, Weight
from .schema import EntrySchema, SourceRow


class VisionSchema(EntrySchema):
    """A city's strategy."""

    title = Text(
        _("Title"),
        300,
        input=Input(step="vision", hint=_("As the strategy calls itself.")),
        needed=_("A vision needs a title."),
        search=Weight.TITLE,
    )
    city = CityReference(
        _("City"),
        input=Input(step="vision"),
        needed=_("A vision needs a city."),
        search=Weight.TEXT,
    )
    adopted_year = Year(_("Adopted in"), input=Input(step="vision", line="when"))
    horizon_year = Year(_("Looks ahead to"), not_before="adopted_year", input=Input(step="vision", line="when"))
    gist = Text(
        _("Gist"),
        lines=True,
        input=Input(step="vision", label=_("What it says"), hint=_("A few sentences, in your own words.")),
        needed=_("Say in a sentence or two what it is about."),
        search=Weight.PASSAGE,
    )
    language = Language(
        _("Language"),
        input=Input(
            step="vision",
            label=_("Language of the texts"),
            hint=_("A code, such as en, es or pt-BR."),
            most=35,
        ),
    )
    goals = Links(
        _("Goals"),
        GoalRow,
        17,
        order=lambda row: row["goal"] or 0,
        input=Input(step="vision", label=_("Goals it works for")),
        search=Weight.TEXT,
    )
    sources = Sources(
        _("Sources"),
        SourceRow,
        input=Input(step="vision", label=_("Source"), add=_("Add a source")),
        needed=_("Name at least one source."),
    )
