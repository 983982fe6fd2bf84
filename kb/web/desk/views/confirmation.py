"""The page to which a letter leads that asks whether an entry is still true: one button, as scanners follow links."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from kb.editorial import actions
from kb.editorial.entries import title_of

from ...core import context
from ...core.context import session
from ...core.headers import of_one_person
from ...core.links import link_to_entry
from .. import confirmation_links

blueprint = Blueprint("still_true", __name__, url_prefix="/still-true")
blueprint.after_request(of_one_person)


@blueprint.get("/<ticket>")
def still_true(ticket: str) -> ResponseReturnValue:
    """The entry's name, and the button that confirms it; opening the page changes nothing."""
    confirmation_request = confirmation_links.read(session(), ticket)
    return _page(confirmation_request, ticket)


@blueprint.post("/<ticket>")
def still_true_submit(ticket: str) -> ResponseReturnValue:
    """Note that the person who was asked says that the entry is true today."""
    with context.database().writing() as writing:
        confirmation_request = confirmation_links.read(writing, ticket)
        actions.confirm(
            writing, confirmation_request.person, confirmation_request.kind, confirmation_request.entry.id, by="letter"
        )
    return _page(confirmation_request, None)


def _page(confirmation_request: confirmation_links.ConfirmationRequest, ticket: str | None) -> str:
    title = title_of(confirmation_request.kind, confirmation_request.entry)
    url = link_to_entry(confirmation_request.kind, confirmation_request.entry.slug)
    return render_template("desk/still_true.html", asked=confirmation_request, title=title, url=url, ticket=ticket)
