"""Makes the JSON of answers."""

import zlib
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Response, request

from kb.web.core.links import canonical

_LARGE = 20_000
"""Bytes of an answer that is packed quickly by gzip: a page of whole entries has ten times as many."""

_PACKED_LEVEL = 2
"""Of zlib. Level 4, as pages are packed, takes half as long again and makes answers a tenth smaller."""


def answer(body: Any, code: int = 200) -> Response:
    """An answer as compact JSON; like pages, packed by zstd for whoever takes that, since it is quicker than gzip."""
    data = orjson.dumps(body)
    accepted = request.accept_encodings
    is_packed = len(data) >= _LARGE and accepted["gzip"] > accepted["zstd"]
    response = Response(
        zlib.compress(data, _PACKED_LEVEL, zlib.MAX_WBITS | 16) if is_packed else data,
        code,
        mimetype="application/json",
    )
    if is_packed:
        response.headers["Content-Encoding"] = "gzip"
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
