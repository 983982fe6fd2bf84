"""The audit trail, for administrators: who did what to what, and when; the newest first."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from ...core.access import requires
from ...core.context import session
from ...core.headers import of_one_person
from ...search.results import named
from ..people_pages import page_of_audit
from ..schemas import TrailSchema

blueprint = Blueprint("audit", __name__)
blueprint.after_request(of_one_person)


@blueprint.get("/desk/audit")
@requires("read-audit")
def audit() -> ResponseReturnValue:
    """Events by person, verb and kind of thing, a page at a time from the newest."""
    asked, refused = TrailSchema().read(request.args)
    return render_template("accounts/audit.html", **page_of_audit(session(), asked), unknown=named(refused))
