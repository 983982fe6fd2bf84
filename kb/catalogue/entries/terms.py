"""The declarations of challenges and technologies, the lists that editors may add to; a code never changes."""

from kb.words import marked

from ..terms import DIMENSIONS, TECHNOLOGY_GROUPS
from .fields import Code, Slug, Text
from .kinds import TermKind
from .lists import Codes, Terms
from .metadata import Input
from .schema import EntrySchema


class TermSchema(EntrySchema):
    """What both have."""

    code = Slug(
        marked("Code"),
        input=Input(hint=marked("Letters and hyphens, as in “air-quality”. It never changes.")),
        needed=marked("A term needs a code."),
    )
    label = Text(marked("Label"), 300, needed=marked("A term needs a label."))
    gist = Text(
        marked("In a sentence"),
        1_000,
        input=Input(control="text", size=2),
        needed=marked("Say in a sentence what it means."),
    )


class ChallengeSchema(TermSchema):
    """A challenge, in one dimension, serving some of the aims of goal 11, in some categories of U4SSC."""

    dimension = Code(marked("Dimension"), DIMENSIONS, needed=marked("Choose the dimension."))
    aims = Terms(marked("Aims"), TermKind.AIM, input=Input(label=marked("Aims that it serves")))
    categories = Codes(
        marked("U4SSC categories"),
        Text("", 100),
        "label",
        input=Input(hint=marked("One on each line."), control="lines"),
    )


class TechnologySchema(TermSchema):
    """A technology, in one group."""

    group = Code(marked("Group"), TECHNOLOGY_GROUPS, needed=marked("Choose the group."))
