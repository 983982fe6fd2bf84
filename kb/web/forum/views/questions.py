"""The desk's list of what the audience asked and nobody has answered, for the people of the cities it was asked of."""

from flask import Blueprint, render_template, request, url_for
from flask import redirect as go_to
from flask.typing import ResponseReturnValue

from kb.accounts.permissions import may
from kb.core.column_types import now
from kb.core.errors import NotFound
from kb.forum import queries
from kb.forum.live import moderation
from kb.forum.models import Question
from kb.forum.schemas import AnswerSchema

from ...core import forms
from ...core.access import actor, requires
from ...core.context import session
from ...core.forms import Form
from .. import session_forms

blueprint = Blueprint("answering", __name__, url_prefix="/desk/questions")


@blueprint.get("")
@requires("propose")
def unanswered() -> str:
    """Questions of sessions that are over, to my city or about its initiatives; for editors, to all."""
    return _page()


@blueprint.post("/<int:key>")
@requires("propose")
def answer(key: int) -> ResponseReturnValue:
    """Answer a question; the answer joins the record, and the pages of the city and the initiative."""
    data, form = forms.read(AnswerSchema(), request.form)
    question = session().get(Question, key)
    if question is None:
        raise NotFound
    if data is not None:
        form = session_forms.tried(
            form,
            question.session.slug,
            lambda session, forum_session: moderation.answer_later(
                session, actor(), forum_session, session.get_one(Question, key), now(), data["answer"]
            ),
        )
    if form.is_wrong:
        return _page({key: form}), 422
    return go_to(url_for("answering.unanswered"), 303)


def _page(wrong: dict[int, Form] | None = None) -> str:
    person = actor()
    if may(person, "publish"):
        waiting = queries.unanswered(session())
    else:
        waiting = queries.unanswered(session(), person.city_id) if person.city_id else []
    return render_template("forum/desk/questions.html", waiting=waiting, wrong=wrong or {}, person=person)
