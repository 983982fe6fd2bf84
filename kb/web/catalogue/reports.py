"""Where readers report an error on an entry's page or add what is missing; editors find it among their worklists."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import TooManyRequests

from kb.catalogue.entries import KIND_OF_FOLDER, EntryKind
from kb.catalogue.queries import title_by_slug
from kb.core.errors import NotFound
from kb.editorial import actions
from kb.editorial.choices import REPORT_DAYS, REPORTS
from kb.editorial.schemas import LONGEST_REPORT, LONGEST_SOURCE, ReportSchema

from ..core import forms, headers, limits, redirects, submissions
from ..core.context import session
from ..core.forms import Form
from ..core.pages import Page

BY_ADDRESS = "20 per hour"
"""How many reports one address may send: an office has one for all."""

IN_ALL = "300 per hour"
"""How many everybody may send: more than editors can read, and fewer than fill the database."""

TRAP = "homepage"
"""The name of a field that people do not see: what fills every field is a program."""

_ADDRESS = f"/<any({', '.join(KIND_OF_FOLDER)}):folder>/<slug>/report"


@dataclass(frozen=True, kw_only=True)
class ReportPage(Page):
    """The form, about one entry."""

    template = "catalogue/report.html"
    form: Form
    kind: EntryKind
    slug: str
    title: str
    longest: int = LONGEST_REPORT
    longest_source: int = LONGEST_SOURCE
    choices: Mapping[str, str] = field(default_factory=lambda: REPORTS)
    days: int = REPORT_DAYS
    trap: str = TRAP


blueprint = Blueprint("reports", __name__)


blueprint.after_request(headers.keep_out_of_search_engines)


@blueprint.get(_ADDRESS)
def report(folder: str, slug: str) -> ResponseReturnValue:
    """The form, with what it is about where the address says so; at a former address, what the entry's page answers."""
    kind = KIND_OF_FOLDER[folder]
    title = title_by_slug(session(), kind, slug)
    if title is None:
        return _elsewhere(kind, slug)
    form = Form({"about": request.args.get("about", "")})
    return ReportPage(form=form, kind=kind, slug=slug, title=title).render()


@blueprint.post(_ADDRESS)
def report_submit(folder: str, slug: str) -> ResponseReturnValue:
    """Keep the report for the editors; where something is wrong with it, the form again with what was typed."""
    kind = KIND_OF_FOLDER[folder]
    title = title_by_slug(session(), kind, slug)
    if title is None:
        return _elsewhere(kind, slug)
    data, form = forms.read(ReportSchema(), request.form)
    if request.form.get(TRAP):
        form = form.with_problem(gettext("A hidden field was filled in. Please send the form again."))
    if data is None or form.is_wrong:
        return ReportPage(form=form, kind=kind, slug=slug, title=title).render(), 422
    try:
        limits.spend(BY_ADDRESS, "report", limits.client_address())
        limits.spend(IN_ALL, "report")
    except TooManyRequests as problem:
        text, seconds = limits.seconds_to_wait(problem)
        page = ReportPage(form=form.with_problem(text), kind=kind, slug=slug, title=title)
        return page.render(), 429, {"Retry-After": str(seconds)}
    with submissions.writing() as writing:
        actions.report(writing, kind, slug, title, data)
    flash(
        gettext(
            "Thank you. The editors will read your report. They check the source. Then they change the page, "
            "or leave it unchanged."
        )
    )
    return redirect(url_for("reports.report", folder=folder, slug=slug), 303)


def _elsewhere(kind: EntryKind, slug: str) -> ResponseReturnValue:
    """The answer where no entry is. Raises NotFound where none ever was."""
    if (answer := redirects.at(kind, slug)) is None:
        raise NotFound
    return answer
