"""The forum: sessions that everybody may see, and the answers to questions of the audience."""

from collections.abc import Sequence

from flask import Response

from kb.core.errors import NotFound
from kb.core.i18n import gettext_noop
from kb.forum import queries
from kb.forum.kinds import ForumKind
from kb.forum.live.queries import times_held
from kb.forum.models import ForumSession, Question
from kb.forum.record import question_data, record_data, session_data
from kb.web.core import context
from kb.web.core.links import absolute, link_to
from kb.web.core.query_schemas import Text

from .. import listing
from ..answers import answer
from ..blueprint import gives
from ..json_schemas import list_schema, named
from ..listing import NO_SLUG, Rows
from ..query_schemas import ChangedSchema
from ..reading import Data


def _address(thing: object) -> str:
    return absolute(link_to(thing))


def _sessions(ids: Sequence[int]) -> list[Data]:
    query = queries.public_sessions().where(ForumSession.id.in_(ids))
    found = {row.id: row for row in queries.session_cards(context.session(), query)}
    return [{"id": key, "slug": found[key].slug, **session_data(found[key], _address)} for key in ids if key in found]


@gives(
    "/sessions",
    list_schema(named("Session")),
    query=ChangedSchema,
    tag="Forum",
    summary="Sessions of city leaders: those to come, and those that were",
)
def sessions(query: Data) -> Response:
    """List the public sessions."""
    chosen = queries.public_sessions().with_only_columns(ForumSession.id, ForumSession.slug).order_by(None)
    return listing.all_of(Rows(ForumKind.SESSION, chosen, _sessions), query)


@gives("/sessions/<slug>", named("Record"), tag="Forum", summary="A session with its programme, and what was said")
def session(_query: Data, slug: str) -> Response:
    """Give one session with its whole record."""
    forum_session = queries.public_session(context.session(), slug)
    questions = queries.published_questions(context.session(), forum_session.id)
    times = times_held(context.session(), forum_session)
    identity = {"id": forum_session.id, "slug": forum_session.slug}
    return answer(identity | record_data(forum_session, times, questions, _address))


class AnswersSchema(ChangedSchema):
    """Answers, of all sessions or of one."""

    session = Text(load_default="", metadata={"description": "Only answers of the session with this slug."})


def _answers(ids: Sequence[int]) -> list[Data]:
    found = {row.id: row for row in context.session().scalars(queries.answered().where(Question.id.in_(ids)))}
    return [_answer(found[key]) for key in ids if key in found]


def _answer(question: Question) -> Data:
    return {
        "kind": str(ForumKind.ANSWER),
        "id": question.id,
        "url": _address(question),
        "session": question.session.slug,
        **question_data(question, _address),
    }


@gives(
    "/answers",
    list_schema(named("Answer")),
    query=AnswersSchema,
    tag="Forum",
    summary="Questions of the audience of a session that were answered",
)
def answers(query: Data) -> Response:
    """List the answers."""
    chosen = queries.answered().with_only_columns(Question.id, NO_SLUG)
    if query["session"]:
        queries.public_session(context.session(), query["session"])
        chosen = chosen.where(ForumSession.slug == query["session"])
    identity = {"since": str(query["changed_since"]), "session": query["session"]}
    return listing.all_of(Rows(ForumKind.ANSWER, chosen, _answers), query, identity)


@gives("/answers/<int:answer_id>", named("Answer"), endpoint="answer", tag="Forum", summary="An answer, by its id")
def one_answer(_query: Data, answer_id: int) -> Response:
    """Give one answer."""
    found = _answers([answer_id])
    if not found:
        raise NotFound(gettext_noop("There is no answer with the number %(number)s."), number=str(answer_id))
    return answer(found[0])
