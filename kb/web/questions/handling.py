"""What a form about a question does, at the desk and behind a link in a mail alike: the button's name says which."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import request
from marshmallow import Schema
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.catalogue.queries import cities_by_slugs, city_by_slug
from kb.core.errors import NotFound, Refused
from kb.core.i18n import gettext_noop
from kb.questions import actions
from kb.questions.models import CityAnswer
from kb.questions.schemas import AnswerSchema, ChoicesSchema, HandOnSchema, NoteSchema, ReasonSchema

from ..core import forms
from ..core.forms import Form
from ..peers.compare_page import city_meant

_NO_CITY = gettext_noop("There is no city with this name or address.")
_NO_PERSON = gettext_noop("Please choose a person.")

Act = Callable[[Session, User, CityAnswer, Mapping[str, Any]], None]
Find = Callable[[Session], tuple[CityAnswer, User]]
"""Reads what is to be handled, and by whom, in the transaction of the work. Raises what its page answers."""


def _answer(session: Session, actor: User, row: CityAnswer, data: Mapping[str, Any]) -> None:
    actions.answer(session, actor, row, **data)


def _decline(session: Session, actor: User, row: CityAnswer, data: Mapping[str, Any]) -> None:
    actions.decline(session, actor, row, data["reason"])


def _to_colleague(session: Session, actor: User, row: CityAnswer, data: Mapping[str, Any]) -> None:
    colleague = session.get(User, data["person"]) if data["person"] else None
    if colleague is None:
        raise Refused(_NO_PERSON)
    actions.hand_to_colleague(session, actor, row, colleague)


def _to_city(session: Session, actor: User, row: CityAnswer, data: Mapping[str, Any]) -> None:
    typed = (data["city"] or "").rstrip("/").rpartition("/")[2]
    city = cities_by_slugs(session, [typed]).get(typed)
    if city is None and (slug := city_meant(session, typed)) is not None:
        city = city_by_slug(session, slug)
    if city is None:
        raise Refused(_NO_CITY)
    actions.hand_to_city(session, actor, row, city)


def _to_editors(session: Session, actor: User, row: CityAnswer, _data: Mapping[str, Any]) -> None:
    actions.hand_to_editors(session, actor, row)


def _choose(session: Session, actor: User, row: CityAnswer, data: Mapping[str, Any]) -> None:
    actions.choose_for_city(session, actor, row, **data)


def _introduce(session: Session, actor: User, row: CityAnswer, data: Mapping[str, Any]) -> None:
    actions.offer_introduction(session, actor, row, data["note"])


def _remove(session: Session, actor: User, row: CityAnswer, _data: Mapping[str, Any]) -> None:
    actions.remove(session, actor, row)


def _restore(session: Session, actor: User, row: CityAnswer, _data: Mapping[str, Any]) -> None:
    actions.restore(session, actor, row)


def _block(session: Session, actor: User, row: CityAnswer, _data: Mapping[str, Any]) -> None:
    if row.question.email is not None:
        actions.block(session, actor, row.question.email)


Acts = Mapping[str, tuple[type[Schema], Act]]
"""By the name of a form, what it says and what it does."""

BY_LINK: Acts = {
    "answer": (AnswerSchema, _answer),
    "decline": (ReasonSchema, _decline),
    "editors": (HandOnSchema, _to_editors),
}
"""What a link in a mail lets its person do, once."""

AT_DESK: Acts = {
    **BY_LINK,
    "colleague": (HandOnSchema, _to_colleague),
    "city": (HandOnSchema, _to_city),
    "choices": (ChoicesSchema, _choose),
}
"""What the people of a city do at the desk."""

BY_EDITORS: Acts = {
    "introduce": (NoteSchema, _introduce),
    "remove": (NoteSchema, _remove),
    "restore": (NoteSchema, _restore),
    "block": (NoteSchema, _block),
}


def handle(acts: Acts, find: Find) -> tuple[str, Form]:
    """Do what this request's form says; return what that was, and the form with what is wrong with it."""
    act = request.form.get("act", "")
    if act not in acts:
        raise NotFound
    schema, do = acts[act]
    data, form = forms.read(schema(), request.form)
    if data is not None:

        def work(session: Session) -> None:
            row, person = find(session)
            do(session, person, row, data)

        form = forms.submit(form, work)
    return act, form
