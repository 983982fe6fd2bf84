"""Goals and targets that an initiative's text speaks of, with the words they rest on, less those it has already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from kb.catalogue import queries as catalogue
from kb.goals import queries
from kb.goals.suggestions import suggest

from ..goals import pages
from ..goals.schemas import LONGEST_TEXT

_READ = ("title", "summary", "problem", "action", "results", "beneficiaries")
_MOST = 8


@dataclass(frozen=True, slots=True)
class SuggestedGoal:
    """A goal by number or a target by code: what it is called, how sure, and because of which words."""

    code: str
    label: str
    sure: str
    words: Sequence[str]


def suggestions_for(session: Session, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The suggestions of a step that asks for goals."""
    text = "\n\n".join(str(data[name]) for name in _READ if data.get(name))[:LONGEST_TEXT]
    return {"suggested": list(_suggested(session, data, text))[:_MOST], "has_text": len(text) > 60}


def _suggested(session: Session, data: Mapping[str, Any], text: str) -> list[SuggestedGoal]:
    suggestions = suggest(text)
    goals = {goal.number: goal.label for goal in catalogue.goals(session)}
    targets = queries.targets_by_code(session, [target.code for target in suggestions.targets])
    held = {str(row.get("goal")) for row in data.get("goals") or []}
    held |= {row.get("target") for row in data.get("targets") or []}
    offered = [
        *(
            SuggestedGoal(str(goal_suggestion.number), goals[goal_suggestion.number], *_because(goal_suggestion))
            for goal_suggestion in suggestions.goals
        ),
        *(
            SuggestedGoal(target_suggestion.code, targets[target_suggestion.code].label, *_because(target_suggestion))
            for target_suggestion in suggestions.targets
        ),
    ]
    return [suggested_goal for suggested_goal in offered if suggested_goal.code not in held]


def _because(suggestion: Any) -> tuple[str, Sequence[str]]:
    return pages.confidence_in_words(suggestion.confidence), pages.words_of(suggestion)
