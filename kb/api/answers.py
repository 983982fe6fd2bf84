"""Makes the JSON of answers."""

import json
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from kb.web.core.links import absolute


def answer(body: Any, code: int = 200) -> Response:
    """An answer as compact JSON."""
    return Response(json.dumps(body, ensure_ascii=False, separators=(",", ":")), code, mimetype="application/json")


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
    return f"{absolute(request.path)}?{urlencode([*pairs, ('cursor', cursor)])}"
