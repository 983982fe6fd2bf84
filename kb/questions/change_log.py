"""Adds answers of cities to the change log, as entries that the search finds.

An answer draws on its question, its city and the initiative that it is about. What was not confirmed yet is on no page.
"""

from sqlalchemy import Select, or_, select

from kb.catalogue import change_log
from kb.catalogue.models import Initiative, InitiativeCity

from .choices import QuestionKind
from .models import CityAnswer, CityQuestion
from .queries import is_shown


def _of_cities(cities: Select[int]) -> change_log.Ids:
    initiatives = select(InitiativeCity.initiative_id).where(InitiativeCity.city_id.in_(cities))
    questions = select(CityQuestion.id).where(CityQuestion.initiative_id.in_(initiatives))
    named = or_(CityAnswer.city_id.in_(cities), CityAnswer.question_id.in_(questions))
    return {QuestionKind.CITY_ANSWER: select(CityAnswer.id).where(named, CityAnswer.state != "unconfirmed")}


def _about(initiative_id: int) -> change_log.Ids:
    questions = select(CityQuestion.id).where(CityQuestion.initiative_id == initiative_id)
    return {QuestionKind.CITY_ANSWER: select(CityAnswer.id).where(CityAnswer.question_id.in_(questions))}


change_log.watch(
    entries={QuestionKind.CITY_ANSWER: CityAnswer},
    parts={},
    mentions={
        CityQuestion: lambda key: {
            QuestionKind.CITY_ANSWER: select(CityAnswer.id).where(CityAnswer.question_id == key)
        },
        Initiative: _about,
    },
    of_cities=_of_cities,
    tracked={
        CityAnswer: lambda answer: answer.state != "unconfirmed",
        CityQuestion: lambda question: question.confirmed_at is not None,
    },
    public={QuestionKind.CITY_ANSWER: select(CityAnswer.id).where(is_shown())},
)
