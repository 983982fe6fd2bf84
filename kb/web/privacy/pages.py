"""What the pages about personal data show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from config import Config
from kb.accounts.models import User
from kb.privacy.export import COLUMN_LABELS, sections_of
from kb.privacy.person import Person
from kb.privacy.records import Record, StoredInBrowser

from ..core.formatting import day, moment
from ..core.forms import Form
from ..core.labels import label
from ..core.language import translated
from ..core.pages import Page


@dataclass(frozen=True, kw_only=True)
class PrivacyPage(Page):
    """The privacy notice: every kind of personal data, and what is stored in browsers.

    Every backup is kept for `backup_days`, some of them for a year; None where the settings name no folder for them.
    """

    template = "privacy/privacy.html"
    operator: Config
    address: Sequence[str]
    records: Sequence[Record]
    stored_in_browsers: Sequence[StoredInBrowser]
    backup_days: int | None


SHOWN = 100
"""Rows of each kind that a page shows; the file has all of them."""


@dataclass(frozen=True, slots=True)
class ShownSection:
    """One kind of rows of a person, as labels and values; `is_cut` says that there are more."""

    title: str
    rows: Sequence[Sequence[tuple[str, str]]]
    is_cut: bool


@dataclass(frozen=True, kw_only=True)
class OwnDataPage(Page):
    """What is kept of whoever is signed in, to be read."""

    template = "privacy/own_data.html"
    sections: Sequence[ShownSection]


@dataclass(frozen=True, kw_only=True)
class EraseOwnPage(Page):
    """What erasing one's own account means, and the form that does it."""

    template = "privacy/erase_own.html"
    person: User
    form: Form


@dataclass(frozen=True, kw_only=True)
class DataOfAddressPage(Page):
    """For administrators: what is kept under an address, with the form that erases it; without one, a form for it."""

    template = "privacy/data_of_address.html"
    form: Form
    address: str | None = None
    sections: Sequence[ShownSection] = ()


@dataclass(frozen=True, kw_only=True)
class AskForDataPage(Page):
    """Where a reader without an account asks for a link by mail; `can_send` says whether mail is set up."""

    template = "privacy/ask.html"
    form: Form
    can_send: bool
    contact: str


@dataclass(frozen=True, kw_only=True)
class MailedDataPage(Page):
    """What is kept under the address of whoever has the link; `has_account` says that an account has it too."""

    template = "privacy/mailed_data.html"
    address: str
    ticket: str
    sections: Sequence[ShownSection]
    has_account: bool
    problem: str | None = None


_LISTS = {
    ("account", "role"): "user_roles",
    ("actions", "kind"): "audit_kinds",
    ("actions", "verb"): "audit_actions",
    ("answers", "state"): "city_answer_states",
    ("decisions", "kind"): "kinds",
    ("decisions", "state"): "states",
    ("imports", "mode"): "import_modes",
    ("imports", "state"): "import_states",
    ("keys", "scopes"): "key_scopes",
    ("proposals", "kind"): "kinds",
    ("proposals", "state"): "states",
    ("questions_for_you", "state"): "city_answer_states",
    ("reports", "about"): "reports",
    ("reports", "kind"): "kinds",
    ("versions", "kind"): "kinds",
    ("versions", "made_from"): "made_from",
    ("withdrawals", "kind"): "kinds",
}
"""The list that has the labels of a column's codes, by section and column."""


def shown_sections(session: Session, person: Person) -> list[ShownSection]:
    """The first rows of each kind that there are of a person, in the reader's language."""
    sections = []
    for section, rows in sections_of(session, person, most=SHOWN + 1):
        listed = [
            [
                (translated(COLUMN_LABELS[name]), _in_words(value, _LISTS.get((section.code, name))))
                for name, value in row.items()
                if _is_shown(value)
            ]
            for row in rows
        ]
        sections.append(ShownSection(translated(section.title), listed[:SHOWN], len(listed) > SHOWN))
    return sections


def _is_shown(value: object) -> bool:
    return value is not None and value != "" and not isinstance(value, dict)


def _in_words(value: Any, codes: str | None) -> str:
    match value:
        case list():
            return ", ".join(_in_words(item, codes) for item in value)
        case bool():
            return str(gettext("Yes") if value else gettext("No"))
        case datetime():
            return str(moment(value))
        case date():
            return str(day(value))
    return str(value) if codes is None else str(label(codes, value))
