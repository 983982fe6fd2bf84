"""The boards' pages."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.accounts.permissions import may
from kb.core.column_types import now
from kb.core.i18n import gettext_noop
from kb.editorial import failed_searches as searches
from kb.editorial import worklists

from ..core.query_schemas import AddressSchema, Page

ON_A_PAGE = 50
DEMAND_DAYS = 365
MOST_WANTED = 100

TITLES = {
    "stale": gettext_noop("Stale"),
    "incomplete": gettext_noop("Incomplete"),
    "unsourced": gettext_noop("Without a source"),
    "doubt": gettext_noop("In doubt"),
}
EXPLAINED = {
    "stale": gettext_noop("Nobody responsible has said for two years, or ever, that these are still true."),
    "incomplete": gettext_noop("These lack a challenge, a goal, a city or most of their story."),
    "unsourced": gettext_noop("Nothing says where these facts come from."),
    "doubt": gettext_noop("Said to work, or to be finished, with nothing but a claim behind it."),
}


class WorklistSchema(AddressSchema):
    """`page` of a board."""

    page = Page(load_default=1)


def page_of_worklists(session: Session, actor: User) -> Mapping[str, Any]:
    """The boards with their counts."""
    return {
        "counts": worklists.how_many(session),
        "titles": TITLES,
        "explained": EXPLAINED,
        "demands": failed_searches(session) if may(actor, "see-failed-searches") else None,
    }


def page_of_worklist(session: Session, name: str, page: int) -> Mapping[str, Any]:
    """One page of a board."""
    page = max(page, 1)
    rows = worklists.waiting(session, name, (page - 1) * ON_A_PAGE, ON_A_PAGE + 1)
    return {
        "name": name,
        "title": TITLES[name],
        "explained": EXPLAINED[name],
        "entries": rows[:ON_A_PAGE],
        "page": page,
        "more": len(rows) > ON_A_PAGE,
    }


def page_of_failed_searches(session: Session) -> Mapping[str, Any]:
    """What people looked for in vain."""
    return {
        "wanted": searches.failed_searches(session, _since(), MOST_WANTED),
        "challenges": worklists.challenges_without_initiatives(session),
    }


def failed_searches(session: Session) -> int:
    """How many different searches found nothing in the time that the board shows."""
    return searches.count_failed_searches(session, _since())


def _since() -> date:
    return now().date() - timedelta(days=DEMAND_DAYS)
