"""The desk's first page, and its worklists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.accounts.permissions import may
from kb.catalogue.arrays import CatalogueSnapshot
from kb.catalogue.models import Challenge
from kb.core.column_types import now
from kb.core.errors import NotFound
from kb.core.i18n import gettext_noop
from kb.editorial import failed_searches, queries, worklists
from kb.editorial.choices import OPEN_STATES, REPORT_DAYS
from kb.editorial.failed_searches import FailedSearch
from kb.editorial.models import Proposal, Report
from kb.editorial.worklists import WorklistEntry
from kb.questions.queries import count_waiting

from ..core.forms import Form
from ..core.labels import LABELS
from ..core.pages import Page
from ..core.query_schemas import PageNumber, QuerySchema

ON_A_PAGE = 50
FAILED_SEARCH_DAYS = 365
MOST_WANTED = 100

EXPLAINED = {
    "verify": gettext_noop("Their authors are not sure of these, and nobody has confirmed them."),
    "stale": gettext_noop("Nobody has confirmed for two years that these are still correct."),
    "incomplete": gettext_noop("These have no challenge, goal or city, or very little text."),
    "unsourced": gettext_noop("These cite no source."),
    "doubt": gettext_noop("Described as working or finished, but without evidence."),
}


class WorklistSchema(QuerySchema):
    """`page` of a worklist."""

    page = PageNumber()


@dataclass(frozen=True, kw_only=True)
class WorklistsPage(Page):
    """The worklists with their counts, by name."""

    template = "desk/worklists.html"
    counts: Mapping[str, int]
    explained: Mapping[str, str]
    failed_searches: int | None
    reports: int | None


@dataclass(frozen=True, kw_only=True)
class WorklistPage(Page):
    """A page of a worklist."""

    template = "desk/worklist.html"
    name: str
    title: str
    explained: str
    entries: Sequence[WorklistEntry]
    page: int
    more: bool


@dataclass(frozen=True, kw_only=True)
class ReportsPage(Page):
    """What readers reported, the oldest first, or what was closed, the newest first.

    `closing` is the number of the report whose `form` came back.
    """

    template = "desk/reports.html"
    reports: Sequence[Report]
    page: int = 1
    more: bool = False
    closed: int = 0
    form: Form = field(default_factory=Form)
    closing: int | None = None
    days: int = REPORT_DAYS


@dataclass(frozen=True, kw_only=True)
class FailedSearchesPage(Page):
    """Searches that found nothing, and challenges without initiatives, with the number of cities that name each."""

    template = "desk/failed_searches.html"
    wanted: Sequence[FailedSearch]
    challenges: Sequence[tuple[Challenge, int]]


@dataclass(frozen=True, kw_only=True)
class DashboardPage(Page):
    """What waits for a person, and for editors what waits for review, with the counts of the worklists by name."""

    template = "desk/desk.html"
    person: User
    changes_requested: Sequence[Proposal]
    drafts: Sequence[Proposal]
    sent: Sequence[Proposal]
    decided: Sequence[Proposal]
    may_review: bool
    waiting: int
    oldest: datetime | None
    counts: Mapping[str, int]
    failed_searches: int
    reports: int
    city_questions: int


def page_of_worklists(session: Session, catalogue: CatalogueSnapshot, actor: User) -> WorklistsPage:
    """The worklists with their counts."""
    return WorklistsPage(
        counts=worklists.how_many(catalogue),
        explained=EXPLAINED,
        failed_searches=_count_failed_searches(session) if may(actor, "see-failed-searches") else None,
        reports=queries.count_open_reports(session) if may(actor, "review") else None,
    )


def page_of_worklist(session: Session, catalogue: CatalogueSnapshot, name: str, page: int) -> WorklistPage:
    """One page of a worklist."""
    rows = worklists.waiting(session, catalogue, name, (page - 1) * ON_A_PAGE, ON_A_PAGE + 1)
    return WorklistPage(
        name=name,
        title=LABELS["worklists"][name],
        explained=EXPLAINED[name],
        entries=rows[:ON_A_PAGE],
        page=page,
        more=len(rows) > ON_A_PAGE,
    )


def page_of_reports(session: Session, page: int, *, is_closed: bool = False) -> ReportsPage:
    """One page of what readers reported."""
    listed = queries.closed_reports() if is_closed else queries.open_reports()
    rows = session.scalars(listed.offset((page - 1) * ON_A_PAGE).limit(ON_A_PAGE + 1)).all()
    return ReportsPage(
        reports=rows[:ON_A_PAGE],
        page=page,
        more=len(rows) > ON_A_PAGE,
        closed=int(is_closed),
    )


def page_of_report(session: Session, key: int, form: Form) -> ReportsPage:
    """A single report with the form that closes it, as it was sent. Raises NotFound where there is none."""
    report = session.get(Report, key)
    if report is None:
        raise NotFound
    return ReportsPage(reports=[report], form=form, closing=key)


def page_of_failed_searches(session: Session, catalogue: CatalogueSnapshot) -> FailedSearchesPage:
    """Searches that found nothing."""
    return FailedSearchesPage(
        wanted=failed_searches.failed_searches(session, _since(), MOST_WANTED),
        challenges=worklists.challenges_without_initiatives(session, catalogue),
    )


def _count_failed_searches(session: Session) -> int:
    """How many different searches found nothing in the last FAILED_SEARCH_DAYS."""
    return failed_searches.count_failed_searches(session, _since())


def _since() -> date:
    return now().date() - timedelta(days=FAILED_SEARCH_DAYS)


PROPOSALS_SHOWN = 12


def page_of_dashboard(session: Session, catalogue: CatalogueSnapshot, actor: User) -> DashboardPage:
    """What waits for a person; as many queries for many proposals as for one."""
    proposals, may_review = _mine(session, actor), may(actor, "review")
    waiting, oldest = queries.waiting_for(session, actor.id) if may_review else (0, None)
    return DashboardPage(
        person=actor,
        changes_requested=[proposal for proposal in proposals if proposal.state == "changes-requested"],
        drafts=[proposal for proposal in proposals if proposal.state == "draft"],
        sent=[proposal for proposal in proposals if proposal.state == "submitted"],
        decided=[proposal for proposal in proposals if proposal.state not in OPEN_STATES][:PROPOSALS_SHOWN],
        may_review=may_review,
        waiting=waiting,
        oldest=oldest,
        counts=worklists.how_many(catalogue) if may_review else {},
        failed_searches=_count_failed_searches(session) if may_review else 0,
        reports=queries.count_open_reports(session) if may_review else 0,
        city_questions=count_waiting(session, actor),
    )


def _mine(session: Session, actor: User) -> Sequence[Proposal]:
    """The newest proposals of a person: all that are open, and some that are decided."""
    mine = queries.proposals_by(actor.id)
    still_open = session.scalars(mine.where(Proposal.state.in_(OPEN_STATES)).limit(10 * PROPOSALS_SHOWN)).all()
    decided = session.scalars(mine.where(Proposal.state.not_in(OPEN_STATES)).limit(PROPOSALS_SHOWN)).all()
    return [*still_open, *decided]
