"""Serves the pictures of entries, under addresses that name their content, so that caches keep them."""

from flask import Blueprint, Response, request

from kb.catalogue.queries import image_bytes, is_image_shown
from kb.core.errors import NotFound

from ..core import access
from ..core.context import session

blueprint = Blueprint("images", __name__)

_FOR_EVER = "public, max-age=31536000, immutable"


@blueprint.get("/images/<key>/<any(large, small):size>.webp")
def image(key: str, size: str) -> Response:
    """A picture that a published entry shows; those who work at the desk also see what is not published."""
    is_public = is_image_shown(session(), key)
    if not is_public and not access.allows("propose"):
        raise NotFound
    response = Response(mimetype="image/webp")
    response.headers["Cache-Control"] = _FOR_EVER if is_public else "private, no-store"
    response.set_etag(f"{key}-{size}")
    response.make_conditional(request)
    if response.status_code == 200:
        content = image_bytes(session(), key, size)
        if content is None:
            raise NotFound
        response.set_data(content)
    return response
