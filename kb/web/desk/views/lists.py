"""The lists of terms and sources, which editors change directly, and the worklists."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from kb.catalogue.entries import TermKind
from kb.editorial import actions
from kb.editorial.errors import EditConflict, Invalid
from kb.editorial.models import Report
from kb.editorial.schemas import CloseReportSchema

from ...core import context, forms, submissions
from ...core.access import actor, requires
from ...core.context import session
from .. import dashboard, term_lists
from ..navigation import blueprint

_TERM = "/desk/terms/<term_kind:kind>"


@blueprint.get("/desk/terms")
@requires("edit-terms")
def terms() -> ResponseReturnValue:
    """The challenges and technologies there are, and the way to add one."""
    return term_lists.page_of_terms(session()).render()


@blueprint.get(f"{_TERM}/new")
@blueprint.get(f"{_TERM}/<code>")
@requires("edit-terms")
def term(kind: TermKind, code: str | None = None) -> ResponseReturnValue:
    """A challenge or technology as a form; its code never changes."""
    return term_lists.page_of_term(session(), kind, code).render()


@blueprint.post(f"{_TERM}/new")
@blueprint.post(f"{_TERM}/<code>")
@requires("edit-terms")
def term_submit(kind: TermKind, code: str | None = None) -> ResponseReturnValue:
    """Keep the term; where somebody else changed it meanwhile, both are shown."""
    sent = term_lists.sent_term(kind, code)
    try:
        with submissions.writing() as writing:
            actions.save_term(writing, actor(), kind, sent.data, code=code, seen=sent.seen)
    except (Invalid, EditConflict) as problem:
        page = term_lists.page_of_term(context.refresh_session(), kind, code, sent, problem)
        return page.render(), 422 if isinstance(problem, Invalid) else 409
    return redirect(url_for("desk.terms"), 303)


@blueprint.get("/desk/sources")
@requires("publish")
def sources() -> ResponseReturnValue:
    """Sources by address or title, with how many entries rest on each."""
    query, _ = term_lists.SourcesSchema().read(request.args)
    return term_lists.page_of_sources(session(), query["q"], query["page"]).render()


@blueprint.get("/desk/sources/<int:key>")
@requires("publish")
def source(key: int) -> ResponseReturnValue:
    """One source: how it is called and when it was last seen."""
    return term_lists.page_of_source(session(), key).render()


@blueprint.post("/desk/sources/<int:key>")
@requires("publish")
def source_submit(key: int) -> ResponseReturnValue:
    """Keep what a source is called and when it was seen, for all entries that rest on it."""
    sent, wrong = term_lists.sent_source()
    if wrong:
        return term_lists.page_of_source(session(), key, sent, wrong).render(), 422
    url = term_lists.source_of(session(), key).url
    with context.database().writing() as writing:
        actions.save_source(writing, actor(), url, sent["title"], sent["seen_on"])
    return redirect(url_for("desk.sources", q=url), 303)


@blueprint.get("/desk/boards")
@requires("propose")
def worklists() -> ResponseReturnValue:
    """The worklists, with how many entries are on each."""
    return dashboard.page_of_worklists(session(), context.catalogue(), actor()).render()


@blueprint.get(f"/desk/boards/<any({', '.join(dashboard.EXPLAINED)}):name>")
@requires("propose")
def worklist(name: str) -> ResponseReturnValue:
    """The entries on one worklist, those first that have waited longest."""
    query, _ = dashboard.WorklistSchema().read(request.args)
    return dashboard.page_of_worklist(session(), context.catalogue(), name, query["page"]).render()


@blueprint.get("/desk/boards/reports")
@requires("review")
def reports() -> ResponseReturnValue:
    """What readers reported as changed, wrong or missing, the oldest first; with `closed`, what editors closed."""
    query, _ = dashboard.WorklistSchema().read(request.args)
    is_closed = bool(request.args.get("closed"))
    return dashboard.page_of_reports(session(), query["page"], is_closed=is_closed).render()


@blueprint.post("/desk/reports/<int:key>/close")
@requires("review")
def close_report(key: int) -> ResponseReturnValue:
    """Take a report off the list, with a note; the form comes back with what was typed where the note is too long."""
    data, form = forms.read(CloseReportSchema(), request.form)
    if data is None:
        return dashboard.page_of_report(session(), key, form).render(), 422
    forms.run_action(lambda writing: actions.close_report(writing, actor(), key, data["note"]))
    closed = session().get(Report, key)
    if closed is not None and request.form.get("back") == "entry":
        return redirect(url_for("desk.entry", kind=closed.kind, slug=closed.slug), 303)
    return redirect(url_for("desk.reports"), 303)


@blueprint.get("/desk/boards/demand")
@requires("see-failed-searches")
def failed_searches() -> ResponseReturnValue:
    """Questions that found nothing, the most frequent first, and challenges that no initiative takes on."""
    return dashboard.page_of_failed_searches(session(), context.catalogue()).render()
