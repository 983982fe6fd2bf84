"""The kinds of entry and the lists of terms, each with its model and its schema: the one place that lists them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from kb.core.i18n import gettext_noop

from ..models import Aim, Challenge, City, Goal, Initiative, Leader, Target, Technology, Vision
from .city import CitySchema
from .initiative import InitiativeSchema
from .kinds import EntryKind, Kind, TermKind
from .leader import LeaderSchema
from .schema import EntrySchema
from .terms import ChallengeSchema, TechnologySchema
from .vision import VisionSchema


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the form by which an entry is written: its code in addresses, and its label."""

    code: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDefinition:
    """A kind of entry. `title` names the field that it is called by, `folder` its pages' place in addresses.

    `summary` names the field that every page shows words of, `absent` is said of a slug that leads nowhere.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class TermDefinition:
    """A list of terms; editors may change those that have a schema. `key` and `order` are attributes of its model."""

    model: type[Any]
    key: str = "code"
    order: Sequence[str] = ("position",)
    schema: type[EntrySchema] | None = None
    absent: str


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
            Step("sources", gettext_noop("Sources")),
        ),
    ),
    EntryKind.CITY: EntryDefinition(
        model=City,
        schema=CitySchema,
        title="name",
        folder="cities",
        label=gettext_noop("City"),
        plural=gettext_noop("Cities"),
        absent=gettext_noop("There is no city here called %(given)s."),
        steps=(Step("city", gettext_noop("The city")), Step("challenges", gettext_noop("Its challenges"))),
    ),
    EntryKind.LEADER: EntryDefinition(
        model=Leader,
        schema=LeaderSchema,
        title="name",
        folder="leaders",
        label=gettext_noop("Leader"),
        plural=gettext_noop("Leaders"),
        absent=gettext_noop("There is no leader here called %(given)s."),
        steps=(Step("leader", gettext_noop("The leader")),),
    ),
    EntryKind.VISION: EntryDefinition(
        model=Vision,
        schema=VisionSchema,
        title="title",
        summary="gist",
        folder="visions",
        label=gettext_noop("Vision"),
        plural=gettext_noop("Visions"),
        absent=gettext_noop("There is no vision here called %(given)s."),
        steps=(Step("vision", gettext_noop("The vision")),),
    ),
}

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
    """What the registry says of a kind."""
    return ENTRIES[EntryKind(kind)] if kind in ENTRIES else TERMS[TermKind(kind)]
