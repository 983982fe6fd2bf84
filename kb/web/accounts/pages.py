"""What the pages of people and of the audit trail show."""

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from flask import url_for
from sqlalchemy.orm import Session

from kb.accounts import queries
from kb.accounts.authenticator_apps import NewApp
from kb.accounts.choices import ROLES
from kb.accounts.models import ApiKey, AuditEvent, User
from kb.accounts.passkeys import Challenge
from kb.accounts.queries import AuditFilter
from kb.accounts.second_factors import SecondFactors, who_has_factors
from kb.catalogue.queries import city_names

from ..core.forms import Form
from ..core.labels import LABELS, label
from ..core.pages import Page
from ..core.paging import Pages, last_page, pages_of
from .second_step import FactorChoices

PEOPLE_A_PAGE = 100
EVENTS_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class Event:
    """An event of the trail as it is shown: what was done in words, what it was done to, and a link to that, if any."""

    row: AuditEvent
    words: str
    thing: str | None
    url: str | None
    key: str | None
    """Its name where that is known, else its key; none where people act on their own account."""


@dataclass(frozen=True, kw_only=True)
class PeoplePage(Page):
    """A page of the list of people, with the names of their cities by id, and the ids of those with a second factor."""

    template = "accounts/people.html"
    people: Sequence[User]
    cities: Mapping[int, tuple[str, str, str]]
    with_second_step: Collection[int]
    total: int
    pages: Pages
    words: str
    role: str | None
    roles: Mapping[str, str]
    unknown: Sequence[tuple[str, str]]

    @property
    def states(self) -> dict[int, str]:
        """Whether each person can sign in, by id."""
        return {person.id: state_of(person) for person in self.people}


@dataclass(frozen=True, kw_only=True)
class AuditPage(Page):
    """A page of the audit trail from the newest event, with what it can be narrowed to."""

    template = "accounts/audit.html"
    query: AuditFilter
    events: Sequence[Event]
    verbs: Sequence[tuple[str, str]]
    kinds: Sequence[tuple[str, str]]
    asked_thing: str
    actors: Sequence[tuple[int, str]]
    older: str | None
    newest: str | None
    unknown: Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class AccountPage(Page):
    """One's own account: a form for the name, and one for the password."""

    template = "accounts/account.html"
    person: User
    role: str
    name_form: Form
    password_form: Form
    factors: SecondFactors


@dataclass(frozen=True, kw_only=True)
class SecondFactorsPage(Page):
    """One's own second factors; `after` is the page to go on to once there is one, `is_needed` whether a role asks."""

    template = "accounts/second_factors.html"
    factors: SecondFactors
    is_app_readable: bool
    has_passkeys_here: bool
    is_needed: bool
    after: str | None


@dataclass(frozen=True, kw_only=True)
class NewAppPage(Page):
    """Where an authenticator app is set up: its secret as a QR code, as text and as a link, and a form for a code.

    `replaces` says that the person has one, which the new one replaces.
    """

    template = "accounts/new_app.html"
    new: NewApp
    address: str
    qr_code: str
    replaces: bool
    form: Form
    after: str | None


@dataclass(frozen=True, kw_only=True)
class NewPasskeyPage(Page):
    """Where a passkey is named and added."""

    template = "accounts/new_passkey.html"
    challenge: Challenge
    form: Form
    after: str | None


@dataclass(frozen=True, kw_only=True)
class RecoveryCodesPage(Page):
    """New recovery codes, shown this once."""

    template = "accounts/recovery_codes.html"
    codes: Sequence[str]
    after: str


@dataclass(frozen=True, kw_only=True)
class ConfirmPage(Page):
    """Asks whoever is signed in to prove again who they are, before their second factors change."""

    template = "accounts/confirm.html"
    person: User
    form: Form
    choices: FactorChoices
    provider: str | None
    after: str


@dataclass(frozen=True, kw_only=True)
class KeysPage(Page):
    """One's own keys for programs, and a form for another; `made` is a key that was made just now, shown this once."""

    template = "accounts/keys.html"
    keys: Sequence[tuple[ApiKey, str]]
    form: Form
    scopes: Mapping[str, str]
    days: Mapping[int, str]
    made: str | None = None


@dataclass(frozen=True, kw_only=True)
class InvitationPage(Page):
    """Where an invited person chooses a name and a password."""

    template = "accounts/invitation.html"
    invited: User
    form: Form


@dataclass(frozen=True, kw_only=True)
class ForgottenPasswordPage(Page):
    """Where somebody asks for a link to choose a new password; `can_send` says whether mail is set up."""

    template = "accounts/forgotten.html"
    form: Form
    can_send: bool


@dataclass(frozen=True, kw_only=True)
class NewPasswordPage(Page):
    """Where somebody who was sent a link chooses a new password."""

    template = "accounts/new_password.html"
    person: User
    form: Form


@dataclass(frozen=True, kw_only=True)
class InvitePage(Page):
    """Where an administrator invites somebody, with labels and descriptions of the roles."""

    template = "accounts/invite.html"
    form: Form
    roles: Mapping[str, str]
    role_descriptions: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class PersonPage(Page):
    """A person for administrators: role, whether the account is open, and what was done to it."""

    template = "accounts/person.html"
    person: User
    form: Form
    state: str
    city: tuple[str, str, str] | None
    factors: SecondFactors
    is_self: bool
    roles: Mapping[str, str]
    role_descriptions: Mapping[str, str]
    link: str | None
    events: Sequence[Event]


def page_of_people(
    session: Session, words: str, role: str | None, page: int, unknown: Sequence[tuple[str, str]]
) -> PeoplePage:
    """The people whose names or addresses have these words; `unknown` is what could not be read of the query."""
    query = queries.people_matching(words, role)
    total = queries.count_people(session, query)
    users = session.scalars(query.offset((page - 1) * PEOPLE_A_PAGE).limit(PEOPLE_A_PAGE)).all()

    def link(number: int) -> str:
        return url_for("people.people", q=words or None, role=role, page=number if number > 1 else None)

    return PeoplePage(
        people=users,
        cities=city_names(session, {person.city_id for person in users}),
        with_second_step=who_has_factors(session, {person.id for person in users}),
        total=total,
        pages=pages_of(page, last_page(total, PEOPLE_A_PAGE), link),
        words=words,
        role=role,
        roles=ROLES,
        unknown=unknown,
    )


def page_of_audit(session: Session, audit_filter: AuditFilter, unknown: Sequence[tuple[str, str]]) -> AuditPage:
    """The events that fit; `unknown` is what could not be read of the query."""
    rows = session.scalars(queries.audit_events(audit_filter).limit(EVENTS_A_PAGE + 1)).all()
    shown = rows[:EVENTS_A_PAGE]
    older = dataclasses.replace(audit_filter, before=shown[-1].id) if len(rows) > EVENTS_A_PAGE else None
    return AuditPage(
        query=audit_filter,
        events=events(session, shown),
        verbs=[(verb, in_words(verb)) for verb in queries.audit_values(session, AuditEvent.verb)],
        kinds=[(kind, label("audit_kinds", kind)) for kind in queries.audit_values(session, AuditEvent.kind)],
        asked_thing=label("audit_kinds", audit_filter.kind) if audit_filter.kind else "",
        actors=queries.people_by_name(session, 1_000),
        older=audit_link(older) if older else None,
        newest=audit_link(dataclasses.replace(audit_filter, before=None)) if audit_filter.before else None,
        unknown=unknown,
    )


def events_about(session: Session, person: User, most: int = 20) -> list[Event]:
    """The newest of what was done to a person's account."""
    audit_filter = AuditFilter(kind="user", key=str(person.id))
    return events(session, session.scalars(queries.audit_events(audit_filter).limit(most)).all())


def events(session: Session, rows: Sequence[AuditEvent]) -> list[Event]:
    """Events as they are shown; what people did to their own account needs no name twice."""
    people = {int(row.key) for row in rows if row.kind == "user" and row.key}
    names = queries.names_of_people(session, people)
    return [_event(row, names) for row in rows]


def _event(row: AuditEvent, names: Mapping[int, str]) -> Event:
    if row.kind != "user" or not row.key:
        return Event(row, in_words(row.verb), label("audit_kinds", row.kind) if row.kind else None, None, row.key)
    if row.actor_id == int(row.key):
        return Event(row, in_words(row.verb), None, None, None)
    name = names.get(int(row.key), row.key)
    return Event(row, in_words(row.verb), label("audit_kinds", "user"), url_for("people.person", key=row.key), name)


def in_words(verb: str) -> str:
    """What an action of the trail is called; one that an earlier version of this program noted is shown as it is."""
    return LABELS["audit_actions"].get(verb, verb.replace("-", " "))


def audit_link(audit_filter: AuditFilter) -> str:
    """The address of a page of the trail."""
    return url_for("audit.audit", **{name: value for name, value in dataclasses.asdict(audit_filter).items() if value})


def state_of(person: User) -> str:
    """Whether somebody can sign in: open, invited or closed."""
    if person.disabled_at is not None:
        return "closed"
    return "open" if queries.has_signed_in(person) else "invited"
