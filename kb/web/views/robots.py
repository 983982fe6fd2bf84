"""What robots and browsers read: robots.txt, the sitemap, and the description of the search for OpenSearch."""

from flask import Blueprint, Response, render_template, url_for

from kb.catalogue import queries

from ..current import session
from ..links import absolute, link_to_entry

blueprint = Blueprint("robots", __name__)

_PAGES = (
    "home.home",
    "cities.cities",
    "goals.goals",
    "challenges.challenges",
    "technologies.technologies",
    "peers.peers",
    "peers.method",
    "compare.compare",
    "maps.map",
    "about.about",
)


def _answer(text: str, mimetype: str) -> Response:
    response = Response(text, mimetype=mimetype)
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Everything is open but combinations of filters, which are endless, and suggestions."""
    return _answer(render_template("robots.txt", sitemap=absolute(url_for("robots.sitemap"))), "text/plain")


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """Every page worth finding, entries with the day of their last edit."""
    session_ = session()
    addresses: list[tuple[str, str | None]] = [(url_for(page), None) for page in _PAGES]
    addresses += [(url_for("goals.goal", number=goal.number), None) for goal in queries.goals(session_)]
    addresses += [(url_for("challenges.challenge", code=one.code), None) for one in queries.challenges(session_)]
    addresses += [(url_for("technologies.technology", code=one.code), None) for one in queries.technologies(session_)]
    addresses += [
        (link_to_entry(kind, slug), updated_at.date().isoformat())
        for kind, slug, updated_at in queries.entry_addresses(session_)
    ]
    return _answer(render_template("sitemap.xml", addresses=addresses), "application/xml")


@blueprint.get("/opensearch.xml")
def opensearch() -> Response:
    """How a browser's address bar can search here."""
    return _answer(render_template("opensearch.xml"), "application/opensearchdescription+xml")
