"""Questions to cities at the desk: the list, one question with all that may be done about it, and the block list."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.accounts.permissions import may
from kb.core.errors import NotFound
from kb.questions import actions, queries, rules
from kb.questions.models import CityAnswer
from kb.questions.schemas import PatternSchema

from ..core import context, forms, headers
from ..core.access import SignedOut, actor, requires
from ..core.context import session
from ..core.forms import Form
from ..core.query_schemas import PageNumber, QuerySchema
from . import emails, handling
from .pages import BlockListPage, CityQuestionPage, CityQuestionsPage
from .sender import send_soon

ON_A_PAGE = 50
CLOSED_SHOWN = 20
BLOCKED_SHOWN = 500


class ListSchema(QuerySchema):
    """`page` of the list."""

    page = PageNumber()


blueprint = Blueprint("city_questions", __name__, url_prefix="/desk/city-questions")
blueprint.after_request(headers.keep_out_of_search_engines)


@blueprint.get("")
@requires("answer-questions")
def questions() -> ResponseReturnValue:
    """Questions to my city that wait for an answer, and those that are closed; for editors, to all cities."""
    query, _ = ListSchema().read(request.args)
    person, first = actor(), (query["page"] - 1) * ON_A_PAGE
    rows = session().scalars(queries.waiting_for(person).offset(first).limit(ON_A_PAGE + 1)).all()
    page = CityQuestionsPage(
        waiting=rows[:ON_A_PAGE],
        closed=session().scalars(queries.done_by(person).limit(CLOSED_SHOWN)).all() if query["page"] == 1 else (),
        person=person,
        may_moderate=may(person, "moderate-questions"),
        page=query["page"],
        more=len(rows) > ON_A_PAGE,
    )
    return page.render()


@blueprint.get("/<int:key>")
@requires("answer-questions")
def question(key: int) -> ResponseReturnValue:
    """One question, with the forms by which it is answered, declined or handed on."""
    return _question_page(key)


@blueprint.post("/<int:key>")
@requires("answer-questions")
def question_submit(key: int) -> ResponseReturnValue:
    """Answer a question, decline it, hand it on, or change what may be published."""
    act, form = handling.handle(handling.AT_DESK, lambda writing: _found(writing, key))
    return _done(key, act, form)


@blueprint.post("/<int:key>/moderate")
@requires("moderate-questions")
def moderate_submit(key: int) -> ResponseReturnValue:
    """Introduce two cities, remove a published answer, or show it again."""
    act, form = handling.handle(handling.BY_EDITORS, lambda writing: _found(writing, key))
    return _done(key, act, form)


@blueprint.get("/blocked")
@requires("moderate-questions")
def blocked() -> ResponseReturnValue:
    """The addresses and domains from which no question is taken."""
    return _blocked_page(Form({"pattern": request.args.get("pattern", "")}))


@blueprint.post("/blocked")
@requires("moderate-questions")
def blocked_submit() -> ResponseReturnValue:
    """Block an address or a domain."""
    data, form = forms.read(PatternSchema(), request.form)
    if data is not None:
        form = forms.submit(form, lambda writing: actions.block(writing, actor(), data["pattern"]))
    if form.is_wrong:
        return _blocked_page(form), form.status
    return redirect(url_for("city_questions.blocked"), 303)


@blueprint.post("/blocked/<int:key>/remove")
@requires("moderate-questions")
def unblock(key: int) -> ResponseReturnValue:
    """Take questions from an address or a domain again."""
    forms.run_action(lambda writing: actions.unblock(writing, actor(), key))
    return redirect(url_for("city_questions.blocked"), 303)


def _found(writing: Session, key: int) -> tuple[CityAnswer, User]:
    row = writing.get(CityAnswer, key)
    if row is None or row.state == "unconfirmed":
        raise NotFound
    person = writing.get(User, actor().id)
    if person is None:
        raise SignedOut
    return row, person


def _done(key: int, act: str, form: Form) -> ResponseReturnValue:
    if form.is_wrong:
        return _question_page(key, form, act), form.status
    send_soon()
    flash(gettext("Saved."))
    row = queries.answer_by_id(context.refresh_session(), key)
    if row is not None and rules.may_handle(actor(), row):
        return redirect(url_for("city_questions.question", key=key), 303)
    return redirect(url_for("city_questions.questions"), 303)


def _question_page(key: int, form: Form | None = None, act: str = "") -> str:
    """The page of a question. Raises NotFound, or NotAllowed for whom it is not for."""
    row = queries.answer_by_id(session(), key)
    if row is None or row.state == "unconfirmed":
        raise NotFound
    person = actor()
    rules.require_handling(person, row)
    choices = {"may_publish": row.may_publish, "shares_email": row.shares_email}
    colleagues = queries.people_of_city(session(), row.city_id)
    page = CityQuestionPage(
        answer=row,
        person=person,
        form=form or Form({"name": person.name, **choices}),
        act=act,
        colleagues=[colleague for colleague in colleagues if colleague.id not in (person.id, row.person_id)],
        may_moderate=may(person, "moderate-questions"),
        brief=emails.brief_of(row),
    )
    return page.render()


def _blocked_page(form: Form) -> str:
    rows = session().scalars(queries.blocked().limit(BLOCKED_SHOWN)).all()
    return BlockListPage(blocked=rows, form=form).render()


BLUEPRINTS = [blueprint]
