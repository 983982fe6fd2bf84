"""The forum for everybody: its sessions, the page of each, and each as a calendar and on paper."""

from flask import Blueprint, Response, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from kb.core.column_types import now
from kb.forum import queries
from kb.forum.live import published_questions
from kb.forum.live.queries import times_held
from kb.forum.rules import programme

from ...core import jsonld, pdf
from ...core.context import session
from ...core.limits import client_address, spend
from ...core.links import link_to
from .. import programme_page, records
from ..calendars import calendar

blueprint = Blueprint("forum", __name__)

_PDFS = "12 per minute"


@blueprint.get("/forum")
def forum() -> str:
    """The sessions that come, and those that were."""
    public = queries.public_sessions()
    return render_template(
        "forum/sessions.html",
        coming=queries.session_cards(session(), queries.coming(public, now())),
        past=queries.session_cards(session(), queries.past(public, now()).limit(queries.PAST_SHOWN)),
    )


@blueprint.get("/forum.ics")
def feed() -> Response:
    """All public sessions as a calendar to subscribe to."""
    held = session().scalars(queries.public_sessions()).all()
    return Response(calendar(held, gettext("CityPeers Forum")), mimetype="text/calendar")


@blueprint.get("/forum/<slug>")
def session_page(slug: str) -> str:
    """A session: when and where, the programme, who speaks, what is presented, and afterwards what was said."""
    held = queries.public_session(session(), slug)
    return render_template(
        "forum/session.html",
        held=held,
        programme=programme(held),
        times=times_held(session(), held),
        **programme_page.of_speakers(held),
        questions=published_questions.published_questions(session(), held.id),
        files=records.addresses(held),
        jsonld=jsonld.forum_session(held),
    )


@blueprint.get("/forum/<slug>.ics")
def session_calendar(slug: str) -> Response:
    """A session as a calendar takes it in."""
    held = queries.public_session(session(), slug)
    response = Response(calendar([held], held.title), mimetype="text/calendar")
    response.headers["Content-Disposition"] = f'attachment; filename="{held.slug}.ics"'
    return response


@blueprint.get("/forum/<slug>/programme.pdf")
def programme_pdf(slug: str) -> ResponseReturnValue:
    """The programme on paper; where it cannot be made now, the page itself, which prints as well."""
    held = queries.public_session(session(), slug)
    try:
        spend(_PDFS, "programme pdf", client_address())
        made = pdf.pdf(programme_page.document(held))
    except pdf.PdfUnavailable:
        return redirect(link_to(held), 303)
    return Response(made, mimetype="application/pdf", headers=_named(f"{held.slug}-programme.pdf"))


@blueprint.get("/forum/<slug>/record.csv")
def record_csv(slug: str) -> Response:
    """The record of a session as a table."""
    held = queries.public_session(session(), slug)
    return records.as_csv(
        held, times_held(session(), held), list(published_questions.published_questions(session(), held.id))
    )


@blueprint.get("/forum/<slug>/record.json")
def record_json(slug: str) -> Response:
    """The record of a session for machines."""
    held = queries.public_session(session(), slug)
    return records.as_json(
        held, times_held(session(), held), list(published_questions.published_questions(session(), held.id))
    )


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "X-Robots-Tag": "noindex"}
