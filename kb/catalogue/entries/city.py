"""The declaration of a city: everything but its slug; coordinates and population come from its place."""

from kb.core.i18n import gettext_noop as _

from ..choices import CHALLENGE_STATUSES, SEVERITIES
from .fields import Code, Language, PlaceId, SourceLink, Term, Text, Web
from .kinds import TermKind
from .lists import Rows, Sources
from .metadata import Input, Weight
from .schema import WHERE_IT_SAYS_SO, EntrySchema, RowSchema, SourceRow


class ChallengeRow(RowSchema):
    """A challenge that the city has named; severity and status where the source tells."""

    challenge = Term(
        _("Challenge"),
        TermKind.CHALLENGE,
        stored="challenge_code",
        input=Input(line="challenge", control="choice"),
        needed=_("Choose the challenge, or take this row out."),
        search=Weight.PASSAGE,
    )
    severity = Code(_("How far the target is met"), SEVERITIES, input=Input(line="challenge"))
    status = Code(
        _("Facing or solved"),
        CHALLENGE_STATUSES,
        input=Input(label=_("Facing it or solved"), line="challenge"),
    )
    source = SourceLink(_("Source"), input=WHERE_IT_SAYS_SO)


class CitySchema(EntrySchema):
    """A city that has a page."""

    place = PlaceId(
        _("Place in the gazetteer"),
        names="name",
        stored="place_id",
        input=Input(step="city"),
        needed=_("Choose the place that it is."),
        search=Weight.TEXT,
    )
    name = Text(
        _("Name"),
        300,
        input=Input(step="city", hint=_("As the city writes it itself.")),
        needed=_("A city needs a name."),
        search=Weight.TITLE,
    )
    leader_title = Text(
        _("Title of its leader"),
        200,
        input=Input(step="city", hint=_("For example: Mayor, Governor, Chief Executive")),
    )
    website = Web(_("Website"), input=Input(step="city", hint=_("Begins with https:// or http://")))
    language = Language(
        _("Language"),
        input=Input(
            step="city",
            label=_("Language of the texts"),
            hint=_("A code, such as en, es or pt-BR."),
            most=35,
        ),
    )
    challenges = Rows(
        _("Challenges"),
        ChallengeRow,
        key=("challenge",),
        unique=True,
        input=Input(
            step="challenges",
            label=_("Challenge"),
            hint=_("What the city itself has named as a challenge, and whether it is still facing it."),
            add=_("Add a challenge"),
        ),
        search=Weight.PASSAGE,
    )
    sources = Sources(
        _("Sources"),
        SourceRow,
        input=Input(step="challenges", label=_("Source"), add=_("Add a source")),
    )
