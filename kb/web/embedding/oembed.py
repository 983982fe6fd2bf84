"""oEmbed 1.0 (https://oembed.com): what other programs ask to show a page of ours as a frame."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree.ElementTree import Element

from flask import Blueprint, Response, current_app, request
from marshmallow import ValidationError, fields
from marshmallow.validate import Range
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from kb.catalogue import queries
from kb.catalogue.entries import EntryKind
from kb.editorial.queries import merged_into
from kb.exporting.harvesting.xml import add, document

from ..core import context
from ..core.context import session
from ..core.errors import plain_refusal
from ..core.headers import open_to_other_sites
from ..core.links import absolute, site_address
from ..core.query_schemas import QuerySchema, Text
from ..core.search_schema import search_schema
from ..core.search_words import search_words
from .frames import FRAMES, WIDTH, code, frame_address

CACHE_SECONDS = 86_400
"""For so long whoever asked may keep the answer: a frame's address does not change when its content does."""

LONGEST_ADDRESS = 4_000


class OEmbedSchema(QuerySchema):
    """`url` of one of our pages, `format`, and the most pixels that the frame may take."""

    url = Text(longest=LONGEST_ADDRESS, load_default="")
    format = Text(load_default="json")
    maxwidth = fields.Integer(validate=Range(1, 10_000), load_default=None)
    maxheight = fields.Integer(validate=Range(1, 10_000), load_default=None)


blueprint = Blueprint("oembed", __name__)


@blueprint.get("/oembed")
def oembed() -> Response:
    """A frame for a page of ours: 400 for a request that cannot be read, 404 for other pages, 501 for other formats."""
    try:
        asked = OEmbedSchema().load(request.args)
    except ValidationError as problem:
        name = next(iter(problem.messages_dict))
        return plain_refusal(f"{name} must be a whole number of pixels from 1 to 10000.")
    if asked["format"] not in {"json", "xml"}:
        return plain_refusal("format must be json or xml.", 501)
    if not asked["url"]:
        return plain_refusal("url is missing: give the address of an initiative, a city, a search or a city's peers.")
    described = _described(asked["url"], asked["maxwidth"], asked["maxheight"])
    if described is None:
        words = "url must be the address of an initiative, a city, a search or a city's peers on this site."
        return plain_refusal(words, 404)
    if asked["format"] == "xml":
        return open_to_other_sites(Response(_xml(described), mimetype="text/xml"))
    return open_to_other_sites(Response(json.dumps(described, ensure_ascii=False), mimetype="application/json"))


def _described(url: str, maxwidth: int | None, maxheight: int | None) -> dict[str, str | int] | None:
    """What oEmbed says of a page; None for one that is not ours, not there, or has no frame."""
    found = _page_at(url)
    if found is None:
        return None
    endpoint, values, query = found
    if "slug" in values:
        values = {**values, "slug": merged_into(session(), _kind(endpoint), values["slug"]) or values["slug"]}
    address = frame_address(endpoint, values, query)
    title = None if address is None else _title(endpoint, values, query)
    if address is None or title is None:
        return None
    width, height = min(WIDTH, maxwidth or WIDTH), min(FRAMES[endpoint].height, maxheight or FRAMES[endpoint].height)
    return {
        "type": "rich",
        "version": "1.0",
        "title": title,
        "provider_name": "CityPeers",
        "provider_url": f"{site_address()}/",
        "cache_age": CACHE_SECONDS,
        "width": width,
        "height": height,
        "html": code(absolute(address), title, height, width),
    }


def _page_at(url: str) -> tuple[str, Mapping[str, Any], MultiDict[str, str]] | None:
    """The endpoint, values and query of an address of this site."""
    try:
        parts, own = urlsplit(url), urlsplit(site_address())
        if parts.scheme not in {"http", "https"} or parts.netloc.lower() != own.netloc.lower():
            return None
        if not parts.path.startswith(f"{own.path}/"):
            return None
        path = parts.path.removeprefix(own.path)
        endpoint, values = current_app.url_map.bind(own.netloc).match(path, method="GET")
    except (HTTPException, ValueError):
        # There is no such page, it is no address, or one that leads on to another.
        return None
    return endpoint, values, MultiDict(parse_qsl(parts.query))


def _title(endpoint: str, values: Mapping[str, Any], query: MultiDict[str, str]) -> str | None:
    if endpoint == "search.search":
        question, _refused = search_schema().read(query)
        return f"CityPeers: {search_words(context.search().answer(session(), question))}"
    return queries.title_by_slug(session(), _kind(endpoint), values["slug"])


def _kind(endpoint: str) -> EntryKind:
    return EntryKind.INITIATIVE if endpoint == "initiatives.initiative" else EntryKind.CITY


def _xml(described: Mapping[str, str | int]) -> bytes:
    root = Element("oembed")
    for name, value in described.items():
        add(root, name, str(value))
    return document(root)
