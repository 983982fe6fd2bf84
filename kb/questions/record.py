"""A public answer of a city as plain data for machines; addresses are given by the function that is passed in."""

from collections.abc import Callable
from typing import Any

from .models import CityAnswer


def answer_data(row: CityAnswer, address: Callable[[Any], str]) -> dict[str, Any]:
    """An answer as its page shows it, without the name of whoever asked."""
    question = row.question
    return {
        "city": row.city.slug if row.city else None,
        "text": question.text,
        "asked_from": question.asker_city,
        "to": row.city.name if row.city else None,
        "about": address(question.initiative) if question.initiative else None,
        "answer": row.text,
        "answered_by": row.answered_by_name,
        "answered_at": row.answered_at.isoformat() if row.answered_at else None,
    }
