"""The chair's brief at the desk: drawn from the record, with the chair's own words beside it, and on paper."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy.orm import Session

from kb.forum import actions, queries
from kb.forum.briefing import Brief, make_brief
from kb.forum.live.chairs import Chair
from kb.forum.models import ForumSession
from kb.forum.schemas import BriefEditSchema

from ...catalogue.map_page import DrawnMap
from ...core import context, forms, pdf
from ...core.access import actor, requires
from ...core.context import session
from ...core.formatting import message_text, today
from ...core.forms import Form
from ...core.headers import as_attachment
from ...core.limits import client_address, spend
from ...core.pages import Page
from .. import console, programme_page, session_forms


def brief_of(session: Session, forum_session: ForumSession) -> Brief:
    """The brief of a session, with what makes two cities peers."""
    return make_brief(session, forum_session, context.peers())


@dataclass(frozen=True, kw_only=True)
class ChairBriefPage(Page):
    """A brief with what the chair wrote beside it; `wrong` are refused forms by section, `reading` hides the forms."""

    template = "forum/chair_brief.html"
    forum_session: ForumSession
    brief: Brief
    drawn: DrawnMap | None
    wrong: Mapping[str, Form]
    reading: bool


@dataclass(frozen=True, kw_only=True)
class BriefPaper(Page):
    """A brief as one HTML file that needs nothing else."""

    template = "forum/chair_brief_paper.html"
    forum_session: ForumSession
    brief: Brief
    made_on: date
    style_element: Markup


def page_of_brief(
    session: Session, forum_session: ForumSession, wrong: Mapping[str, Form] | None = None, *, reading: bool = False
) -> ChairBriefPage:
    """The brief of a session in the reader's language, with a map of the cities in it."""
    brief = brief_of(session, forum_session)
    return ChairBriefPage(
        forum_session=forum_session,
        brief=brief,
        drawn=programme_page.drawn(list(brief.material.cities.values())),
        wrong=wrong or {},
        reading=reading,
    )


def brief_document(session: Session, forum_session: ForumSession) -> str:
    """The brief of a session, on paper."""
    brief = brief_of(session, forum_session)
    paper = BriefPaper(forum_session=forum_session, brief=brief, made_on=today(), style_element=pdf.style_element())
    return paper.render()


blueprint = Blueprint("briefs", __name__, url_prefix="/desk/forum/<slug>")
for_chairs = Blueprint("chairing", __name__, url_prefix="/forum/<slug>")
"""Briefs to read, for whoever leads a session by a link and has no account."""


@blueprint.get("/brief")
@requires("lead-sessions")
def chair_brief(slug: str) -> str:
    """The thematic overview, an introduction of each speaker, bridges, and questions worth asking."""
    forum_session = queries.any_session(session(), slug)
    return page_of_brief(session(), forum_session).render()


@blueprint.post("/brief/<section>")
@requires("lead-sessions")
def write(slug: str, section: str) -> ResponseReturnValue:
    """Keep the chair's own words for a section; without any, the record's stand again."""
    forum_session = queries.any_session(session(), slug)
    drawn = brief_of(session(), forum_session).sections.get(section) or abort(404)
    data, form = forms.read(BriefEditSchema(), request.form)
    if data is not None:
        text = drawn.drawn(message_text)
        form = session_forms.submit(
            form,
            slug,
            lambda session, stored: actions.write_brief(session, actor(), stored, section, text, data),
        )
    if not form.is_wrong:
        return redirect(url_for("briefs.chair_brief", slug=slug, _anchor=section), 303)
    return page_of_brief(session(), forum_session, {section: form}).render(), 422


@blueprint.get("/brief.pdf")
@requires("lead-sessions")
def brief_pdf(slug: str) -> ResponseReturnValue:
    """The brief on paper; where it cannot be made now, the page itself, which prints as well."""
    return _on_paper(slug, url_for("briefs.chair_brief", slug=slug))


@for_chairs.get("/brief", endpoint="chair_brief")
@console.leads
def chair_brief_by_link(forum_session: ForumSession, _chair: Chair) -> ResponseReturnValue:
    """The brief for whoever leads the session, also by a link."""
    whole = queries.any_session(session(), forum_session.slug)
    return page_of_brief(session(), whole, reading=True).render()


@for_chairs.get("/brief.pdf", endpoint="brief_pdf")
@console.leads
def brief_pdf_by_link(forum_session: ForumSession, _chair: Chair) -> ResponseReturnValue:
    """The brief as PDF for whoever leads the session, also by a link."""
    return _on_paper(forum_session.slug, url_for("chairing.chair_brief", slug=forum_session.slug))


def _on_paper(slug: str, otherwise: str) -> ResponseReturnValue:
    forum_session = queries.any_session(session(), slug)
    try:
        spend(pdf.PDF_RATE, "brief pdf", client_address())
        content = pdf.pdf(
            brief_document(session(), forum_session), (otherwise, gettext("Read the brief on the website"))
        )
    except pdf.PdfUnavailable:
        return redirect(otherwise, 303)
    response = Response(content, mimetype="application/pdf", headers={"Cache-Control": "private, no-store"})
    return as_attachment(response, f"{slug}-brief.pdf")
