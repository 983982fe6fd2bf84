"""For load balancers: whether the process lives, and whether it can answer."""

from flask import Blueprint, Response
from sqlalchemy.exc import SQLAlchemyError

from kb.catalogue.queries import last_change

from ...current import session

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process lives; nothing else is asked."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
def readyz() -> Response:
    """The database answers and has its tables; 503 otherwise. A missing index is no reason to be taken out."""
    try:
        last_change(session())
    except SQLAlchemyError:
        return Response("the database does not answer\n", status=503, mimetype="text/plain")
    return Response("ok\n", mimetype="text/plain")
