"""The pages on which editors change terms and sources."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _
from marshmallow import ValidationError
from sqlalchemy.orm import Session
from wtforms import Form

from kb.catalogue import queries
from kb.catalogue.entries import TermKind, schema_of
from kb.catalogue.entries.schema import SourceRow
from kb.catalogue.models import Source
from kb.catalogue.terms import DIMENSIONS, TECHNOLOGY_GROUPS
from kb.editorial import entries
from kb.editorial.checking import blank
from kb.editorial.problems import EditConflict, Invalid
from kb.problems import NotFound

from .. import filling
from ..addresses import AddressSchema, Page, Text
from ..figures import said
from .fields import Choice, Day, Line, Prose, Ticks
from .saving import places_now
from .values import Values
from .writing import in_words

ON_A_PAGE = 50


class TermForm(Form):
    """What challenges and technologies have in common."""

    code = Line(_("Code"), description=_("Letters and hyphens, as in “air-quality”. It never changes."))
    label = Line(_("Label"))
    gist = Prose(_("In a sentence"))


class ChallengeForm(TermForm):
    """A challenge."""

    dimension = Choice(_("Dimension"), DIMENSIONS)
    aims = Ticks(_("Aims that it serves"))
    categories = Prose(_("U4SSC categories"), description=_("One on each line."))


class TechnologyForm(TermForm):
    """A technology."""

    group = Choice(_("Group"), TECHNOLOGY_GROUPS)


_FORMS: Mapping[str, type[TermForm]] = {"challenge": ChallengeForm, "technology": TechnologyForm}


@dataclass(frozen=True, slots=True)
class SentTerm:
    """A term as it was sent, and as the editor had seen it."""

    data: Mapping[str, Any]
    seen: Mapping[str, Any] | None


def page_of_terms(session: Session) -> Mapping[str, Any]:
    """Both lists."""
    return {"challenges": queries.challenges(session), "technologies": queries.technologies(session)}


def sent_term(kind: TermKind, code: str | None) -> SentTerm:
    """What the request says of a term."""
    data = _FORMS[kind](request.form).data
    if kind == "challenge":
        data["categories"] = [line.strip() for line in (data["categories"] or "").split("\n") if line.strip()]
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
) -> Mapping[str, Any]:
    """A term as a form: as it is, or as it was sent with what is wrong. Raises NotFound."""
    kept = blank(kind) if code is None else entries.snapshot(kind, _term(session, kind, code))
    data = {**(sent.data if sent else kept)}
    if kind == "challenge":
        data["categories"] = "\n".join(data["categories"])
    form = _FORMS[kind](data=data)
    errors = in_words(problem.errors) if isinstance(problem, Invalid) else {}
    for path, messages in errors.items():
        if path.partition(".")[0] in form:
            form[path.partition(".")[0]].errors = messages
    values = Values(session, places_now())
    others = (
        []
        if not isinstance(problem, EditConflict)
        else [
            (schema_of(kind).labels[name], values.lines(kind, name, kept[name]))
            for name in problem.fields
            if name in kept
        ]
    )
    return {
        "kind": kind,
        "code": code,
        "form": form,
        "seen": json.dumps(kept) if code is not None else "null",
        "aims": queries.aims(session) if kind == "challenge" else (),
        "wrong": filling.Form({}, errors),
        "labels": {name: schema_of(kind).labels.get(name, name) for name in errors},
        "others": others,
    }


def _term(session: Session, kind: TermKind, code: str) -> Any:
    return (
        queries.challenge_by_code(session, code) if kind == "challenge" else queries.technology_by_code(session, code)
    )


class SourcesSchema(AddressSchema):
    """`q`: words of a source's address or title; `page`."""

    q = Text(load_default="")
    page = Page(load_default=1)


def page_of_sources(session: Session, typed: str, page: int) -> Mapping[str, Any]:
    """Sources that fit, by address, with how often each is cited."""
    page = max(page, 1)
    chosen = queries.sources_called(typed)
    rows: Sequence[Any] = session.execute(chosen.offset((page - 1) * ON_A_PAGE).limit(ON_A_PAGE + 1)).all()
    return {"typed": typed, "page": page, "rows": rows[:ON_A_PAGE], "more": len(rows) > ON_A_PAGE}


def source_of(session: Session, key: int) -> Source:
    """A source. Raises NotFound."""
    found = session.get(Source, key)
    if found is None:
        raise NotFound
    return found


class SourceForm(Form):
    """How a source is called, and when it was seen."""

    title = Line(_("Title"))
    seen_on = Day(_("Day when you saw it"))


def sent_source() -> tuple[Mapping[str, Any], Mapping[str, list[str]]]:
    """What the request says of a source, and what is wrong with it, by field."""
    data = SourceForm(request.form).data
    try:
        SourceRow().load({**data, "url": None})
    except ValidationError as problem:
        return data, {name: [said(one) for one in words] for name, words in problem.messages_dict.items()}
    return data, {}


def page_of_source(
    session: Session,
    key: int,
    sent: Mapping[str, Any] | None = None,
    wrong: Mapping[str, list[str]] | None = None,
) -> Mapping[str, Any]:
    """The page of one source, as it is or as it was sent."""
    source = source_of(session, key)
    seen_on = source.seen_on.isoformat() if source.seen_on else None
    form = SourceForm(data=sent or {"title": source.title, "seen_on": seen_on})
    for name, messages in (wrong or {}).items():
        form[name].errors = messages
    return {"source": source, "form": form, "wrong": filling.Form({}, wrong or {})}
