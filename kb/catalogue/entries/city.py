"""The declaration of a city: everything but its slug; coordinates and population come from its place."""

from kb.words import marked

from ..terms import CHALLENGE_STATUSES, SEVERITIES
from .fields import Code, Language, PlaceId, SourceLink, Term, Text, Web
from .kinds import TermKind
from .lists import Rows, Sources
from .metadata import Input, Weight
from .schema import WHERE_IT_SAYS_SO, EntrySchema, RowSchema, SourceRow


class ChallengeRow(RowSchema):
    """A challenge that the city has named; severity and status where the source tells."""

    challenge = Term(
        marked("Challenge"),
        TermKind.CHALLENGE,
        stored="challenge_code",
        input=Input(line="challenge", control="choice"),
        needed=marked("Choose the challenge, or take this row out."),
        search=Weight.PASSAGE,
    )
    severity = Code(marked("How far the target is met"), SEVERITIES, input=Input(line="challenge"))
    status = Code(
        marked("Facing or solved"),
        CHALLENGE_STATUSES,
        input=Input(label=marked("Facing it or solved"), line="challenge"),
    )
    source = SourceLink(marked("Source"), input=WHERE_IT_SAYS_SO)


class CitySchema(EntrySchema):
    """A city that has a page."""

    place = PlaceId(
        marked("Place in the gazetteer"),
        names="name",
        stored="place_id",
        input=Input(step="city"),
        needed=marked("Choose the place that it is."),
        search=Weight.TEXT,
    )
    name = Text(
        marked("Name"),
        300,
        input=Input(step="city", hint=marked("As the city writes it itself.")),
        needed=marked("A city needs a name."),
        search=Weight.TITLE,
    )
    leader_title = Text(
        marked("Title of its leader"),
        200,
        input=Input(step="city", hint=marked("For example: Mayor, Governor, Chief Executive")),
    )
    website = Web(marked("Website"), input=Input(step="city", hint=marked("Begins with https:// or http://")))
    language = Language(
        marked("Language"),
        input=Input(
            step="city", label=marked("Language of the texts"), hint=marked("A code, such as en, es or pt-BR."), most=35
        ),
    )
    challenges = Rows(
        marked("Challenges"),
        ChallengeRow,
        key=("challenge",),
        unique=True,
        input=Input(
            step="challenges",
            label=marked("Challenge"),
            hint=marked("What the city itself has named as a challenge, and whether it is still facing it."),
            add=marked("Add a challenge"),
        ),
        search=Weight.PASSAGE,
    )
    sources = Sources(
        marked("Sources"),
        SourceRow,
        input=Input(step="challenges", label=marked("Source"), add=marked("Add a source")),
    )
