"""The frame that goes with a page: its address, its size, and the code to copy into another page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Flask, request, url_for
from markupsafe import escape
from werkzeug.datastructures import MultiDict

from ..core.links import absolute, current_path, path_to, search_parameters, with_query
from ..core.search_schema import requested_search, search_schema
from ..peers.schemas import peers_schema

WIDTH = 600
"""Pixels: how wide a frame is for programs that ask by oEmbed and name no width; from 280 on it can be read."""


@dataclass(frozen=True, slots=True)
class Size:
    """The frame of a kind of page: its endpoint, and how many pixels high it is."""

    endpoint: str
    height: int


FRAMES: Mapping[str, Size] = {
    "initiatives.initiative": Size("embedding.initiative", 340),
    "cities.city": Size("embedding.city_peers", 540),
    "peers.city_peers": Size("embedding.city_peers", 540),
    "search.search": Size("embedding.search", 480),
}
"""The frame of each page that has one."""


def frame_address(endpoint: str, values: Mapping[str, Any], query: MultiDict[str, str]) -> str | None:
    """The path of the frame of a page, by the page's endpoint, its values and its query; None where it has none."""
    if endpoint not in FRAMES:
        return None
    frame = url_for(FRAMES[endpoint].endpoint, **values)
    if endpoint == "peers.city_peers":
        pairs = peers_schema().load(query).pairs()
        return f"{frame}?{urlencode(pairs, safe=':')}" if pairs else frame
    if endpoint != "search.search":
        return frame
    question, _refused = requested_search() if query is request.args else search_schema().read(query)
    return with_query(frame, search_parameters(question))


def code(address: str, title: str, height: int, width: int | str = "100%") -> str:
    """The HTML that shows a frame in another page, as wide as its place there unless told otherwise.

    Without a style, which the policy of that page may forbid.
    """
    return (
        f'<iframe src="{escape(address)}" title="{escape(title)}" width="{width}" height="{height}" loading="lazy"'
        ' frameborder="0"></iframe>'
    )


def own_frame_code(title: str) -> str | None:
    """The code for the frame of this request's page; None where it has none."""
    address = frame_address(request.endpoint or "", request.view_args or {}, request.args)
    if address is None:
        return None
    return code(absolute(address), title, FRAMES[request.endpoint or ""].height)


def own_oembed_addresses() -> Mapping[str, str]:
    """Where oEmbed describes this request's page, by media type; none where it has no frame."""
    if request.endpoint not in FRAMES:
        return {}
    page = absolute(current_path(with_query=True))
    oembed = absolute(path_to("oembed.oembed"))
    return {
        f"{mimetype}+oembed": f"{oembed}?{urlencode({'url': page, 'format': name})}"
        for name, mimetype in (("json", "application/json"), ("xml", "text/xml"))
    }


def register(app: Flask) -> None:
    """Let templates ask for the frame of their page."""
    app.jinja_env.globals.update(own_frame_code=own_frame_code, own_oembed_addresses=own_oembed_addresses)
