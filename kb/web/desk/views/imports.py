"""Imports: a file comes in, its columns are looked at, a dry run tells what would become of it, and it goes or not."""

from collections.abc import Callable, Mapping

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.core.errors import Busy, NotAllowed, Refused
from kb.core.i18n import gettext_noop
from kb.importing import actions, queries, template
from kb.importing.dry_run import file_of
from kb.importing.models import Import

from ...core import context, submissions
from ...core.access import actor, requires
from ...core.context import session
from ...core.csv_export import csv_file
from ...core.formatting import message_text
from ...core.headers import as_attachment
from ..imports import chosen_columns, chosen_words, page_of_import, page_of_imports, seen, sent_rows

blueprint = Blueprint("importing", __name__)

_WAIT_SECONDS = 1.0

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/desk/imports")
@requires("import-proposals")
def imports() -> ResponseReturnValue:
    """A form for a file, the template, and the imports there are."""
    return page_of_imports(session(), actor()).render()


@blueprint.post("/desk/imports")
@requires("import-proposals")
def upload() -> ResponseReturnValue:
    """Take a file in; its columns are matched by name, and nothing else happens yet."""
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise Refused(gettext_noop("Please choose a file."))
        content = file.read()
        file.close()
        with context.database().writing() as writing:
            import_record = actions.upload(
                writing,
                actor(),
                content,
                file.filename,
                mode=request.form.get("mode", "proposals"),
                collection=request.form.get("collection"),
                encoding=request.form.get("encoding") or None,
                may_wait=True,
            )
            # Last, since the file is read before anything is locked.
            submissions.claim_in(writing)
    except NotAllowed:
        raise
    except Refused as problem:
        page = page_of_imports(session(), actor(), request.form, problem.message)
        return page.render(), 422
    except Busy as problem:
        page = page_of_imports(session(), actor(), request.form, problem.message)
        return page.render(), 503, {"Retry-After": "60"}
    return redirect(url_for("importing.import_page", import_id=import_record.id), 303)


@blueprint.get("/desk/imports/template.xlsx")
@requires("import-proposals")
def template_workbook() -> ResponseReturnValue:
    """The template as a workbook, with the allowed codes."""
    return as_attachment(Response(template.as_workbook(session()), mimetype=_WORKBOOK), "initiatives.xlsx")


@blueprint.get("/desk/imports/template.csv")
@requires("import-proposals")
def template_csv() -> ResponseReturnValue:
    """The template as CSV."""
    return as_attachment(Response(template.as_csv(), mimetype="text/csv"), "initiatives.csv")


@blueprint.get("/desk/imports/<int:import_id>")
@requires("import-proposals")
def import_page(import_id: int) -> ResponseReturnValue:
    """One import as it stands: its columns, what would become of its rows, how far it is, or what became of it."""
    import_record = seen(session(), actor(), import_id)
    return page_of_import(session(), import_record).render()


@blueprint.get("/desk/imports/<int:import_id>/report.csv")
@requires("import-proposals")
def report(import_id: int) -> ResponseReturnValue:
    """Every row of an import with what is told of it, as CSV."""
    import_record = seen(session(), actor(), import_id)
    return csv_file(
        f"import-{import_id}", queries.REPORT_HEADER, queries.report_lines(session(), import_record, message_text)
    )


@blueprint.post("/desk/imports/<int:import_id>/columns")
@requires("import-proposals")
def columns(import_id: int) -> ResponseReturnValue:
    """Take what each column was said to hold, and have the file checked."""
    chosen = chosen_columns(request.form)
    return _do(
        import_id,
        lambda writing, person, import_record: actions.choose_columns(writing, person, import_record, chosen),
        chosen,
    )


@blueprint.post("/desk/imports/<int:import_id>/encoding")
@requires("import-proposals")
def encoding(import_id: int) -> ResponseReturnValue:
    """Read the file that was kept in the encoding that was chosen."""
    import_record = seen(session(), actor(), import_id)
    _, content = file_of(session(), import_id)
    try:
        table = actions.read_kept_file(import_record, content, request.form.get("encoding") or None)
    except Refused as problem:
        return page_of_import(session(), import_record, message_text(problem.message)).render(), 422
    except Busy as problem:
        page = page_of_import(session(), import_record, message_text(problem.message))
        return page.render(), 503, {"Retry-After": "60"}
    return _do(
        import_id, lambda writing, person, current: actions.take_kept_file(writing, person, current, content, table)
    )


@blueprint.post("/desk/imports/<int:import_id>/rows")
@requires("import-proposals")
def rows(import_id: int) -> ResponseReturnValue:
    """Check the file anew with what was corrected.

    That is cells that were changed, rows that are wanted although they may exist, and what words mean that no list
    knows: one form, so that no button loses what was typed beside another.
    """
    cells, wanted = sent_rows(request.form)
    chosen = chosen_words(request.form)

    def act(writing: Session, person: User, import_record: Import) -> None:
        if cells or wanted or chosen is None:
            actions.edit_rows(writing, person, import_record, cells, wanted)
        if chosen is not None:
            actions.choose_words(writing, person, import_record, chosen)

    return _do(import_id, act)


@blueprint.post("/desk/imports/<int:import_id>/run")
@requires("import-proposals")
def run(import_id: int) -> ResponseReturnValue:
    """Bring in what was checked."""
    return _do(import_id, actions.start_run)


@blueprint.post("/desk/imports/<int:import_id>/resume")
@requires("import-proposals")
def resume(import_id: int) -> ResponseReturnValue:
    """Go on with what was interrupted."""
    return _do(import_id, actions.resume)


@blueprint.post("/desk/imports/<int:import_id>/undo")
@requires("import-proposals")
def undo(import_id: int) -> ResponseReturnValue:
    """Take a whole import back."""
    return _do(import_id, actions.start_undo)


@blueprint.post("/desk/imports/<int:import_id>/discard")
@requires("import-proposals")
def discard(import_id: int) -> ResponseReturnValue:
    """Take a file away that was not brought in."""
    with submissions.writing() as writing:
        actions.discard(writing, actor(), seen(writing, actor(), import_id))
    return redirect(url_for("importing.imports"), 303)


def _do(
    import_id: int, act: Callable[[Session, User, Import], None], chosen: Mapping[str, str] | None = None
) -> ResponseReturnValue:
    """Do it, let the work begin, and show how far it is; or say in the page's own words why it cannot be done."""
    try:
        with submissions.writing() as writing:
            act(writing, actor(), seen(writing, actor(), import_id))
    except NotAllowed:
        raise
    except Refused as problem:
        import_record = seen(session(), actor(), import_id)
        page = page_of_import(session(), import_record, message_text(problem.message), chosen)
        return page.render(), 409
    context.imports().wake()
    # A short file is done by then, and its page need not be asked for again.
    context.imports().wait(_WAIT_SECONDS)
    return redirect(url_for("importing.import_page", import_id=import_id), 303)
