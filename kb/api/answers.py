"""Makes the JSON of answers."""

from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Response, request

from kb.web.core.links import canonical
from kb.web.core.packing import pack, wanted_encoding

_LARGE = 20_000
"""Bytes of an answer that is packed as quickly as can be: a page of whole entries has ten times as many."""


def answer(body: Any, code: int = 200) -> Response:
    """An answer as compact JSON."""
    data = orjson.dumps(body)
    encoding = wanted_encoding() if len(data) >= _LARGE else None
    response = Response(pack(data, encoding) if encoding else data, code, mimetype="application/json")
    if encoding:
        response.headers["Content-Encoding"] = encoding
    return response


def paged(body: dict[str, Any], cursor: str | None) -> Response:
    """A page of a list; the address of the next one stands in `next`, None on the last, and in the header `Link`."""
    following = None if cursor is None else _with_cursor(cursor)
    response = answer({**body, "next": following})
    if following is not None:
        response.headers["Link"] = f'<{following}>; rel="next"'
    return response


def _with_cursor(cursor: str) -> str:
    """The address of this request with another cursor."""
    pairs = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    return f"{canonical()}?{urlencode([*pairs, ('cursor', cursor)])}"
