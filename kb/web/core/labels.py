"""Labels of codes: what pages show for each code of a fixed list."""

from collections.abc import Iterable, Mapping

from flask import Flask
from markupsafe import Markup

from kb.accounts import choices as accounts
from kb.catalogue import choices as catalogue
from kb.catalogue.entries import KIND_LABELS, TermKind
from kb.core.i18n import gettext_noop
from kb.editorial import choices as editorial
from kb.forum import choices as forum
from kb.forum.kinds import FORUM_KIND_LABELS
from kb.importing import choices as importing
from kb.peers import ranking
from kb.questions import choices as questions
from kb.questions.choices import QUESTION_KIND_LABELS
from kb.search.facets import FILTERS

from .formatting import not_known
from .language import translated

FILTER_LABELS = {name: filter_.label for name, filter_ in FILTERS.items()}

LABELS: Mapping[str, Mapping[str, str]] = {
    "column_types": {
        "text": gettext_noop("Text"),
        "address": gettext_noop("Web address"),
        "code": gettext_noop("Code"),
        "codes": gettext_noop("Codes, with semicolons between them"),
        "integer": gettext_noop("Whole number"),
        "number": gettext_noop("Number"),
        "year": gettext_noop("Year"),
        "boolean": gettext_noop("true or false"),
        "date": gettext_noop("Date"),
        "datetime": gettext_noop("Date and time"),
    },
    "kinds": KIND_LABELS
    | FORUM_KIND_LABELS
    | QUESTION_KIND_LABELS
    | {kind: FILTER_LABELS[kind] for kind in (TermKind.CHALLENGE, TermKind.TECHNOLOGY)},
    "stages": catalogue.STAGES,
    "scales": catalogue.SCALES,
    "evidence": catalogue.EVIDENCE_LEVELS,
    "directions": catalogue.EVIDENCE_DIRECTIONS,
    "severities": catalogue.SEVERITIES,
    "statuses": catalogue.CHALLENGE_STATUSES,
    "dimensions": catalogue.DIMENSIONS,
    "freshness": catalogue.FRESHNESS,
    "technology_groups": catalogue.TECHNOLOGY_GROUPS,
    "funding": catalogue.FUNDING,
    "procurement": catalogue.PROCUREMENT,
    "roles": catalogue.PARTNER_ROLES,
    "licences": catalogue.LICENCES,
    "incomes": catalogue.INCOME_GROUPS,
    "sizes": catalogue.CITY_SIZES,
    "strengths": ranking.STRENGTH_LABELS,
    "states": editorial.STATES,
    "reports": editorial.REPORTS,
    "made_from": editorial.MADE_FROM,
    "session_states": forum.SESSION_STATES,
    "speaker_roles": forum.SPEAKER_ROLES,
    "speaker_statuses": forum.SPEAKER_STATUSES,
    "attendances": forum.ATTENDANCES,
    "slot_kinds": forum.SLOT_KINDS,
    "slot_states": forum.SLOT_STATES,
    "question_states": forum.QUESTION_STATES,
    "statement_kinds": forum.STATEMENT_KINDS,
    "city_answer_states": questions.ANSWER_STATES,
    "import_states": importing.SHOWN_STATES,
    "import_modes": importing.MODES,
    "import_tasks": importing.TASKS,
    "import_verdicts": importing.VERDICTS,
    "user_roles": accounts.ROLES,
    "key_scopes": accounts.KEY_SCOPES,
    "key_states": accounts.KEY_STATES,
    "audit_actions": {
        **accounts.AUDIT_LABELS,
        **editorial.AUDIT_LABELS,
        **forum.AUDIT_LABELS,
        **importing.AUDIT_LABELS,
        **questions.AUDIT_LABELS,
    },
    "audit_kinds": {
        **KIND_LABELS,
        "user": gettext_noop("Person"),
        "former-account": gettext_noop("Former account"),
        "proposal": gettext_noop("Proposal"),
        "challenge": gettext_noop("Challenge"),
        "technology": gettext_noop("Technology"),
        "source": gettext_noop("Source"),
        "session": gettext_noop("Session"),
        "import": gettext_noop("Import"),
        "report": gettext_noop("Report of a reader"),
        "city-question": gettext_noop("Question to a city"),
        "blocked-address": gettext_noop("Block list"),
    },
    "query_names": FILTER_LABELS
    | {
        "filter": gettext_noop("Filter"),
        "q": gettext_noop("Search"),
        "sort": gettext_noop("Order"),
        "page": gettext_noop("Page"),
        "area": gettext_noop("Continent"),
    },
    "sorts": {
        "relevance": gettext_noop("Relevance"),
        "newest": gettext_noop("Newest first"),
        "evidence": gettext_noop("Strongest evidence first"),
        "title": gettext_noop("Title"),
    },
    "worklists": {
        "verify": gettext_noop("Needs to be verified"),
        "stale": gettext_noop("Not confirmed for two years"),
        "incomplete": gettext_noop("Incomplete"),
        "unsourced": gettext_noop("Without a source"),
        "doubt": gettext_noop("Without evidence"),
    },
    "unpublished": catalogue.UNPUBLISHED,
    "goal_axes": {
        "region": gettext_noop("Region"),
        "income": gettext_noop("Income of the country"),
        "size": gettext_noop("Size of the city"),
        "decade": gettext_noop("Decade"),
    },
}
"""Labels by list and code (English, to be translated)."""


def label(of: str, code: str | int | None) -> str | Markup:
    """What a code of a list is called: of "stages", "pilot" is "Pilot"; "Not known" for None."""
    return not_known() if code is None else translated(LABELS[of].get(str(code), str(code)))


def unpublished_names(codes: Iterable[str]) -> str:
    """What is not on record, one after the other: "cost, staff, time"."""
    return ", ".join(str(label("unpublished", code)) for code in codes)


def register(app: Flask) -> None:
    """Let templates show the labels of codes, and link the pages of licences."""
    app.jinja_env.globals.update(
        label=label, unpublished_names=unpublished_names, licence_page=catalogue.LICENCE_PAGES.get
    )
