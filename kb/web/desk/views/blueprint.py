"""The blueprint of the desk: everything below /desk is for people who are signed in, and for no search engine."""

from flask import Blueprint, Response

blueprint = Blueprint("desk", __name__)


@blueprint.after_request
def _keep_out_of_search_engines(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
