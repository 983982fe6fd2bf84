"""Addresses at which an entry once was: one that was merged leads on for good, one that was withdrawn says why."""

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from kb.catalogue.changes import ENTRIES
from kb.editorial.models import Redirect, Withdrawal

from .current import session
from .links import kind_of_endpoint, link_to


def answer() -> ResponseReturnValue | None:
    """The answer at a former address of an entry's page; None where there never was one."""
    kind = kind_of_endpoint(request.endpoint)
    slug = (request.view_args or {}).get("slug")
    if kind is None or slug is None:
        return None
    moved = select(Redirect.entry_id).where(Redirect.kind == kind, Redirect.slug == slug)
    if (entry_id := session().scalar(moved)) is not None:
        entry = session().get(ENTRIES[kind], entry_id)
        return redirect(link_to(entry), 301) if entry is not None else None
    gone = select(Withdrawal).where(Withdrawal.kind == kind, Withdrawal.slug == slug)
    left = session().scalars(gone).one_or_none()
    return None if left is None else (render_template("catalogue/withdrawn.html", left=left), 410)
