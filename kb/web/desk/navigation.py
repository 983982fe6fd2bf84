"""The desk's blueprint and its navigation: where whoever is signed in may go."""

from flask import Blueprint, Flask
from flask_babel import gettext

from kb.accounts.permissions import may
from kb.catalogue.entries import EntryKind

from ..core import context, headers
from .drafts import STEPS

blueprint = Blueprint("desk", __name__)

blueprint.after_request(headers.keep_out_of_search_engines)

_WRITING = frozenset(
    {"desk.new", "desk.new_submit", "desk.step", "desk.step_submit", "desk.check", "desk.check_submit"}
)
_WORKLISTS = frozenset({"desk.worklist", "desk.failed_searches", "desk.reports"})
_SESSIONS = frozenset(
    {
        "preparing.new", "preparing.new_submit", "preparing.prepare", "preparing.details", "preparing.details_submit",
        "preparing_parts.new_speaker", "preparing_parts.speaker", "preparing_parts.speaker_submit",
        "preparing_parts.new_slot", "preparing_parts.slot", "preparing_parts.slot_submit",
        "preparing_parts.new_statement", "preparing_parts.statement", "preparing_parts.statement_submit",
        "briefs.chair_brief", "briefs.write",
    }
)  # fmt: skip
_PEOPLE = frozenset(
    {"people.invite", "people.invite_submit", "people.person", "people.role_submit", "audit.audit"}
    | {"data_of_address.ask", "data_of_address.show", "data_of_address.erase_anybody_submit"}
)
_WITHIN = {
    "preparing.sessions": _SESSIONS,
    "importing.imports": frozenset({"importing.import_page", "importing.upload"}),
    "desk.choose_kind": _WRITING,
    "desk.worklists": _WORKLISTS,
    "people.people": _PEOPLE,
    "desk.queue": frozenset({"desk.queue_submit"}),
    "city_questions.questions": frozenset(
        {"city_questions.question", "city_questions.question_submit", "city_questions.moderate_submit"}
        | {"city_questions.blocked", "city_questions.blocked_submit"}
    ),
}


def desk_places() -> list[tuple[str, str]]:
    """Endpoints and what they are called, for the person who is signed in."""
    person = context.user()
    places = [
        ("desk.desk", gettext("Your desk"), "propose"),
        ("desk.choose_kind", gettext("Add an entry"), "propose"),
        ("desk.queue", gettext("Review"), "review"),
        ("desk.worklists", gettext("To do lists"), "propose"),
        ("desk.terms", gettext("Terms"), "edit-terms"),
        ("desk.sources", gettext("Sources"), "publish"),
        ("importing.imports", gettext("Imports"), "import-proposals"),
        ("preparing.sessions", gettext("Forum"), "prepare-sessions"),
        ("answering.unanswered", gettext("Questions from the forum"), "propose"),
        ("city_questions.questions", gettext("Questions to cities"), "answer-questions"),
        ("people.people", gettext("People"), "manage-people"),
    ]
    return [(endpoint, words) for endpoint, words, permission in places if may(person, permission)]


def desk_within(endpoint: str) -> frozenset[str]:
    """The endpoints of pages that belong to one in the navigation."""
    return _WITHIN.get(endpoint, frozenset())


def first_step(kind: EntryKind) -> str:
    """The code of the first step of a form."""
    return STEPS[kind][0].code


def register(app: Flask) -> None:
    """Let the desk's pages draw it."""
    app.jinja_env.globals.update(desk_places=desk_places, desk_within=desk_within, first_step=first_step)
