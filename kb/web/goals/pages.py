"""What the goals' pages show around the figures of the goals package: shades and links of a matrix, lifts in words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from flask import Flask, url_for
from flask_babel import format_decimal, gettext

from kb.catalogue.choices import UNKNOWN
from kb.catalogue.models import Goal, Target
from kb.catalogue.queries import InitiativeCard
from kb.goals.statistics import Axis, Column, Gap, GoalCount, GoalProfile, Matrix, Pair, WorkingCities
from kb.goals.suggestions import ACCURACY, GoalSuggestion, MeasuredAccuracy, Suggestions, TargetSuggestion

from ..core.jsonld import JSONLD
from ..core.labels import LABELS
from ..core.language import translated
from ..core.links import search_link
from ..core.pages import Page
from ..search.results import Link
from .schemas import LONGEST_TEXT

TINTS = 5
"""Steps of a matrix's shading, from one initiative up to the largest cell."""

FEW = 5
"""Below so many initiatives a lift is chance more than anything, and is not put in words."""

ABOUT_EVEN = (0.8, 1.25)
"""Lifts between these are told as "No clear link": a quarter more or less is nothing among so few entries."""

PAIRS_SHOWN = 10
COMPANIONS_SHOWN = 10
"""How much of a long list stands on a page; its file has all."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A count with its shade, 0 (none) to TINTS, and the search that finds just these."""

    count: int
    tint: int
    url: str


@dataclass(frozen=True, slots=True)
class Row:
    """A goal with its cells, one a column."""

    goal: GoalCount
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class MatrixTable:
    """A matrix ready to be shown; `of` holds, for each column, what is on record there at all.

    Columns of which nothing is on record are `empty`: the table leaves them out and names them beneath.
    """

    axis: Axis
    columns: tuple[Column, ...]
    of: tuple[Cell, ...]
    rows: tuple[Row, ...]
    empty: tuple[Column, ...]

    @property
    def most(self) -> Column | None:
        """The known column with the most initiatives; None where there is none."""
        return max(self._known, key=lambda column: column.initiatives, default=None)

    @property
    def fewest(self) -> Column | None:
        """The known column with the fewest initiatives; None where there is none."""
        return min(self._known, key=lambda column: column.initiatives, default=None)

    @property
    def _known(self) -> list[Column]:
        return [column for column in self.columns if column.code is not None]


@dataclass(frozen=True, slots=True)
class Missing:
    """A region with `of` initiatives, and the goals that none of them works for."""

    region: str
    label: str
    of: int
    goals: tuple[GoalCount, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a chart and of its table: a label, a count, a page to go on to, and a colour that is itself data."""

    label: str
    count: int
    url: str | None = None
    colour: str | None = None


@dataclass(frozen=True, kw_only=True)
class GoalsPage(Page):
    """The 17 goals as tiles with their counts, and the ways to compare them."""

    template = "goals/goals.html"
    goals: Sequence[Goal]
    counts: Mapping[int, int]
    jsonld: JSONLD


@dataclass(frozen=True, kw_only=True)
class GoalCountsPage(Page):
    """The goals with their counts by region, income group, size of the city or decade, as a table and as charts."""

    template = "goals/counts.html"
    query: Mapping[str, Any]
    ways: Sequence[Link]
    table: MatrixTable
    goal_bars: Sequence[Bar]
    column_bars: Sequence[Bar]
    total: int

    @property
    def axis_label(self) -> str:
        """What the matrix is divided by."""
        return LABELS["goal_axes"][self.table.axis]


@dataclass(frozen=True, kw_only=True)
class GoalsTogetherPage(Page):
    """Pairs of goals that initiatives work for together; `labelled` initiatives have any goal at all."""

    template = "goals/together.html"
    goals: Mapping[int, GoalCount]
    common_pairs: Sequence[Pair]
    strong_pairs: Sequence[Pair]
    labelled: int

    @property
    def common(self) -> GoalCount:
        """The goal that most initiatives work for."""
        return max(self.goals.values(), key=lambda goal: goal.initiatives)


@dataclass(frozen=True, kw_only=True)
class MissingGoalsPage(Page):
    """For each region with `enough` initiatives, the goals that none of them works for."""

    template = "goals/missing.html"
    missing: Sequence[Missing]
    too_small: Sequence[Column]
    enough: int


@dataclass(frozen=True, kw_only=True)
class GoalPage(Page):
    """A goal, with the figures of the initiatives that work for it."""

    template = "goals/goal.html"
    goal: Goal
    profile: GoalProfile
    cities: WorkingCities
    initiatives: Sequence[InitiativeCard]
    evidence_bars: Sequence[Bar]
    year_bars: Sequence[Bar]
    companions_shown: int = COMPANIONS_SHOWN
    jsonld: JSONLD


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text, and the numbers of the goals it is evidence for, in order; none for what stands between."""

    text: str
    goals: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SuggestGoalsPage(Page):
    """The form for a text; what it suggests, with the text in pieces; and how good suggestions are."""

    template = "goals/suggest.html"
    text: str = ""
    problem: str | None = None
    suggestions: Suggestions | None = None
    pieces: Sequence[Piece] = ()
    goals: Mapping[int, Goal] = field(default_factory=dict)
    targets: Mapping[str, Target] = field(default_factory=dict)
    longest: int = LONGEST_TEXT
    accuracy: MeasuredAccuracy = ACCURACY


def matrix_table(matrix: Matrix) -> MatrixTable:
    """A matrix with its shades and links."""
    largest = max(matrix.cells.values(), default=0)
    columns = tuple(column for column in matrix.columns if column.initiatives)
    rows = tuple(Row(goal, tuple(_cell(matrix, goal, column, largest) for column in columns)) for goal in matrix.goals)
    of = tuple(Cell(column.initiatives, 0, _search(matrix.axis, column)) for column in columns)
    empty = tuple(column for column in matrix.columns if not column.initiatives)
    return MatrixTable(matrix.axis, columns, of, rows, empty)


def _cell(matrix: Matrix, goal: GoalCount, column: Column, largest: int) -> Cell:
    count = matrix.cells[goal.number, column.code]
    return Cell(count, tint(count, largest), _search(matrix.axis, column, goal=str(goal.number)))


def _search(axis: Axis, column: Column, **more: str) -> str:
    return search_link(kind="initiative", **{axis: column.code or UNKNOWN}, **more)


def tint(count: int, largest: int) -> int:
    """The shade of a count, by its logarithm, since a few cells hold most of the entries; 0 for none."""
    if not count:
        return 0
    return 1 if largest <= 1 else 1 + math.floor((TINTS - 1) * math.log(count) / math.log(largest))


def ways(here: Axis) -> list[Link]:
    """The ways to divide the goals, as links."""
    return [
        Link(label, url_for("goals.counts", by=axis, _anchor="matrix"), current=axis == here)
        for axis, label in LABELS["goal_axes"].items()
    ]


def goal_bars(goals: Sequence[GoalCount]) -> list[Bar]:
    """Initiatives by goal, in the goals' colours."""
    return [
        Bar(
            f"{goal.number} {translated(goal.label)}",
            goal.initiatives,
            url_for("goals.goal", number=goal.number),
            goal.colour,
        )
        for goal in goals
    ]


def column_bars(shown: MatrixTable) -> list[Bar]:
    """What is on record in each column at all, those without anything last: the bias of the collection."""
    return [
        *(
            Bar(column_label(column), column.initiatives, cell.url)
            for column, cell in zip(shown.columns, shown.of, strict=True)
        ),
        *(Bar(column_label(column), 0, _search(shown.axis, column)) for column in shown.empty),
    ]


def column_label(column: Column) -> str:
    """A column's label in the reader's language, or "Not known"."""
    return translated(column.label) if column.label else gettext("Not known")


def evidence_bars(goal: int, profile: GoalProfile, levels: dict[str, str]) -> list[Bar]:
    """A goal's initiatives by level of evidence, each with its search; "Not known" only where it occurs."""
    known = [
        Bar(
            f"{level} {translated(text)}",
            profile.by_evidence.get(level, 0),
            search_link(kind="initiative", goal=str(goal), evidence=level),
        )
        for level, text in levels.items()
    ]
    unknown = profile.by_evidence.get(None, 0)
    return [*known, Bar(gettext("Not known"), unknown)] if unknown else known


def year_bars(goal: int, profile: GoalProfile) -> list[Bar]:
    """A goal's initiatives by the year they began, each with its search, and the years between in which none did."""
    if not profile.by_year:
        return []
    return [
        Bar(
            str(year),
            profile.by_year.get(year, 0),
            search_link(kind="initiative", goal=str(goal), year_from=str(year), year_to=str(year)),
        )
        for year in range(min(profile.by_year), max(profile.by_year) + 1)
    ]


def most_together(pairs: Sequence[Pair]) -> list[Pair]:
    """The goals that occur together most often."""
    return list(pairs[:PAIRS_SHOWN])


def more_than_expected(pairs: Sequence[Pair]) -> list[Pair]:
    """Goals that occur together clearly more often than chance would have it, the strongest first."""
    stronger = [pair for pair in pairs if pair.initiatives >= FEW and pair.lift >= ABOUT_EVEN[1]]
    return sorted(stronger, key=lambda pair: -pair.lift)[:PAIRS_SHOWN]


def lift_in_words(lift: float, initiatives: int) -> str:
    """What a lift says, where there are enough initiatives for it to say anything."""
    times = format_decimal(round(lift, 1))
    if initiatives < FEW:
        words = gettext("Too few to say")
    elif ABOUT_EVEN[0] <= lift < ABOUT_EVEN[1]:
        words = gettext("No clear link")
    elif lift > 1:
        words = gettext("%(times)s times as often as expected", times=times)
    else:
        words = gettext("Less often than expected (%(times)s times)", times=times)
    return str(words)


def confidence_in_words(confidence: float) -> str:
    """How likely a suggestion is right, in steps that were measured (`ACCURACY`)."""
    very, likely, possible, _ = (least for least, _share in ACCURACY.right)
    if confidence >= very:
        words = gettext("Very likely")
    elif confidence >= likely:
        words = gettext("Likely")
    else:
        words = gettext("Possible") if confidence >= possible else gettext("Less likely")
    return str(words)


def words_of(suggestion: GoalSuggestion | TargetSuggestion) -> list[str]:
    """The words a suggestion rests on, each once however often and in whatever letters it occurs, in order."""
    first: dict[str, str] = {}
    for word in suggestion.words:
        first.setdefault(word.text.casefold(), word.text)
    return list(first.values())


def missing_by_region(gaps: Sequence[Gap], goals: Sequence[GoalCount]) -> list[Missing]:
    """Gaps gathered by region, the regions with the most entries first."""
    by_number = {goal.number: goal for goal in goals}
    ordered = sorted(gaps, key=lambda gap: (-gap.of, gap.label, gap.goal))
    return [
        Missing(region, label, of, tuple(by_number[gap.goal] for gap in gaps_there))
        for (region, label, of), gaps_there in groupby(ordered, key=lambda gap: (gap.region, gap.label, gap.of))
    ]


def too_small_to_tell(by_region: Matrix, enough: int) -> list[Column]:
    """Regions with so few entries that what is missing there says nothing."""
    return [column for column in by_region.columns if column.code is not None and column.initiatives < enough]


def marked_pieces(text: str, suggestions: Suggestions) -> list[Piece]:
    """The whole text in pieces, whose texts joined give it again; words that overlap are one piece for all their goals.

    Shown are the words of suggested goals, and those of suggested targets for the target's goal.
    """
    spans = sorted(
        {(word.start, word.end, goal.number) for goal in suggestions.goals for word in goal.words}
        | {(word.start, word.end, target.goal) for target in suggestions.targets for word in target.words}
    )
    merged: list[tuple[int, int, set[int]]] = []
    for start, end, goal in spans:
        if merged and start < merged[-1][1]:
            first, last, goals = merged[-1]
            merged[-1] = (first, max(last, end), goals | {goal})
        else:
            merged.append((start, end, {goal}))
    pieces: list[Piece] = []
    at = 0
    for start, end, goals in merged:
        pieces += [Piece(text[at:start]), Piece(text[start:end], tuple(sorted(goals)))]
        at = end
    return [piece for piece in (*pieces, Piece(text[at:])) if piece.text]


def register(app: Flask) -> None:
    """Give templates what words figures."""
    app.jinja_env.globals.update(lift_in_words=lift_in_words)
    for filter_ in (column_label, confidence_in_words, words_of):
        app.jinja_env.filters[filter_.__name__] = filter_
