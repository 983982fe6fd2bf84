"""The words for facet values: what each code is called, and in which order a facet lists its values."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.choices import CITY_SIZES, EVIDENCE_LEVELS, INCOME_GROUPS, NO_YEAR, STAGES
from kb.catalogue.entries import KIND_LABELS
from kb.catalogue.models import Aim, Challenge, Country, Goal, Region, Technology
from kb.core.i18n import gettext_noop
from kb.forum.kinds import FORUM_KIND_LABELS

from .results import FACETS, Facet, FacetValue

_DECADES = {f"{year}s": f"{year}s" for year in range(2090, 1890, -10)} | {NO_YEAR: gettext_noop("Year not known")}

# Facets whose values have an order of their own; the others list the most frequent first.
_ORDERED = frozenset({"kind", "goal", "aim", "income", "stage", "evidence", "decade", "size"})


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels by facet and code, in the lists' own order."""

    of: Mapping[str, Mapping[str, str]]

    @classmethod
    def read(cls, session: Session) -> "Labels":
        """Read the lists that are tables, in six queries; the closed ones are at hand."""
        return cls(
            {
                "kind": KIND_LABELS | FORUM_KIND_LABELS,
                "goal": {str(number): label for number, label in _pairs(session, Goal.number, Goal.label)},
                "aim": dict(_pairs(session, Aim.code, Aim.label, Aim.position)),
                "challenge": dict(_pairs(session, Challenge.code, Challenge.label, Challenge.position)),
                "technology": dict(_pairs(session, Technology.code, Technology.label, Technology.position)),
                "region": dict(_pairs(session, Region.code, Region.label)),
                "income": INCOME_GROUPS,
                "country": dict(_pairs(session, Country.code, Country.name)),
                "stage": STAGES,
                "evidence": dict(reversed(EVIDENCE_LEVELS.items())),
                "decade": _DECADES,
                "size": CITY_SIZES,
            }
        )

    def facet(self, field: str, counts: Mapping[str, int], chosen: tuple[str, ...]) -> Facet:
        """A facet of a page: the values that occur, and the chosen ones though they be 0."""
        labels = self.of[field]
        codes = {code for code in (*counts, *chosen) if code in labels}
        if field in _ORDERED:
            listed = [code for code in labels if code in codes]
        else:
            listed = sorted(codes, key=lambda code: (-counts.get(code, 0), labels[code]))
        values = tuple(FacetValue(code, labels[code], counts.get(code, 0), code in chosen) for code in listed)
        return Facet(field, values)

    def sorted_out(
        self, chosen: Mapping[str, tuple[str, ...]]
    ) -> tuple[dict[str, tuple[str, ...]], tuple[tuple[str, str], ...]]:
        """The chosen values that the lists know, by field, and those that they do not, as (field, value)."""
        known = {
            field: tuple(code for code in chosen[field] if code in self.of[field])
            for field in FACETS
            if field in chosen
        }
        unknown = tuple(
            (field, code) for field in FACETS for code in chosen.get(field, ()) if code not in self.of[field]
        )
        return {field: codes for field, codes in known.items() if codes}, unknown


def _pairs(session: Session, code: object, label: object, order: object | None = None) -> list[tuple[str, str]]:
    statement = select(code, label).order_by(code if order is None else order)  # type: ignore[call-overload] # columns
    return [(row[0], row[1]) for row in session.execute(statement)]
