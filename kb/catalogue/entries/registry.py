"""The kinds of entry and the lists of terms, each with its model and its schema: the one place that lists them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from kb.core.i18n import gettext_noop
from kb.core.text import clean_line

from ..choices import DIMENSIONS, TECHNOLOGY_GROUPS
from ..models import (
    Aim,
    Challenge,
    City,
    CityChallenge,
    Goal,
    Initiative,
    Leader,
    LeaderTerm,
    Target,
    Technology,
    Vision,
)
from .city import CitySchema, LeaderSchema, VisionSchema
from .fields import Code, Slug, Text
from .initiative import InitiativeSchema
from .kinds import EntryKind, Kind, TermKind
from .lists import Codes, Terms
from .metadata import Input
from .schema import EntrySchema

_COMMAS = re.compile("[,;\r\n\u060c\u061b\u3001\uff0c\uff1b]")


class Words(Text):
    """Words with commas between them, each once; ends of lines, semicolons and commas of other scripts are read too."""

    def _read(self, value: Any) -> Any:
        if isinstance(value, str):
            value = ", ".join(dict.fromkeys(filter(None, map(clean_line, _COMMAS.split(value)))))
        return super()._read(value)


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
    synonyms = Words(
        gettext_noop("Other words for it"),
        1_000,
        input=Input(
            hint=gettext_noop(
                "With commas between them, as in “floods, waterlogging”. A search for one of them shows a link to this"
                " term."
            ),
            control="text",
            size=2,
        ),
    )


class ChallengeSchema(TermSchema):
    """A challenge, in one dimension, serving some of the aims of goal 11, in some categories of U4SSC."""

    dimension = Code(gettext_noop("Dimension"), DIMENSIONS, needed=gettext_noop("Choose the dimension."))
    aims = Terms(gettext_noop("Aims"), TermKind.AIM, input=Input(label=gettext_noop("Aims")))
    categories = Codes(
        gettext_noop("U4SSC categories"),
        Text("", 100),
        "label",
        input=Input(hint=gettext_noop("One on each line."), control="lines"),
    )


class TechnologySchema(TermSchema):
    """A technology, in one group."""

    group = Code(gettext_noop("Group"), TECHNOLOGY_GROUPS, needed=gettext_noop("Choose the group."))


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the form by which an entry is written: its code in addresses, and its label."""

    code: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDefinition:
    """A kind of entry. `title` names the field that it is called by, `folder` its pages' place in addresses.

    `summary` names the field that every page shows words of, `absent` is the message for a slug that leads nowhere.
    `incomplete` and `unsourced` are the conditions of the worklists: what an entry lacks besides what publishing needs,
    and without a page that supports it.
    """

    model: type[Initiative | City | Leader | Vision]
    schema: type[EntrySchema]
    title: str
    summary: str | None = None
    folder: str
    label: str
    plural: str
    absent: str
    steps: Sequence[Step]
    incomplete: Callable[[], ColumnElement[bool]]
    unsourced: Callable[[], ColumnElement[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermDefinition:
    """A list of terms; editors may change those that have a schema. `key` and `order` are attributes of its model."""

    model: type[Any]
    key: str = "code"
    order: Sequence[str] = ("position",)
    schema: type[EntrySchema] | None = None
    absent: str


def _tells_too_little() -> ColumnElement[bool]:
    """Two or more of the texts that readers come for are missing."""
    texts = (Initiative.problem, Initiative.action, Initiative.results, Initiative.lessons)
    return or_(*(and_(text.is_(None), other.is_(None)) for text, other in combinations(texts, 2)))


ENTRIES: Mapping[EntryKind, EntryDefinition] = {
    EntryKind.INITIATIVE: EntryDefinition(
        model=Initiative,
        schema=InitiativeSchema,
        title="title",
        summary="summary",
        folder="initiatives",
        label=gettext_noop("Initiative"),
        plural=gettext_noop("Initiatives"),
        absent=gettext_noop("There is no initiative here called %(given)s."),
        steps=(
            Step("what", gettext_noop("What and where")),
            Step("story", gettext_noop("What happened")),
            Step("aims", gettext_noop("Challenges and goals")),
            Step("figures", gettext_noop("Figures")),
            Step("people", gettext_noop("People")),
            Step("reuse", gettext_noop("For other cities")),
            Step("pictures", gettext_noop("Pictures")),
            Step("sources", gettext_noop("Sources")),
        ),
        incomplete=lambda: or_(
            ~Initiative.goals.any(), ~Initiative.challenges.any(), ~Initiative.places.any(), _tells_too_little()
        ),
        unsourced=lambda: ~Initiative.citations.any(),
    ),
    EntryKind.CITY: EntryDefinition(
        model=City,
        schema=CitySchema,
        title="name",
        folder="cities",
        label=gettext_noop("City"),
        plural=gettext_noop("Cities"),
        absent=gettext_noop("There is no city here called %(given)s."),
        steps=(
            Step("city", gettext_noop("The city")),
            Step("challenges", gettext_noop("Its challenges")),
            Step("pictures", gettext_noop("Pictures")),
        ),
        incomplete=lambda: ~City.challenges.any(),
        unsourced=lambda: and_(~City.sources.any(), City.challenges.any(CityChallenge.source_id.is_(None))),
    ),
    EntryKind.LEADER: EntryDefinition(
        model=Leader,
        schema=LeaderSchema,
        title="name",
        folder="leaders",
        label=gettext_noop("Leader"),
        plural=gettext_noop("Leaders"),
        absent=gettext_noop("There is no leader here called %(given)s."),
        steps=(Step("leader", gettext_noop("The leader")), Step("pictures", gettext_noop("Pictures"))),
        incomplete=lambda: ~Leader.terms.any(),
        unsourced=lambda: Leader.terms.any(LeaderTerm.source_id.is_(None)),
    ),
    EntryKind.VISION: EntryDefinition(
        model=Vision,
        schema=VisionSchema,
        title="title",
        summary="gist",
        folder="visions",
        label=gettext_noop("Strategy"),
        plural=gettext_noop("Strategies"),
        absent=gettext_noop("There is no strategy here called %(given)s."),
        steps=(Step("vision", gettext_noop("The strategy")), Step("pictures", gettext_noop("Pictures"))),
        incomplete=lambda: ~Vision.goals.any(),
        unsourced=lambda: ~Vision.sources.any(),
    ),
}

KIND_OF: Mapping[type[Any], EntryKind] = {definition.model: kind for kind, definition in ENTRIES.items()}
"""The kind of each model."""

KIND_OF_FOLDER = {definition.folder: kind for kind, definition in ENTRIES.items()}
"""The kind of the entries whose pages are under each first part of a path."""

KIND_LABELS = {str(kind): definition.label for kind, definition in ENTRIES.items()}
KIND_PLURALS = {str(kind): definition.plural for kind, definition in ENTRIES.items()}

TERMS: Mapping[TermKind, TermDefinition] = {
    TermKind.CHALLENGE: TermDefinition(
        model=Challenge, schema=ChallengeSchema, absent=gettext_noop("There is no challenge called %(given)s.")
    ),
    TermKind.TECHNOLOGY: TermDefinition(
        model=Technology, schema=TechnologySchema, absent=gettext_noop("There is no technology called %(given)s.")
    ),
    TermKind.GOAL: TermDefinition(
        model=Goal, key="number", order=("number",), absent=gettext_noop("There is no goal %(given)s.")
    ),
    TermKind.TARGET: TermDefinition(
        model=Target, order=("goal_number", "position"), absent=gettext_noop("There is no target %(given)s.")
    ),
    TermKind.AIM: TermDefinition(model=Aim, absent=gettext_noop("There is no aim called %(given)s.")),
}


@cache
def schema_of(kind: Kind) -> EntrySchema:
    """The schema of a kind of entry, or of a list of terms that has one; made once, since copying fields is slow."""
    schema = definition_of(kind).schema
    if schema is None:
        raise LookupError(f"there is no declaration of {kind}")
    return schema()


def definition_of(kind: Kind) -> EntryDefinition | TermDefinition:
    """The definition of a kind."""
    return ENTRIES[EntryKind(kind)] if kind in ENTRIES else TERMS[TermKind(kind)]
