"""Labels of the filters' values as of one moment, and which chosen values there are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from kb.core.text import sort_key

from .facets import FACETS, FILTERS, Chosen
from .results import Facet, FacetValue
from .term_names import TermNames


@dataclass(frozen=True, slots=True)
class Labels:
    """The values of every filter with their labels, in the lists' own order, as read at one moment."""

    of: Mapping[str, Mapping[str, str]]
    names: TermNames
    """The names of challenges and technologies."""

    @classmethod
    def read(cls, session: Session) -> "Labels":
        """Read the lists that are tables, a query for each; the closed ones are at hand."""
        labels = {name: filter_.labels(session) for name, filter_ in FILTERS.items()}
        return cls(labels, TermNames.read(session))

    def with_cities(self, names: Mapping[str, str]) -> "Labels":
        """These labels with the names of some cities, by slug."""
        return replace(self, of={**self.of, "city": names})

    def facet(self, field: str, counts: Mapping[str, int], chosen: tuple[str, ...]) -> Facet:
        """A facet of a page: the values that occur, and the chosen ones though they be 0."""
        choices = self.of[field]
        codes = {code for code in (*counts, *chosen) if code in choices}
        if FACETS[field].with_zeros:
            codes |= choices.keys()
        if FACETS[field].has_order:
            listed = [code for code in choices if code in codes]
        else:
            listed = sorted(codes, key=lambda code: (-counts.get(code, 0), sort_key(choices[code])))
        values = tuple(FacetValue(code, choices[code], counts.get(code, 0), code in chosen) for code in listed)
        return Facet(field, values)

    def uncounted(self, chosen: Chosen) -> tuple[Facet, ...]:
        """The chosen values of filters that are no facets, such as a city or a first year."""
        return tuple(
            Facet(field, tuple(FacetValue(code, self.of[field][code], 0, chosen=True) for code in codes))
            for field, codes in chosen.items()
            if field not in FACETS
        )

    def known_and_unknown(self, chosen: Chosen) -> tuple[dict[str, tuple[str, ...]], tuple[tuple[str, str], ...]]:
        """The chosen values that the lists know, by filter, and those that they do not, as (filter, value)."""
        known = {
            field: tuple(code for code in chosen[field] if code in self.of[field])
            for field in FILTERS
            if field in chosen
        }
        unknown = tuple(
            (field, code) for field in FILTERS for code in chosen.get(field, ()) if code not in self.of[field]
        )
        return {field: codes for field, codes in known.items() if codes}, unknown
