"""Questions of readers to cities, with their answers, where both sides agreed that they are public."""

from collections.abc import Sequence

from flask import Response

from kb.core.errors import NotFound
from kb.core.i18n import gettext_noop
from kb.questions import queries
from kb.questions.choices import QuestionKind
from kb.questions.models import CityAnswer
from kb.questions.schemas import answer_data
from kb.web.core import context
from kb.web.core.links import absolute, link_to

from .. import listing
from ..answers import answer
from ..blueprint import gives
from ..json_schemas import list_schema, named
from ..listing import NO_SLUG, Rows
from ..query_schemas import ChangedSchema
from ..reading import Data


def _address(thing: object) -> str:
    return absolute(link_to(thing))


def _answers(ids: Sequence[int]) -> list[Data]:
    rows = context.session().scalars(queries.shown_answers().where(CityAnswer.id.in_(ids)))
    found = {row.id: row for row in rows}
    return [_answer(found[key]) for key in ids if key in found]


def _answer(row: CityAnswer) -> Data:
    identity = {"kind": str(QuestionKind.CITY_ANSWER), "id": row.id, "url": _address(row)}
    return identity | answer_data(row, _address)


@gives(
    "/city-answers",
    list_schema(named("CityAnswer")),
    query=ChangedSchema,
    tag="Questions to cities",
    summary="Questions of readers that cities answered, where both agreed to publish them",
)
def city_answers(query: Data) -> Response:
    """List the answers."""
    chosen = queries.shown_answers().with_only_columns(CityAnswer.id, NO_SLUG)
    return listing.all_of(Rows(QuestionKind.CITY_ANSWER, chosen, _answers), query)


@gives(
    "/city-answers/<int:answer_id>",
    named("CityAnswer"),
    endpoint="city_answer",
    tag="Questions to cities",
    summary="An answer of a city, by its id",
)
def one_city_answer(_query: Data, answer_id: int) -> Response:
    """Give one answer."""
    found = _answers([answer_id])
    if not found:
        raise NotFound(gettext_noop("There is no answer with the number %(number)s."), number=str(answer_id))
    return answer(found[0])
