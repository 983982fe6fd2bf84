"""The declarations of challenges and technologies, the lists that editors may add to; a code never changes."""

from kb.core.i18n import gettext_noop

from ..choices import DIMENSIONS, TECHNOLOGY_GROUPS
from .fields import Code, Slug, Text
from .kinds import TermKind
from .lists import Codes, Terms
from .metadata import Input
from .schema import EntrySchema


class TermSchema(EntrySchema):
    """What both have."""

    code = Slug(
        gettext_noop("Code"),
        input=Input(hint=gettext_noop("Letters and hyphens, as in “air-quality”. It never changes.")),
        needed=gettext_noop("A term needs a code."),
    )
    label = Text(gettext_noop("Label"), 300, needed=gettext_noop("A term needs a label."))
    gist = Text(
        gettext_noop("In a sentence"),
        1_000,
        input=Input(control="text", size=2),
        needed=gettext_noop("Say in a sentence what it means."),
    )


class ChallengeSchema(TermSchema):
    """A challenge, in one dimension, serving some of the aims of goal 11, in some categories of U4SSC."""

    dimension = Code(gettext_noop("Dimension"), DIMENSIONS, needed=gettext_noop("Choose the dimension."))
    aims = Terms(gettext_noop("Aims"), TermKind.AIM, input=Input(label=gettext_noop("Aims that it serves")))
    categories = Codes(
        gettext_noop("U4SSC categories"),
        Text("", 100),
        "label",
        input=Input(hint=gettext_noop("One on each line."), control="lines"),
    )


class TechnologySchema(TermSchema):
    """A technology, in one group."""

    group = Code(gettext_noop("Group"), TECHNOLOGY_GROUPS, needed=gettext_noop("Choose the group."))
