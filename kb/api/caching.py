"""Answers 304 before anything is read, to whoever has an answer as it is; and the change number an answer rests on.

What is read follows from the catalogue's change number, the one up to which the index goes, the program and the
address, for everybody alike and on every node; an ETag is a hash of these. That of one entry begins with the entry's
version, for `If-Match`.
"""

import hashlib

from flask import Response, g, request
from werkzeug.http import parse_etags

from kb.catalogue.change_log import log_position
from kb.web.core import context
from kb.web.page_caching import program_version, unchanged_for_any

CHANGE = "Catalogue-Change"
"""The header that names the change number to go on from."""


def change_number() -> int:
    """How far the change log had grown before anything else of this request was read."""
    number: int = g.api_change
    return number


def last_change() -> int:
    """The last change there is, whatever the answer rests on."""
    return log_position(context.session())[0]


def rest_on(change: int | None) -> None:
    """Say that this answer rests on an index that is behind the log, up to this change; None says nothing."""
    if change is not None:
        g.api_change = min(change, change_number())


def answer_unchanged() -> Response | None:
    """Answer 304 to whoever has the answer as it is; otherwise note its ETag before it is made."""
    session = context.session()
    # First of all, so that whatever is read later is at least as new.
    g.api_change, identity = log_position(session)
    if context.search().version(session) is None or context.peers().is_behind(g.api_change):
        return None
    of_index = context.search().last_change(session)
    state = (g.api_change, identity, of_index, program_version(), context.config().site_url, request.url)
    g.api_etag = hashlib.blake2b(repr(state).encode("utf-8", "replace"), digest_size=12).hexdigest()
    known = parse_etags(request.headers.get("If-None-Match")).as_set(include_weak=True)
    tag = next((tag for tag in known if _is_it(tag)), None)
    if tag is None or request.method not in {"GET", "HEAD"}:
        return None
    response = Response(status=304)
    response.headers[CHANGE] = str(g.api_change)
    response.set_etag(tag, weak=True)
    return response


def _is_it(tag: str) -> bool:
    """Whether a tag is this answer's: `hash` or `version-hash`."""
    made: str = g.api_etag
    return tag.rpartition("-")[2] == made


def label(response: Response) -> Response:
    """Give an answer its ETag and the change number."""
    if response.status_code != 200 or "api_change" not in g:
        return response
    response.headers[CHANGE] = str(change_number())
    if "api_etag" in g:
        version = g.get("api_version")
        response.set_etag(g.api_etag if version is None else f"{version}-{g.api_etag}", weak=True)
        return unchanged_for_any(response)
    return response
