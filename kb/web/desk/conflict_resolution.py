"""Two people changed the same: both versions side by side, and a way to go on that loses neither."""

import json
from collections.abc import Mapping
from typing import Any

from flask import jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from kb.editorial.actions.row_locks import CHANGED_MEANWHILE
from kb.editorial.errors import EditConflict

from ..core import form_resubmission
from ..core.context import refresh_session
from ..core.formatting import message_text
from .display_values import DisplayValues
from .drafts import Draft
from .step_saving import places_now
from .version_choices import MINE, choices


def is_stale(conflict: EditConflict) -> bool:
    """Whether the proposal itself was saved since it was looked at; else its entry was changed by somebody."""
    return str(conflict) == CHANGED_MEANWHILE


def of_draft(draft: Draft, conflict: EditConflict) -> ResponseReturnValue:
    """A draft that was saved elsewhere meanwhile, in another window or by an editor: what each says, and the choice."""
    return _page(draft, conflict, gettext("What you typed here"), gettext("What was saved elsewhere"), "draft")


def of_proposal(draft: Draft, conflict: EditConflict) -> ResponseReturnValue:
    """A proposal whose entry was changed meanwhile: what it proposes, what is public now, and the choice."""
    return _page(draft, conflict, gettext("What this proposal says"), gettext("What is public now"), "entry")


def _page(draft: Draft, conflict: EditConflict, mine: str, theirs: str, about: str) -> ResponseReturnValue:
    if form_resubmission.is_for_a_script():
        return jsonify(error=message_text(conflict.message)), 409
    values = DisplayValues(refresh_session(), places_now())
    key = draft.proposal.id if draft.proposal else 0
    page = render_template(
        "desk/conflict.html",
        kind=draft.kind,
        title=draft.title,
        words=message_text(conflict.message),
        choices=choices(draft.kind, conflict.mine, conflict.theirs, values, conflict.fields, MINE),
        mine=mine,
        theirs=theirs,
        about=about,
        version=conflict.version,
        held=json.dumps(dict(conflict.mine)),
        action=url_for("desk.join", key=key),
        back=url_for("desk.proposal", key=key),
    )
    return page, 409


def picked() -> Mapping[str, str]:
    """What the request chose, by field."""
    beginning = "choice-"
    return {name.removeprefix(beginning): value for name, value in request.form.items() if name.startswith(beginning)}


def held() -> Mapping[str, Any]:
    """The version that the page of a conflict carried along; empty where it cannot be read."""
    try:
        read = json.loads(request.form.get("held", "{}"))
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
