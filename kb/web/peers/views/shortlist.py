"""The short list: entries that somebody collected, by its address alone; and the brief made from it."""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from ...core import pdf
from ...core.context import session
from ...core.limits import client_address, spend
from ..schemas import ShortlistQuery, ShortlistSchema
from ..shortlist_page import document, page_of_shortlist, shortlist_of

blueprint = Blueprint("shortlist", __name__)

_PDFS = "12 per minute"


@blueprint.get("/shortlist")
def shortlist() -> str:
    """The entries that the address names, each with its facts, and ways to add, take away, share and print."""
    shortlist_query: ShortlistQuery = ShortlistSchema().load(request.args)
    return render_template("peers/shortlist.html", **page_of_shortlist(session(), shortlist_query))


@blueprint.get("/shortlist/brief.html")
def brief_html() -> Response:
    """The brief as one file that needs nothing else, to keep or to send."""
    return _download(document(shortlist_of(session(), ShortlistSchema().load(request.args))), "html", "text/html")


@blueprint.get("/shortlist/brief.pdf")
def brief_pdf() -> ResponseReturnValue:
    """The brief as PDF; where it cannot be made, the list's page says why."""
    shortlist_query: ShortlistQuery = ShortlistSchema().load(request.args)
    try:
        spend(_PDFS, "pdf", client_address())
        made = pdf.pdf(document(shortlist_of(session(), shortlist_query)))
    except pdf.PdfUnavailable as problem:
        page = page_of_shortlist(session(), shortlist_query)
        return render_template("peers/shortlist.html", **page, problem=problem.why), 503, {"Retry-After": "30"}
    return _download(made, "pdf", "application/pdf")


def _download(content: str | bytes, ending: str, mimetype: str) -> Response:
    response = Response(content, mimetype=mimetype)
    name = f"citypeers-brief-{pdf.today().isoformat()}.{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Robots-Tag"] = "noindex"
    return response
