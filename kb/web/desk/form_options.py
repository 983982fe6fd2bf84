"""What forms offer to choose from: terms in their groups, goals with their targets, leaders and visions of cities."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from kb.catalogue import queries
from kb.catalogue.choices import DIMENSIONS, TECHNOLOGY_GROUPS
from kb.catalogue.entries import EntryKind, Kind, TermKind, cities_in
from kb.catalogue.entries.fields import Declared, YesNo
from kb.catalogue.entries.lists import Links
from kb.catalogue.models import Goal

from ..core.language import by_label, translated
from .controls import Option, OptionGroup
from .places import Places


class FormOptions:
    """The options of one form, read when they are asked for, in a number of queries that is always the same."""

    def __init__(self, session: Session, kind: Kind, data: Mapping[str, Any], places: Places) -> None:
        self._session, self._kind, self._data, self._places = session, kind, data, places

    def of_choice(self, declared: Declared) -> Sequence[Option]:
        """The options of a list of which one is chosen."""
        if isinstance(declared, YesNo):
            return [("yes", translated("Yes"), ""), ("no", translated("No"), "")]
        if declared.choices is not None:
            return [(code, translated(label), "") for code, label in declared.choices.items()]
        if declared.refers == TermKind.CHALLENGE:
            return self._challenges
        if declared.refers == EntryKind.LEADER:
            return [
                (leader.slug, leader.name, "") for leader in self._session.scalars(queries.leaders_at(self._place_ids))
            ]
        return [
            (vision.slug, vision.title, "") for vision in self._session.scalars(queries.visions_at(self._place_ids))
        ]

    def of_ticks(self, declared: Declared) -> Sequence[OptionGroup]:
        """The options of boxes to tick, in groups."""
        if isinstance(declared, Links):
            return self._goals if declared.terms == TermKind.GOAL else self._targets
        match declared.refers:
            case TermKind.CHALLENGE:
                return _grouped(by_label(queries.challenges(self._session)), DIMENSIONS, lambda term: term.dimension)
            case TermKind.TECHNOLOGY:
                return _grouped(
                    by_label(queries.technologies(self._session)), TECHNOLOGY_GROUPS, lambda term: term.group
                )
            case TermKind.AIM:
                aims = queries.aims(self._session)
                return [OptionGroup("", [(aim.code, translated(aim.label), "") for aim in aims])]
        return [OptionGroup("", [(code, translated(label), "") for code, label in (declared.choices or {}).items()])]

    @cached_property
    def _challenges(self) -> Sequence[Option]:
        challenges = by_label(queries.challenges(self._session))
        return [(challenge.code, translated(challenge.label), "") for challenge in challenges]

    @cached_property
    def _place_ids(self) -> list[int]:
        _, references = cities_in(self._kind, self._data)
        return [place_id for place_id in map(self._places.place_id, references) if place_id is not None]

    @cached_property
    def _with_targets(self) -> Sequence[Goal]:
        return queries.goals_with_targets(self._session)

    @property
    def _goals(self) -> Sequence[OptionGroup]:
        return [OptionGroup("", [(str(goal.number), _named(goal.number, goal), "") for goal in self._with_targets])]

    @property
    def _targets(self) -> Sequence[OptionGroup]:
        return [
            OptionGroup(
                _named(goal.number, goal),
                [(target.code, _named(target.code, target), "") for target in goal.targets],
                goal,
            )
            for goal in self._with_targets
        ]


def _named(code: object, term: Any) -> str:
    return f"{code} {translated(term.label)}"


def _grouped(terms: Iterable[Any], groups: Mapping[str, str], of: Callable[[Any], str]) -> list[OptionGroup]:
    listed = list(terms)
    return [
        OptionGroup(
            translated(label),
            [(term.code, translated(term.label), translated(term.gist)) for term in listed if of(term) == code],
        )
        for code, label in groups.items()
    ]
