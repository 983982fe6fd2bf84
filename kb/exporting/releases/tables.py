"""The tables of a release: those of the entries, those of the forum, and the lists that both refer to."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import select

from kb.catalogue.choices import DIMENSIONS, INCOME_GROUPS, TECHNOLOGY_GROUPS
from kb.catalogue.entries import ENTRIES, EntryKind, TermKind
from kb.catalogue.models import Aim, Challenge, ChallengeCategory, Country, Goal, Region, Target, Technology
from kb.catalogue.models.terms import challenge_aims
from kb.core.i18n import gettext_noop

from ..codebook import ColumnMeaning
from ..columns import Column, tables_of
from ..forum_tables import FORUM_TABLES
from .schemas import Field, Reference, ReleaseTable

_TERM_TABLES = {
    TermKind.CHALLENGE: "challenges",
    TermKind.TECHNOLOGY: "technologies",
    TermKind.GOAL: "goals",
    TermKind.TARGET: "targets",
    TermKind.AIM: "aims",
}
_REFERRED: Mapping[str, Reference] = {
    **{str(kind): (definition.folder, "slug") for kind, definition in ENTRIES.items()},
    **{str(kind): (name, "code") for kind, name in _TERM_TABLES.items()},
}
"""Which column the codes of a list or the slugs of a kind refer to."""


def tables_of_kind(kind: EntryKind) -> list[ReleaseTable]:
    """The tables of a kind of entry, that of its entries first."""
    main = ENTRIES[kind].folder
    return [
        ReleaseTable(
            name=main if table.field is None else f"{main}-{table.name}",
            label=table.label,
            fields=[field_of(column) for column in table.columns],
            key=("slug",) if table.field is None else (str(kind), "position"),
            table=table,
        )
        for table in tables_of(kind).values()
    ]


def field_of(column: Column) -> Field:
    """The field of a release that is a column of a table of entries."""
    refers = _REFERRED.get(column.refers) if column.type == "code" else None
    if column.name == "country_code":
        refers = ("countries", "code")
    return Field(
        name=column.name,
        label=column.label,
        explanation=column.explanation,
        type=column.type,
        values=column.values,
        refers=refers,
    )


_LABEL = Field(name="label", label=gettext_noop("Label"))
_GIST = Field(name="gist", label=gettext_noop("In a sentence"))
_SYNONYMS = Field(
    name="synonyms", label=gettext_noop("Other words for it"), explanation=gettext_noop("With commas between them.")
)


def _code(explanation: str) -> Field:
    return Field(name="code", label=gettext_noop("Code"), explanation=explanation, type="code")


_TERM = gettext_noop("It never changes.")

OTHER_TABLES: Sequence[ReleaseTable] = (
    ReleaseTable(
        name="goals",
        label=gettext_noop("Goals"),
        fields=(_code(gettext_noop("The number of the Sustainable Development Goal.")), _LABEL, _GIST),
        key=("code",),
        rows=select(Goal.number, Goal.label, Goal.gist).order_by(Goal.number),
    ),
    ReleaseTable(
        name="targets",
        label=gettext_noop("Targets"),
        fields=(
            _code(gettext_noop("As the United Nations write it.")),
            Field(name="goal", label=gettext_noop("Goal"), type="code", refers=("goals", "code")),
            _LABEL,
            _GIST,
        ),
        key=("code",),
        rows=select(Target.code, Target.goal_number, Target.label, Target.gist).order_by(
            Target.goal_number, Target.position
        ),
    ),
    ReleaseTable(
        name="aims",
        label=gettext_noop("Aims of goal 11"),
        fields=(_code(_TERM), _LABEL, _GIST),
        key=("code",),
        rows=select(Aim.code, Aim.label, Aim.gist).order_by(Aim.position),
    ),
    ReleaseTable(
        name="challenges",
        label=gettext_noop("Challenges"),
        fields=(
            _code(_TERM),
            _LABEL,
            _GIST,
            _SYNONYMS,
            Field(name="dimension", label=gettext_noop("Dimension"), type="code", values=DIMENSIONS),
        ),
        key=("code",),
        rows=select(Challenge.code, Challenge.label, Challenge.gist, Challenge.synonyms, Challenge.dimension).order_by(
            Challenge.position, Challenge.code
        ),
    ),
    ReleaseTable(
        name="challenges-aims",
        label=gettext_noop("Aims that challenges serve"),
        fields=(
            Field(name="challenge", label=gettext_noop("Challenge"), type="code", refers=("challenges", "code")),
            Field(name="aim", label=gettext_noop("Aim of goal 11"), type="code", refers=("aims", "code")),
        ),
        key=("challenge", "aim"),
        rows=select(challenge_aims.c.challenge_code, challenge_aims.c.aim_code).order_by(
            challenge_aims.c.challenge_code, challenge_aims.c.aim_code
        ),
    ),
    ReleaseTable(
        name="challenges-categories",
        label=gettext_noop("Categories of challenges"),
        fields=(
            Field(name="challenge", label=gettext_noop("Challenge"), type="code", refers=("challenges", "code")),
            Field(name="category", label=gettext_noop("U4SSC category")),
        ),
        key=("challenge", "category"),
        rows=select(ChallengeCategory.challenge_code, ChallengeCategory.label).order_by(
            ChallengeCategory.challenge_code, ChallengeCategory.label
        ),
    ),
    ReleaseTable(
        name="technologies",
        label=gettext_noop("Technologies"),
        fields=(
            _code(_TERM),
            _LABEL,
            _GIST,
            _SYNONYMS,
            Field(name="group", label=gettext_noop("Group"), type="code", values=TECHNOLOGY_GROUPS),
        ),
        key=("code",),
        rows=select(Technology.code, Technology.label, Technology.gist, Technology.synonyms, Technology.group).order_by(
            Technology.position, Technology.code
        ),
    ),
    ReleaseTable(
        name="countries",
        label=gettext_noop("Countries"),
        fields=(
            _code(gettext_noop("ISO 3166, two letters.")),
            Field(name="name", label=gettext_noop("Name")),
            Field(
                name="region",
                label=gettext_noop("Region"),
                explanation=gettext_noop("Sub-region of the United Nations (M49)."),
            ),
            Field(
                name="income_group",
                label=gettext_noop("Income of the country"),
                explanation=gettext_noop("World Bank country classification by income."),
                type="code",
                values=INCOME_GROUPS,
            ),
        ),
        key=("code",),
        rows=select(Country.code, Country.name, Region.label, Country.income_group)
        .outerjoin(Region, Region.code == Country.region_code)
        .order_by(Country.code),
    ),
)
"""The tables that entries refer to."""


def release_tables() -> list[ReleaseTable]:
    """Every table of a release."""
    return [*(table for kind in EntryKind for table in tables_of_kind(kind)), *FORUM_TABLES, *OTHER_TABLES]


def codebook_rows() -> Iterator[ColumnMeaning]:
    """What each column of each table means, in the order of the tables, with the head of the codebook of files."""
    for table in release_tables():
        for field in table.fields:
            yield field.meaning(table.name)
