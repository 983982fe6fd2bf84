"""Defines how answers of cities to readers' questions are searched, where both agreed that they are public.

Names of those who asked are not searched.
"""

from typing import Any

from sqlalchemy import Integer, Select, cast, extract, or_, select
from sqlalchemy.orm import joinedload

from kb.catalogue.models import City, Initiative, InitiativeCity
from kb.questions.choices import QUESTION_KIND_LABELS, QuestionKind
from kb.questions.models import CityAnswer, CityQuestion
from kb.questions.queries import is_shown

from .entry_documents import city_of, joined, where
from .kind_definition import KindDefinition, SearchedKind, rows_with

_IS_SHOWN = is_shown()

_QUESTION = select(CityQuestion.text).where(CityQuestion.id == CityAnswer.question_id).scalar_subquery()


def _cities(answer: CityAnswer) -> list[City]:
    about = answer.question.initiative.cities if answer.question.initiative else []
    named = [answer.city] if answer.city else []
    return list({city.id: city for city in (*named, *about)}.values())


def _text(answer: CityAnswer) -> str:
    about = answer.question.initiative.title if answer.question.initiative else None
    return joined(answer.text, about, *(city.name for city in _cities(answer)), *map(where, _cities(answer)))


def _in_cities(cities: Select[int]) -> Any:
    initiatives = select(InitiativeCity.initiative_id).where(InitiativeCity.city_id.in_(cities))
    about = CityAnswer.question.has(CityQuestion.initiative_id.in_(initiatives))
    return or_(CityAnswer.city_id.in_(cities), about)


_INITIATIVE = joinedload(CityAnswer.question).joinedload(CityQuestion.initiative)
_RESULTS = select(CityAnswer).options(city_of(CityAnswer.city), _INITIATIVE)
_ROWS = select(CityAnswer).options(
    city_of(CityAnswer.city), _INITIATIVE.selectinload(Initiative.places).options(city_of(InitiativeCity.city))
)

DEFINITIONS: dict[SearchedKind, KindDefinition] = {
    QuestionKind.CITY_ANSWER: KindDefinition(
        model=CityAnswer,
        label=QUESTION_KIND_LABELS[QuestionKind.CITY_ANSWER],
        documents=_ROWS,
        results=rows_with(CityAnswer, _RESULTS, _IS_SHOWN),
        is_found=_IS_SHOWN,
        title=lambda answer: answer.question.text,
        passage=lambda answer: answer.text or "",
        text=_text,
        cities=_cities,
        newest=lambda answer: answer.answered_at.year if answer.answered_at else None,
        title_column=_QUESTION,
        columns=(_QUESTION, CityAnswer.text),
        year_column=cast(extract("year", CityAnswer.answered_at), Integer),
        in_cities=_in_cities,
    )
}
