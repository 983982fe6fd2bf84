"""The declaration of a city: everything but its slug; coordinates and population come from its place."""

from kb.core.i18n import gettext_noop

from ..choices import CHALLENGE_STATUSES, SEVERITIES
from .fields import Code, Language, PlaceId, SourceLink, Term, Text, Web
from .kinds import TermKind
from .lists import Rows, Sources
from .metadata import Input, Weight
from .schema import WHERE_IT_SAYS_SO, EntrySchema, RowSchema, SourceRow


class ChallengeRow(RowSchema):
    """A challenge that the city has named; severity and status where the source tells."""

    challenge = Term(
        gettext_noop("Challenge"),
        TermKind.CHALLENGE,
        stored="challenge_code",
        input=Input(line="challenge", control="choice"),
        needed=gettext_noop("Choose the challenge, or take this row out."),
        search=Weight.PASSAGE,
    )
    severity = Code(gettext_noop("How far the target is met"), SEVERITIES, input=Input(line="challenge"))
    status = Code(
        gettext_noop("Facing or solved"),
        CHALLENGE_STATUSES,
        input=Input(label=gettext_noop("Facing it or solved"), line="challenge"),
    )
    source = SourceLink(gettext_noop("Source"), input=WHERE_IT_SAYS_SO)


class CitySchema(EntrySchema):
    """A city that has a page."""

    place = PlaceId(
        gettext_noop("Place in the gazetteer"),
        names="name",
        stored="place_id",
        input=Input(step="city"),
        needed=gettext_noop("Choose the place that it is."),
        search=Weight.TEXT,
    )
    name = Text(
        gettext_noop("Name"),
        300,
        input=Input(step="city", hint=gettext_noop("As the city writes it itself.")),
        needed=gettext_noop("A city needs a name."),
        search=Weight.TITLE,
    )
    leader_title = Text(
        gettext_noop("Title of its leader"),
        200,
        input=Input(step="city", hint=gettext_noop("For example: Mayor, Governor, Chief Executive")),
    )
    website = Web(
        gettext_noop("Website"), input=Input(step="city", hint=gettext_noop("Begins with https:// or http://"))
    )
    language = Language(
        gettext_noop("Language"),
        input=Input(
            step="city",
            label=gettext_noop("Language of the texts"),
            hint=gettext_noop("A code, such as en, es or pt-BR."),
            most=35,
        ),
    )
    challenges = Rows(
        gettext_noop("Challenges"),
        ChallengeRow,
        key=("challenge",),
        unique=True,
        input=Input(
            step="challenges",
            label=gettext_noop("Challenge"),
            hint=gettext_noop("What the city itself has named as a challenge, and whether it is still facing it."),
            add=gettext_noop("Add a challenge"),
        ),
        search=Weight.PASSAGE,
    )
    sources = Sources(
        gettext_noop("Sources"),
        SourceRow,
        input=Input(step="challenges", label=gettext_noop("Source"), add=gettext_noop("Add a source")),
    )
