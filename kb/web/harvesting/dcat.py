"""What data and interfaces there are, for catalogues of data: DCAT-AP, and the well-known address of interfaces."""

import json

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from kb.exporting.releases.listing import Releases

from ..core import context
from ..core.headers import open_to_other_sites
from ..core.links import absolute, current_path, site_address
from .oai import contact_address

blueprint = Blueprint("dcat", __name__)


@blueprint.get("/data/catalog.<any(ttl, jsonld, rdf):end>")
def catalog(end: str) -> Answer:
    """The releases and the interfaces as a catalogue of data sets."""
    # rdflib takes a third of a second to import, which no start of the site should wait for.
    from kb.exporting.harvesting import dcat  # noqa: PLC0415

    site = site_address()
    described = dcat.DataCatalogue(
        site=site,
        email=contact_address(site),
        changed=context.catalogue().changed_at(),
        releases=Releases(context.config().releases_folder).all(),
    )
    return _answer(dcat.serialized(described, end), dcat.MIMETYPES[end][0])


@blueprint.get("/.well-known/api-catalog")
def interfaces() -> Answer:
    """The interfaces for programs as a set of links (RFC 9727)."""
    site = site_address()
    data = {"href": f"{site}/data/catalog.jsonld", "type": "application/ld+json"}
    described = {"href": f"{site}/api/v1/openapi.json", "type": "application/json"}
    identified = {"href": f"{site}/oai?verb=Identify", "type": "text/xml"}
    tried_out = {"href": f"{site}/api", "type": "text/html"}
    explained = {"href": f"{site}/docs", "type": "text/html"}
    links = [
        {"anchor": f"{site}/api/v1", "service-desc": [described], "service-doc": [tried_out, explained]},
        {"anchor": f"{site}/oai", "service-desc": [identified], "service-doc": [explained]},
        {"anchor": f"{site}/data", "describedby": [data]},
    ]
    answer = _answer(
        json.dumps({"linkset": links}, indent=2).encode(),
        'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"',
    )
    answer.headers["Link"] = f'<{absolute(current_path())}>; rel="api-catalog"'
    return answer


def _answer(content: bytes, content_type: str) -> Answer:
    response = open_to_other_sites(Response(content, content_type=content_type))
    response.add_etag()
    return response.make_conditional(request)
