"""The chair's brief at the desk: drawn from the record, with the chair's own words beside it, and on paper."""

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kb.forum import actions, queries
from kb.forum.live.chairs import Chair
from kb.forum.models import ForumSession
from kb.forum.schemas import BriefEditSchema

from ...core import forms, pdf
from ...core.access import actor, requires
from ...core.context import session
from ...core.formatting import message_text
from ...core.limits import client_address, spend
from .. import brief_page, console, session_forms

blueprint = Blueprint("briefs", __name__, url_prefix="/desk/forum/<slug>")
for_chairs = Blueprint("chairing", __name__, url_prefix="/forum/<slug>")
"""The same to read, for whoever leads by a link and has no account."""

_PDFS = "12 per minute"


@blueprint.get("/brief")
@requires("lead-sessions")
def chair_brief(slug: str) -> str:
    """The thematic overview, an introduction of each speaker, bridges, and questions worth asking."""
    forum_session = queries.any_session(session(), slug)
    return render_template("forum/chair_brief.html", **brief_page.page(session(), forum_session))


@blueprint.post("/brief/<section>")
@requires("lead-sessions")
def write(slug: str, section: str) -> ResponseReturnValue:
    """Keep the chair's own words for a section; without any, the record's stand again."""
    held = queries.any_session(session(), slug)
    drawn = brief_page.drawn(session(), held).sections.get(section) or abort(404)
    data, form = forms.read(BriefEditSchema(), request.form)
    if data is not None:
        text = drawn.drawn(message_text)
        form = session_forms.tried(
            form, slug, lambda session, held: actions.write_brief(session, actor(), held, section, text, data)
        )
    if not form.is_wrong:
        return redirect(url_for("briefs.chair_brief", slug=slug, _anchor=section), 303)
    return render_template("forum/chair_brief.html", **brief_page.page(session(), held, {section: form})), 422


@blueprint.get("/brief.pdf")
@requires("lead-sessions")
def brief_pdf(slug: str) -> ResponseReturnValue:
    """The brief on paper; where it cannot be made now, the page itself, which prints as well."""
    return _on_paper(slug, url_for("briefs.chair_brief", slug=slug))


@for_chairs.get("/brief", endpoint="chair_brief")
@console.leads
def chair_brief_by_link(held: ForumSession, _chair: Chair) -> ResponseReturnValue:
    """The brief for whoever leads the session, also by a link."""
    whole = queries.any_session(session(), held.slug)
    return render_template("forum/chair_brief.html", **brief_page.page(session(), whole), reading=True)


@for_chairs.get("/brief.pdf", endpoint="brief_pdf")
@console.leads
def brief_pdf_by_link(held: ForumSession, _chair: Chair) -> ResponseReturnValue:
    """The same on paper."""
    return _on_paper(held.slug, url_for("chairing.chair_brief", slug=held.slug))


def _on_paper(slug: str, otherwise: str) -> ResponseReturnValue:
    forum_session = queries.any_session(session(), slug)
    try:
        spend(_PDFS, "brief pdf", client_address())
        made = pdf.pdf(brief_page.document(session(), forum_session))
    except pdf.PdfUnavailable:
        return redirect(otherwise, 303)
    headers = {"Content-Disposition": f'attachment; filename="{slug}-brief.pdf"', "Cache-Control": "private, no-store"}
    return Response(made, mimetype="application/pdf", headers=headers)
