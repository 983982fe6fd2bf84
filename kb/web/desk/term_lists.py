"""The pages on which editors change terms and sources."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from kb.catalogue import queries
from kb.catalogue.entries import TermKind, schema_of, snapshot
from kb.catalogue.entries.schema import SourceRow
from kb.catalogue.models import Challenge, Source, Technology
from kb.core.errors import NotFound
from kb.editorial.errors import EditConflict, Invalid
from kb.editorial.validation import blank

from ..core import forms
from ..core.formatting import message_text
from ..core.language import by_label
from ..core.pages import Page
from ..core.query_schemas import PageNumber, QuerySchema, Text
from .display_values import DisplayValues, Line
from .drafts import in_words
from .form_options import FormOptions
from .places import places_now
from .step_form import StepForm

ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class SentTerm:
    """A term as it was sent, and as the editor had seen it."""

    data: Mapping[str, Any]
    seen: Mapping[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class TermsPage(Page):
    """The challenges and technologies."""

    template = "desk/terms.html"
    challenges: Sequence[Challenge]
    technologies: Sequence[Technology]


@dataclass(frozen=True, kw_only=True)
class TermPage(Page):
    """A term as a form; `others` are the fields that somebody else changed meanwhile, with what they say now."""

    template = "desk/term.html"
    kind: TermKind
    code: str | None
    form: StepForm
    title: str | None
    seen: str
    wrong: forms.Form
    labels: Mapping[str, str]
    others: Sequence[tuple[str, Sequence[Line]]]


@dataclass(frozen=True, kw_only=True)
class SourcesPage(Page):
    """A page of sources, each with how often it is cited."""

    template = "desk/sources.html"
    typed: str
    page: int
    rows: Sequence[Any]
    more: bool


@dataclass(frozen=True, kw_only=True)
class SourcePage(Page):
    """A source as a form."""

    template = "desk/source.html"
    source: Source
    form: StepForm
    wrong: forms.Form


def page_of_terms(session: Session) -> TermsPage:
    """Both lists."""
    return TermsPage(
        challenges=by_label(queries.challenges(session)), technologies=by_label(queries.technologies(session))
    )


def sent_term(kind: TermKind, code: str | None) -> SentTerm:
    """What the request says of a term."""
    form = StepForm.sent(schema_of(kind).declared, request.form)
    data = form.wanted({}, places_now())
    if code is not None:
        data["code"] = code
    try:
        seen = json.loads(request.form.get("seen", "null"))
    except ValueError:
        seen = None
    return SentTerm(data, seen if isinstance(seen, dict) else None)


def page_of_term(
    session: Session,
    kind: TermKind,
    code: str | None,
    sent: SentTerm | None = None,
    problem: Invalid | EditConflict | None = None,
) -> TermPage:
    """A term as a form: as it is, or as it was sent with what is wrong. Raises NotFound."""
    stored = blank(kind) if code is None else snapshot(kind, _term(session, kind, code))
    data, places = sent.data if sent else stored, places_now()
    errors = in_words(problem.errors) if isinstance(problem, Invalid) else {}
    fields = {name: field for name, field in schema_of(kind).declared.items() if code is None or name != "code"}
    form = StepForm.filled(fields, data, places, errors)
    form.prepare(FormOptions(session, kind, data, places), places)
    values = DisplayValues(session, places)
    others = (
        []
        if not isinstance(problem, EditConflict)
        else [
            (schema_of(kind).labels[name], values.lines(kind, name, stored[name]))
            for name in problem.fields
            if name in stored
        ]
    )
    return TermPage(
        kind=kind,
        code=code,
        form=form,
        title=data["label"],
        seen=json.dumps(stored) if code is not None else "null",
        wrong=forms.Form({}, errors),
        labels={name: schema_of(kind).labels.get(name, name) for name in errors},
        others=others,
    )


def _term(session: Session, kind: TermKind, code: str) -> Any:
    by_code = queries.challenge_by_code if kind is TermKind.CHALLENGE else queries.technology_by_code
    return by_code(session, code)


class SourcesSchema(QuerySchema):
    """`q`: words of a source's address or title; `page`."""

    q = Text(load_default="")
    page = PageNumber()


def page_of_sources(session: Session, typed: str, page: int) -> SourcesPage:
    """Sources that fit, by address, with how often each is cited."""
    query = queries.sources_named(typed)
    rows: Sequence[Any] = session.execute(query.offset((page - 1) * ON_A_PAGE).limit(ON_A_PAGE + 1)).all()
    return SourcesPage(typed=typed, page=page, rows=rows[:ON_A_PAGE], more=len(rows) > ON_A_PAGE)


def source_of(session: Session, key: int) -> Source:
    """A source. Raises NotFound."""
    source = session.get(Source, key)
    if source is None:
        raise NotFound
    return source


_SOURCE: Mapping[str, Any] = {name: field for name, field in SourceRow().fields.items() if name != "url"}
"""What is said of a source itself."""


def sent_source() -> tuple[Mapping[str, Any], Mapping[str, list[str]]]:
    """What the request says of a source, and what is wrong with it, by field."""
    data = StepForm.sent(_SOURCE, request.form).wanted({}, places_now())
    try:
        SourceRow().load({**data, "url": None})
    except ValidationError as problem:
        return data, {name: [message_text(word) for word in words] for name, words in problem.messages_dict.items()}
    return data, {}


def page_of_source(
    session: Session,
    key: int,
    sent: Mapping[str, Any] | None = None,
    wrong: Mapping[str, list[str]] | None = None,
) -> SourcePage:
    """The page of one source, as it is or as it was sent."""
    source = source_of(session, key)
    seen_on = source.seen_on.isoformat() if source.seen_on else None
    kept = {"title": source.title, "seen_on": seen_on}
    form = StepForm.filled(_SOURCE, sent or kept, places_now(), wrong)
    return SourcePage(source=source, form=form, wrong=forms.Form({}, wrong or {}))
