"""The history of an entry: every version that was public, any two compared; editors may bring one back."""

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from kb.accounts.permissions import may
from kb.editorial import actions
from kb.editorial.queries import history_owner, revision_by_id

from ...core import context, forms, redirects
from ...core.access import actor, requires
from ...core.context import session
from ...core.links import link_to_history
from ...desk import histories

blueprint = Blueprint("history", __name__)

_FOLDER = f"<any({', '.join(histories.FOLDERS)}):folder>"


@blueprint.after_request
def _keep_out_of_search_engines(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.get(f"/{_FOLDER}/<slug>/history")
def history(folder: str, slug: str) -> ResponseReturnValue:
    """The versions of an entry, the newest first, and what changed between two of them; drafts are never here.

    Of an entry that was withdrawn only those may read it who may bring it back.
    """
    kind, person = histories.FOLDERS[folder], context.user()
    whose = history_owner(session(), kind, slug)
    if whose.withdrawal is not None and not may(person, "withdraw"):
        return redirects.withdrawn(whose.withdrawal)
    asked, _ = histories.HistorySchema().read(request.args)
    page = histories.page_of_history(session(), person, kind, slug, whose, asked)
    return render_template("catalogue/history.html", **page)


@blueprint.post("/desk/revisions/<int:key>/restore")
@requires("restore")
def restore(key: int) -> ResponseReturnValue:
    """Bring a version back, as a new one; refused where the entry has changed since the editor looked."""
    restored = revision_by_id(session(), key)
    slug = histories.slug_of(session(), restored.kind, restored.entry_id)
    seen, why = request.form.get("seen", type=int), request.form.get("why")
    form = forms.tried(forms.sent(), lambda writing: actions.restore(writing, actor(), key, seen=seen, why=why))
    if not form.is_wrong:
        return redirect(link_to_history(restored.kind, slug), 303)
    data = {"after": key, "before": None, "until": None}
    whose = history_owner(context.refresh_session(), restored.kind, slug)
    page = histories.page_of_history(session(), actor(), restored.kind, slug, whose, data, form)
    return render_template("catalogue/history.html", **page), 409
