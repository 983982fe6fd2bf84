"""Challenges and technologies, the lists that editors may add to; a code never changes."""

from typing import ClassVar

from kb.catalogue.terms import DIMENSIONS, TECHNOLOGY_GROUPS
from kb.words import marked

from .entry import EntrySchema
from .fields import Code, Several, Slug, Term, Text


class TermSchema(EntrySchema):
    """What both have."""

    code = Slug()
    label = Text(300)
    gist = Text(1_000)

    labels: ClassVar = {"code": marked("Code"), "label": marked("Label"), "gist": marked("In a sentence")}
    needed: ClassVar = {
        "code": marked("A term needs a code."),
        "label": marked("A term needs a label."),
        "gist": marked("Say in a sentence what it means."),
    }


class ChallengeSchema(TermSchema):
    """A challenge, in one dimension, serving some of the aims of goal 11, in some categories of U4SSC."""

    dimension = Code(DIMENSIONS)
    aims = Several(Term())
    categories = Several(Text(100))

    labels: ClassVar = {
        **TermSchema.labels,
        "dimension": marked("Dimension"),
        "aims": marked("Aims"),
        "categories": marked("U4SSC categories"),
    }
    needed: ClassVar = {**TermSchema.needed, "dimension": marked("Choose the dimension.")}
    references: ClassVar = {"aims": "aim"}


class TechnologySchema(TermSchema):
    """A technology, in one group."""

    group = Code(TECHNOLOGY_GROUPS)

    labels: ClassVar = {**TermSchema.labels, "group": marked("Group")}
    needed: ClassVar = {**TermSchema.needed, "group": marked("Choose the group.")}
