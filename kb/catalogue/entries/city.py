"""The declarations of a city, which takes its coordinates from its place, and of its leaders and visions."""

from kb.core.i18n import gettext_noop as _

from ..choices import CHALLENGE_STATUSES, SEVERITIES
from .fields import CityReference, Code, Day, Language, PlaceId, SourceLink, Term, Text, Web, Year, YesNo
from .initiative_rows import GoalRow
from .kinds import TermKind
from .lists import Links, Rows, Sources
from .metadata import Input, Weight
from .pictures import Pictures
from .schema import SOURCE_INPUT, EntrySchema, RowSchema, SourceRow


class ChallengeRow(RowSchema):
    """A challenge that the city has named; severity and status where the source has them."""

    challenge = Term(
        _("Challenge"),
        TermKind.CHALLENGE,
        codebook=_("The challenge."),
        stored="challenge_code",
        input=Input(line="challenge", control="choice"),
        needed=_("Choose the challenge, or remove this row."),
        search=Weight.PASSAGE,
    )
    severity = Code(
        _("How serious it is"),
        SEVERITIES,
        input=Input(line="challenge"),
        codebook=_("How much of the target the city has met, where a source says so."),
    )
    status = Code(
        _("Still a challenge, or solved"),
        CHALLENGE_STATUSES,
        codebook=_("Whether the city still faces it, where a source says so."),
        input=Input(label=_("Still a challenge, or solved"), line="challenge"),
    )
    source = SourceLink(
        _("Source"), input=SOURCE_INPUT, codebook=_("The address of the page or document that says so.")
    )


class CitySchema(EntrySchema):
    """A city that has a page."""

    place = PlaceId(
        _("Place in the list of places"),
        codebook=_("The number of its place in GeoNames."),
        names="name",
        stored="place_id",
        input=Input(step="city"),
        needed=_("Choose the place."),
        search=Weight.TEXT,
    )
    name = Text(
        _("Name"),
        300,
        codebook=_("The name, as the city itself writes it."),
        input=Input(step="city", hint=_("As the city itself writes it.")),
        needed=_("A city needs a name."),
        search=Weight.TITLE,
    )
    leader_title = Text(
        _("Title of its leader"),
        200,
        codebook=_("The title of the leader of this city, such as Mayor."),
        input=Input(step="city", hint=_("For example: Mayor, Governor, Chief Executive")),
    )
    website = Web(
        _("Website"),
        input=Input(step="city", hint=_("Begins with https:// or http://")),
        codebook=_("The city’s own website."),
    )
    language = Language(step="city")
    challenges = Rows(
        _("Challenges"),
        ChallengeRow,
        codebook=_("Challenges that the city itself has named."),
        key=("challenge",),
        unique=True,
        input=Input(
            step="challenges",
            label=_("Challenge"),
            hint=_("Challenges that the city itself has named, and whether it still faces them."),
            add=_("Add a challenge"),
        ),
        search=Weight.PASSAGE,
    )
    pictures = Pictures()
    sources = Sources(
        _("Sources"),
        SourceRow,
        input=Input(step="challenges", label=_("Source"), add=_("Add a source")),
    )


class TermRow(RowSchema):
    """A time in office: over, still held on a day that a source gives, or with an end that nobody knows."""

    city = CityReference(
        _("City"),
        needed=_("Choose the city, or remove this row."),
        search=Weight.PASSAGE,
        codebook=_("The city, by the name in addresses."),
    )
    title = Text(
        _("Title"),
        200,
        codebook=_("The title of the office."),
        input=Input(label=_("Office"), hint=_("For example: Mayor"), line="term"),
        needed=_("Give the title of the office, or remove this row."),
        search=Weight.PASSAGE,
    )
    start_year = Year(
        _("First year in office"),
        input=Input(label=_("From"), hint=_("A year, such as 2021"), line="term"),
        codebook=_("The calendar year in which the term began."),
    )
    end_year = Year(
        _("Last year in office"),
        not_before="start_year",
        input=Input(label=_("To"), hint=_("A year"), line="term"),
        codebook=_("The calendar year in which it ended; empty if it has not ended, or if nobody knows."),
    )
    in_office_on = Day(
        _("In office on"),
        input=Input(
            label=_("Still in office on"),
            hint=_("The last day on which a source shows the person in office."),
            line="end",
        ),
        codebook=_("The last day on which a source shows the person in office."),
    )
    end_source = SourceLink(
        _("Source of this"),
        input=Input(
            label=_("Source for the end or this day"),
            hint=_("Address of the page or document that says so"),
            line="end",
        ),
        codebook=_("The page or document that shows the person in office, or says when the term ended."),
    )
    note = Text(
        _("Note"),
        300,
        input=Input(label=_("Note"), hint=_("For example: Re-elected in 2023.")),
        codebook=_("What else is known of the term, such as when the person was re-elected."),
    )
    leads_no_city = YesNo(
        _("Does not lead the city"),
        default=False,
        input=Input(
            label=_("This office does not lead the city (a minister, a ruler, the head of a company)"), control="tick"
        ),
        codebook=_(
            "True for an office that does not lead the city, such as that of a minister or of a company’s head."
        ),
    )
    source = SourceLink(
        _("Source"), input=SOURCE_INPUT, codebook=_("The address of the page or document that says so.")
    )


class LeaderSchema(EntrySchema):
    """A person who led a city, or stood for what it did in another office."""

    name = Text(
        _("Name"),
        300,
        codebook=_("The name of the person."),
        input=Input(step="leader"),
        needed=_("A leader needs a name."),
        search=Weight.TITLE,
    )
    language = Language(step="leader")
    terms = Rows(
        _("Terms of office"),
        TermRow,
        key=("city", "start_year"),
        order=lambda row: -row["start_year"] if isinstance(row["start_year"], int) else 0,
        input=Input(
            step="leader",
            label=_("Term of office"),
            hint=_("Leave the last year empty if the term has not ended, or if it is not known."),
            add=_("Add a term of office"),
        ),
        needed=_("Name at least one term of office."),
        search=Weight.PASSAGE,
    )
    pictures = Pictures()


class VisionSchema(EntrySchema):
    """A city's strategy."""

    title = Text(
        _("Title"),
        300,
        codebook=_("The title of the strategy itself."),
        input=Input(step="vision", hint=_("The title of the strategy itself.")),
        needed=_("A strategy needs a title."),
        search=Weight.TITLE,
    )
    city = CityReference(
        _("City"),
        codebook=_("The city, by the name in addresses."),
        input=Input(step="vision"),
        needed=_("A strategy needs a city."),
        search=Weight.TEXT,
    )
    adopted_year = Year(
        _("Adopted in"),
        input=Input(step="vision", line="when"),
        codebook=_("The calendar year in which it was adopted."),
    )
    horizon_year = Year(
        _("Target year"),
        not_before="adopted_year",
        input=Input(step="vision", line="when"),
        codebook=_("The year by which it should be reached."),
    )
    gist = Text(
        _("Summary"),
        codebook=_("What it is about."),
        lines=True,
        input=Input(step="vision", label=_("What it says"), hint=_("A few sentences, in your own words.")),
        needed=_("Say in a sentence or two what it is about."),
        search=Weight.PASSAGE,
    )
    language = Language(step="vision")
    goals = Links(
        _("Goals"),
        GoalRow,
        17,
        codebook=_("The Sustainable Development Goals that it works for, by number."),
        order=lambda row: row["goal"] or 0,
        input=Input(step="vision", label=_("Goals it works for")),
        search=Weight.TEXT,
    )
    pictures = Pictures()
    sources = Sources(
        _("Sources"),
        SourceRow,
        input=Input(step="vision", label=_("Source"), add=_("Add a source")),
        needed=_("Name at least one source."),
    )
