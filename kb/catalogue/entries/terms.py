"""The declarations of challenges and technologies, the lists that editors may add to; a code never changes."""

from kb.core.i18n import gettext_noop as _

from ..choices import DIMENSIONS, TECHNOLOGY_GROUPS
from .fields import Code, Slug, Text
from .kinds import TermKind
from .lists import Codes, Terms
from .metadata import Input
from .schema import EntrySchema


class TermSchema(EntrySchema):
    """What both have."""

    code = Slug(
        _("Code"),
        input=Input(hint=_("Letters and hyphens, as in “air-quality”. It never changes.")),
        needed=_("A term needs a code."),
    )
    label = Text(_("Label"), 300, needed=_("A term needs a label."))
    gist = Text(
        _("In a sentence"),
        1_000,
        input=Input(control="text", size=2),
        needed=_("Say in a sentence what it means."),
    )


class ChallengeSchema(TermSchema):
    """A challenge, in one dimension, serving some of the aims of goal 11, in some categories of U4SSC."""

    dimension = Code(_("Dimension"), DIMENSIONS, needed=_("Choose the dimension."))
    aims = Terms(_("Aims"), TermKind.AIM, input=Input(label=_("Aims that it serves")))
    categories = Codes(
        _("U4SSC categories"),
        Text("", 100),
        "label",
        input=Input(hint=_("One on each line."), control="lines"),
    )


class TechnologySchema(TermSchema):
    """A technology, in one group."""

    group = Code(_("Group"), TECHNOLOGY_GROUPS, needed=_("Choose the group."))
