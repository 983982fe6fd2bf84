"""The forum for everybody: its sessions, the page of each, and each as a calendar and on paper."""

from flask import Blueprint, Response, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from kb.core.column_types import now
from kb.forum import queries
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
    forum_sessions = session().scalars(queries.public_sessions()).all()
    return Response(calendar(forum_sessions, gettext("CityPeers Forum")), mimetype="text/calendar")


@blueprint.get("/forum/<slug>")
def session_page(slug: str) -> str:
    """A session: when and where, the programme, who speaks, what is presented, and afterwards what was said."""
    forum_session = queries.public_session(session(), slug)
    return render_template(
        "forum/session.html",
        held=forum_session,
        programme=programme(forum_session),
        times=times_held(session(), forum_session),
        **programme_page.of_speakers(forum_session),
        questions=queries.published_questions(session(), forum_session.id),
        files=records.addresses(forum_session),
        jsonld=jsonld.forum_session(forum_session),
    )


@blueprint.get("/forum/<slug>.ics")
def session_calendar(slug: str) -> Response:
    """A session as a calendar takes it in."""
    forum_session = queries.public_session(session(), slug)
    response = Response(calendar([forum_session], forum_session.title), mimetype="text/calendar")
    response.headers["Content-Disposition"] = f'attachment; filename="{forum_session.slug}.ics"'
    return response


@blueprint.get("/forum/<slug>/programme.pdf")
def programme_pdf(slug: str) -> ResponseReturnValue:
    """The programme on paper; where it cannot be made now, the page itself, which prints as well."""
    forum_session = queries.public_session(session(), slug)
    try:
        spend(_PDFS, "programme pdf", client_address())
        made = pdf.pdf(programme_page.document(forum_session))
    except pdf.PdfUnavailable:
        return redirect(link_to(forum_session), 303)
    return Response(made, mimetype="application/pdf", headers=_named(f"{forum_session.slug}-programme.pdf"))


@blueprint.get("/forum/<slug>/record.csv")
def record_csv(slug: str) -> Response:
    """The record of a session as a table."""
    forum_session = queries.public_session(session(), slug)
    return records.as_csv(
        forum_session,
        times_held(session(), forum_session),
        list(queries.published_questions(session(), forum_session.id)),
    )


@blueprint.get("/forum/<slug>/record.json")
def record_json(slug: str) -> Response:
    """The record of a session for machines."""
    forum_session = queries.public_session(session(), slug)
    return records.as_json(
        forum_session,
        times_held(session(), forum_session),
        list(queries.published_questions(session(), forum_session.id)),
    )


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "X-Robots-Tag": "noindex"}
