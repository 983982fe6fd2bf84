"""Where readers ask cities, confirm and follow their questions, and where a link in a mail lets someone answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import TooManyRequests

from kb.catalogue.entries import EntryKind
from kb.catalogue.models import City, Initiative
from kb.catalogue.queries import cities_by_slugs, initiatives_by_slugs
from kb.core.errors import NotFound, Refused, UnknownAddress
from kb.core.i18n import gettext_noop
from kb.editorial.queries import merged_into
from kb.questions import actions, queries
from kb.questions.choices import MOST_CITIES
from kb.questions.models import CityQuestion
from kb.questions.schemas import ChoicesSchema, CodeSchema, QuestionSchema
from kb.questions.signed_links import InvalidQuestionLink, question_number

from ..core import context, errors, forms, limits, submissions
from ..core.context import session
from ..core.formatting import message_text
from ..core.forms import Form
from ..core.headers import keep_out_of_search_engines, of_one_person
from ..core.language import language
from ..core.links import absolute, link_to
from . import emails, handling, sender
from .pages import AnswerPage, AskedCity, AskPage, ConfirmQuestionPage, FollowPage

BY_ADDRESS = ("20 per hour", "60 per day")
"""How many questions one network address may ask: an office has one for all."""

IN_ALL = "300 per hour"
"""How many everybody may ask: each is a mail to someone who may not have asked."""

BY_EMAIL = "5 per day"
"""How many one e-mail address may ask."""

WRONG_CODES = "20 per hour"
"""How many wrong codes for one question may come from one network address: an office has one address for all."""

_NO_SUCH_PAGE = gettext_noop(
    "This address names no city and no initiative that we know. To ask a question, open the page of a city or an "
    "initiative, and choose “Ask a question” there."
)
_WRONG_CODE = gettext_noop("This code is not right, or older than 3 days.")
_NO_CITY = gettext_noop("Please choose at least one city.")

blueprint = Blueprint("questions", __name__)
blueprint.after_request(of_one_person)
blueprint.after_request(keep_out_of_search_engines)


@blueprint.get("/ask")
def ask() -> ResponseReturnValue:
    """The form of a question to the cities, or about the initiative, that this address names."""
    return _ask_page(_asked(), Form({}))


@blueprint.post("/ask")
def ask_submit() -> ResponseReturnValue:
    """Keep the question, and send a code to the asker's address; only with that it goes on."""
    try:
        asked = _asked()
    except NotFound as problem:
        # It was withdrawn while the question was written: what was written is shown.
        return errors.not_done(message_text(problem.message), 404)
    data, form = _read_question(asked)
    if not context.mail().can_send:
        return _ask_page(asked, form), 409
    if data is None or form.is_wrong:
        return _ask_page(asked, form), 422
    try:
        _spend(data["email"])
    except TooManyRequests as problem:
        text, seconds = limits.seconds_to_wait(problem)
        return _ask_page(asked, form.with_problem(text)), 429, {"Retry-After": str(seconds)}
    with submissions.writing() as writing:
        initiative_id = asked.initiative.id if asked.initiative else None
        city_ids = [city.id for city in asked.ticked]
        actions.ask(writing, **data, initiative_id=initiative_id, city_ids=city_ids, language=language())
    sender.send_soon()
    flash(
        gettext("We have sent a code to %(email)s. Your question is sent when you type it here.", email=data["email"])
    )
    return redirect(url_for("questions.confirm"), 303)


@blueprint.get("/questions/confirm")
def confirm() -> ResponseReturnValue:
    """Where a code is typed; opening a link with one changes nothing, since programs open links in mails too."""
    return ConfirmQuestionPage(form=Form({"code": request.args.get("code", "")[:100]})).render()


@blueprint.post("/questions/confirm")
def confirm_submit() -> ResponseReturnValue:
    """Send the question on to its cities, and lead to the page where it is followed."""
    data, form = forms.read(CodeSchema(), request.form)
    if data is None:
        return ConfirmQuestionPage(form=form).render(), 422
    guesses = ("code of a question", limits.client_address(), question_number(data["code"]))
    try:
        limits.refuse_beyond(WRONG_CODES, *guesses)
        with context.database().writing() as writing:
            question = emails.links().read_code(writing, data["code"])
            actions.confirm(writing, question)
    except TooManyRequests as problem:
        text, seconds = limits.seconds_to_wait(problem)
        return ConfirmQuestionPage(form=form.with_problem(text)).render(), 429, {"Retry-After": str(seconds)}
    except InvalidQuestionLink:
        limits.is_within(WRONG_CODES, *guesses)
        wrong = form.with_errors(code=_WRONG_CODE)
        return ConfirmQuestionPage(form=wrong).render(), 422
    except Refused as problem:
        return ConfirmQuestionPage(form=form.with_errors(code=message_text(problem.message))).render(), 422
    sender.send_soon()
    return redirect(_follow_url(question), 303)


@blueprint.get("/questions/<ticket>")
def follow(ticket: str) -> ResponseReturnValue:
    """A question with its answers, for whoever asked."""
    return _follow_page(ticket)


def _follow_page(ticket: str, form: Form | None = None) -> str:
    question = emails.links().read_to_follow(session(), ticket)
    values = {"may_publish": question.may_publish, "shares_email": question.shares_email}
    page = FollowPage(
        question=question,
        answers=queries.answers_of(session(), question),
        form=form or Form(values),
        address=absolute(_follow_url(question)),
        ticket=ticket,
        days_kept=context.config().question_days,
    )
    return page.render()


@blueprint.post("/questions/<ticket>/choices")
def choices_submit(ticket: str) -> ResponseReturnValue:
    """Save whether question and answers may be published, and whether those who answer get the address."""
    data, form = forms.read(ChoicesSchema(), request.form)
    if data is None:
        return _follow_page(ticket, form), 422
    with context.database().writing() as writing:
        actions.choose_for_asker(writing, emails.links().read_to_follow(writing, ticket), **data)
    sender.send_soon()
    flash(gettext("Saved."))
    return redirect(url_for("questions.follow", ticket=ticket), 303)


@blueprint.post("/questions/<ticket>/withdraw")
def withdraw_submit(ticket: str) -> ResponseReturnValue:
    """Withdraw the question, and delete name and address."""
    with context.database().writing() as writing:
        question = emails.links().read_to_follow(writing, ticket)
        is_left = question.confirmed_at is not None
        actions.withdraw(writing, question)
    flash(gettext("Your question was withdrawn. Your name and your address were deleted."))
    return redirect(url_for("questions.follow", ticket=ticket) if is_left else url_for("home.home"), 303)


@blueprint.get("/questions/answer/<ticket>")
def answer(ticket: str) -> ResponseReturnValue:
    """The form by which the person whom a mail was sent to answers, once, without signing in."""
    row, person = emails.links().read_to_answer(session(), ticket)
    return _answer_page(ticket, row.id, Form({"name": person.name}), "")


@blueprint.post("/questions/answer/<ticket>")
def answer_submit(ticket: str) -> ResponseReturnValue:
    """Answer, decline or give the question to the editors; then the link is used."""
    links = emails.links()
    try:
        row, _person = links.read_to_answer(session(), ticket)
        act, form = handling.handle(handling.BY_LINK, lambda writing: links.read_to_answer(writing, ticket))
        if form.is_wrong:
            context.refresh_session()
            return _answer_page(ticket, row.id, form, act), form.status
    except InvalidQuestionLink as problem:
        # A colleague was first: what was written here is shown.
        return errors.not_done(message_text(problem.message), 410)
    sender.send_soon()
    flash(
        gettext("Thank you. The person who asked gets a mail.")
        if row.question.reachable_email
        else gettext("Thank you. The person who asked gets no mail, but can read this on their page of the question.")
    )
    thing = row.question.initiative or row.city
    return redirect(link_to(thing) if thing else url_for("home.home"), 303)


def _answer_page(ticket: str, key: int, form: Form, act: str) -> str:
    row, person = emails.links().read_to_answer(session(), ticket)
    shown = queries.answer_by_id(session(), key) or row
    path = url_for("questions.answer", ticket=ticket)
    return AnswerPage(answer=shown, person=person, form=form, act=act, path=path).render()


@dataclass(frozen=True, slots=True)
class _Asked:
    """The cities and the initiative that this request's address names, and that address.

    `ticked` are those of the cities that are chosen: all, until the form is sent. `left_out` are those beyond
    MOST_CITIES.
    """

    cities: Sequence[City]
    left_out: Sequence[City]
    ticked: Sequence[City]
    initiative: Initiative | None
    path: str


def _asked() -> _Asked:
    """Read the address. Raises UnknownAddress where it names nothing that is here."""
    (slug,) = _slugs_now(EntryKind.INITIATIVE, [request.args.get("initiative", "")])
    initiative = initiatives_by_slugs(session(), [slug]).get(slug) if slug else None
    slugs = _slugs_now(EntryKind.CITY, list(dict.fromkeys(request.args.getlist("city")))[: 2 * MOST_CITIES])
    if slugs:
        found = cities_by_slugs(session(), slugs)
        cities = [found[slug] for slug in slugs if slug in found]
    else:
        cities = initiative.cities if initiative else []
    if initiative is None and not cities:
        raise UnknownAddress(_NO_SUCH_PAGE)
    cities, left_out = cities[:MOST_CITIES], cities[MOST_CITIES:]
    named = [city.slug for city in cities] if slugs else []
    path = url_for("questions.ask", initiative=initiative.slug if initiative else None, city=named)
    ticked = _ticked(cities) if request.method == "POST" else cities
    return _Asked(cities, left_out, ticked, initiative, path)


def _slugs_now(kind: EntryKind, slugs: Sequence[str]) -> list[str]:
    """Slugs without NUL, each once; of an entry that was merged into another, that of the one that stayed."""
    clean = [slug.replace("\0", "") for slug in slugs]
    return list(dict.fromkeys(merged_into(session(), kind, slug) or slug for slug in clean))


def _ticked(cities: Sequence[City]) -> list[City]:
    """The cities, of these, that are ticked in the form of this request."""
    slugs = _slugs_now(EntryKind.CITY, request.form.getlist("city")[: 2 * MOST_CITIES])
    return [city for city in cities if city.slug in slugs]


def _read_question(asked: _Asked) -> tuple[dict[str, Any] | None, Form]:
    """Read the form of this request; None where a field is wrong. The form tells of blocked addresses too."""
    data, form = forms.read(QuestionSchema(), request.form)
    if asked.cities and not asked.ticked:
        form = form.with_errors(city=_NO_CITY)
    if data is not None and queries.is_blocked(session(), data["email"]):
        form = form.with_errors(email=actions.BLOCKED)
    return data, form


def _spend(email: str) -> None:
    """Count a question. Raises TooManyRequests."""
    for rate in BY_ADDRESS:
        limits.spend(rate, "question", limits.client_address())
    limits.spend(IN_ALL, "question")
    limits.spend(BY_EMAIL, "questions of", email)


def _ask_page(asked: _Asked, form: Form) -> str:
    staffed = queries.cities_with_people(session(), [city.id for city in asked.cities])
    cities = [
        AskedCity(
            city=city,
            has_people=city.id in staffed,
            times=queries.open_and_answer_time(session(), city.id),
            is_chosen=city in asked.ticked,
        )
        for city in asked.cities
    ]
    page = AskPage(
        form=form,
        path=asked.path,
        initiative=asked.initiative,
        cities=cities,
        left_out=[city.name for city in asked.left_out],
        can_send=context.mail().can_send,
        days_kept=context.config().question_days,
    )
    return page.render()


def _follow_url(question: CityQuestion) -> str:
    return url_for("questions.follow", ticket=emails.links().to_follow(question))


def ask_cities_address(slugs: Sequence[str]) -> str:
    """The address of the form of one question to the first of some cities, as many as may be asked at once."""
    return url_for("questions.ask", city=list(slugs)[:MOST_CITIES])


def register(app: Flask) -> None:
    """Let templates ask for the address of the form to several cities, and for who answered."""
    sender.register(app)
    app.jinja_env.globals.update(ask_cities_address=ask_cities_address, answered_by=emails.signed)


BLUEPRINTS = [blueprint]
