"""Suggestions of goals and targets for a text."""

from typing import Any

from flask import Response, url_for

from kb.catalogue.queries import goals_by_numbers
from kb.goals.queries import targets_by_code
from kb.goals.suggestions import suggest
from kb.web.core import context, limits
from kb.web.core.links import absolute
from kb.web.core.query_schemas import Text

from ..answers import answer
from ..blueprint import gives
from ..json_schemas import named
from ..query_schemas import StrictSchema
from ..reading import Data

LONGEST_TEXT = 5_000
"""Characters of a text that an address may hold; servers cut longer ones off."""


class SuggestSchema(StrictSchema):
    """`text`."""

    text = Text(
        longest=LONGEST_TEXT,
        required=True,
        metadata={"description": "A description of a project, in English.", "pattern": r"\S"},
    )


@gives(
    "/goals/suggest",
    named("Suggestions"),
    endpoint="suggest_goals",
    query=SuggestSchema,
    tag="Lists of terms",
    summary="Goals and targets that match a text",
)
def suggest_goals(query: Data) -> Response:
    """Suggest goals and targets."""
    limits.spend(limits.GOAL_SUGGESTIONS, "suggest goals", limits.client_address())
    found = suggest(query["text"])
    session = context.session()
    goals = {goal.number: goal for goal in goals_by_numbers(session, [goal.number for goal in found.goals])}
    targets = targets_by_code(session, [target.code for target in found.targets])
    return answer(
        {
            "english": found.is_english,
            "goals": [
                _suggestion("number", goal.number, goals[goal.number].label, goal.number, goal) for goal in found.goals
            ],
            "targets": [
                _suggestion("code", target.code, targets[target.code].label, target.goal, target)
                for target in found.targets
            ],
        }
    )


def _suggestion(key: str, value: Any, label: str, goal: int, suggestion: Any) -> Data:
    return {
        key: value,
        "label": label,
        "url": absolute(url_for("goals.goal", number=goal)),
        "confidence": suggestion.confidence,
        "words": [{"start": word.start, "end": word.end, "text": word.text} for word in suggestion.words],
    }
