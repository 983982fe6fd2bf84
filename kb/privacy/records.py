"""What personal data are kept: whose, what for, for how long and who sees them. The privacy notice shows this.

Times come from the settings and from the constants of the packages that delete the data.
"""

from dataclasses import dataclass
from datetime import timedelta

from kb.accounts import idempotency, submissions
from kb.alerts.signed_links import CONFIRMATION_DAYS as ALERT_DAYS
from kb.core.i18n import Message, gettext_noop
from kb.editorial.choices import REPORT_DAYS
from kb.questions.choices import CONFIRMATION_DAYS


@dataclass(frozen=True, slots=True)
class Retention:
    """The settings by which data are deleted: days, and minutes of a sign-in without activity."""

    rest_minutes: int
    forum_name_days: int
    question_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One kind of personal data, and the tables that keep it; none where it is not in the database."""

    code: str
    title: str
    what: str
    purpose: str
    kept: Message
    seen_by: str
    tables: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredInBrowser:
    """A cookie, or what a page stores in the browser by itself."""

    name: str
    purpose: str
    kept: str


_EDITORS = gettext_noop("Editors and administrators")

# Of each unit: its length, one of it, and several.
_UNITS = (
    (timedelta(days=1), gettext_noop("1 day"), gettext_noop("%(number)s days")),
    (timedelta(hours=1), gettext_noop("1 hour"), gettext_noop("%(number)s hours")),
    (timedelta(minutes=1), gettext_noop("1 minute"), gettext_noop("%(number)s minutes")),
)


def in_words(period: timedelta) -> Message:
    """A time in the largest unit of which it is a whole number: "12 hours", "90 minutes"; seconds are left out."""
    for unit, one, several in _UNITS:
        if period >= unit and not period % unit:
            count = period // unit
            return Message(one) if count == 1 else Message(several, {"number": count})
    return Message(_UNITS[-1][2], {"number": period // timedelta(minutes=1)})


def records(retention: Retention) -> tuple[Record, ...]:
    """Every kind, with its times: of readers, of people in sessions of the forum, of staff."""
    return (*_of_readers(retention), *_of_sessions(retention), *_of_staff(retention))


def _of_readers(retention: Retention) -> tuple[Record, ...]:
    return (
        Record(
            code="readers",
            title=gettext_noop("Readers"),
            what=gettext_noop(
                "The database does not record which pages you read. When a search finds nothing, its words are counted "
                "for the day, without saying who searched. Words that may name a person are not counted."
            ),
            purpose=gettext_noop("To see which content is missing"),
            kept=Message(gettext_noop("Without limit; it contains nothing about you")),
            seen_by=gettext_noop("Editors"),
            tables="search_demand",
        ),
        Record(
            code="addresses",
            title=gettext_noop("Network addresses"),
            what=gettext_noop(
                "The network address (IP address) of your connection, and e-mail addresses that this site writes to, "
                "to count requests and mails. This is done in memory, not in the database or in the program's log."
            ),
            purpose=gettext_noop("To protect the site against overload, guessed passwords and unwanted mails"),
            kept=Message(gettext_noop("Up to a day")),
            seen_by=gettext_noop("Nobody"),
        ),
        Record(
            code="alerts",
            title=gettext_noop("Mails about new entries"),
            what=gettext_noop("Your e-mail address, your search, its language, and when you confirmed it"),
            purpose=gettext_noop("To send you new entries"),
            kept=Message(
                gettext_noop("Until you stop the mails, by the link in each mail; %(days)s days if you do not confirm"),
                {"days": ALERT_DAYS},
            ),
            seen_by=gettext_noop("Administrators, when they look up your e-mail address"),
            tables="alerts",
        ),
        Record(
            code="questions",
            title=gettext_noop("Questions to cities"),
            what=gettext_noop("Your name, your city, your e-mail address, the question and the answers"),
            purpose=gettext_noop("To send your question to the city and the answer to you"),
            kept=Message(
                gettext_noop(
                    "Name and e-mail address: %(days)s days after the question is closed; %(confirm)s days if you do "
                    "not confirm it. The question and the answers stay."
                ),
                {"days": retention.question_days, "confirm": CONFIRMATION_DAYS},
            ),
            seen_by=gettext_noop(
                "The people of the city, and editors. The question and the answer are published only if you and "
                "the city agree. The city gets your e-mail address only if you allow it."
            ),
            tables="city_questions city_answers question_mails",
        ),
        Record(
            code="block_list",
            title=gettext_noop("Block list"),
            what=gettext_noop("E-mail addresses and domains that may not ask questions"),
            purpose=gettext_noop("To prevent abuse"),
            kept=Message(gettext_noop("Until an editor removes them")),
            seen_by=_EDITORS,
            tables="blocked_askers",
        ),
        Record(
            code="reports",
            title=gettext_noop("Reports about entries"),
            what=gettext_noop("What you write, and your e-mail address if you give it"),
            purpose=gettext_noop("To correct the entry and to answer you"),
            kept=Message(
                gettext_noop("Your e-mail address: until an editor closes the report. The report: %(days)s more days."),
                {"days": REPORT_DAYS},
            ),
            seen_by=_EDITORS,
            tables="reports",
        ),
    )


def _of_sessions(retention: Retention) -> tuple[Record, ...]:
    return (
        Record(
            code="audience",
            title=gettext_noop("The audience of a session"),
            what=gettext_noop(
                "Your questions, your votes, and your name if you give it. A random number in your browser connects "
                "them; only a hash of it is stored here."
            ),
            purpose=gettext_noop("To hold the session, and to count each vote once"),
            kept=Message(
                gettext_noop(
                    "Names and hashes of the people who asked: %(days)s days after the session. Questions, answers and "
                    "hashes of votes stay."
                ),
                {"days": retention.forum_name_days},
            ),
            seen_by=gettext_noop("Everybody can read the questions that the moderators approve, with the name"),
            tables="forum_questions forum_votes forum_blocks",
        ),
        Record(
            code="chairs",
            title=gettext_noop("Chairs and moderators of sessions"),
            what=gettext_noop("The name of the person who got a link, what they did with it, and notes for the chair"),
            purpose=gettext_noop("To run the session, and to know who did what"),
            kept=Message(gettext_noop("As long as the session itself")),
            seen_by=_EDITORS,
            tables="forum_chair_links forum_clock_steps forum_brief_edits forum_sessions forum_slots",
        ),
    )


def _of_staff(retention: Retention) -> tuple[Record, ...]:
    return (
        Record(
            code="accounts",
            title=gettext_noop("Accounts of staff"),
            what=gettext_noop(
                "E-mail address, name, organisation, city, role, a hash of the password (not the password itself), the "
                "time of the last sign-in, hashes of keys for programs, and the day each key was last used"
            ),
            purpose=gettext_noop("To let you sign in, and to show who proposed and published an entry"),
            kept=Message(gettext_noop("Until you or an administrator erase the account")),
            seen_by=gettext_noop("Administrators. Other staff see your name next to your work."),
            tables="users api_keys",
        ),
        Record(
            code="second_factors",
            title=gettext_noop("Second step of sign-in"),
            what=gettext_noop(
                "The encrypted secret of the authenticator app, the public key and the name of each passkey, hashes of "
                "recovery codes, and when each was last used"
            ),
            purpose=gettext_noop("So that someone who knows your password still cannot sign in"),
            kept=Message(gettext_noop("Until you or an administrator remove it, or the account is erased")),
            seen_by=gettext_noop(
                "Administrators see what is set up, when it was last used, and the names of passkeys. Nobody sees the "
                "rest."
            ),
            tables="authenticator_apps passkeys recovery_codes",
        ),
        Record(
            code="sign_ins",
            title=gettext_noop("Sign-ins and forms"),
            what=gettext_noop("Random numbers of ended sign-ins; hashes of sent forms and of requests from programs"),
            purpose=gettext_noop(
                "So that a stolen cookie does not work, and a form that is sent twice is saved only once"
            ),
            kept=Message(
                gettext_noop("Sign-ins: %(sign_ins)s. Forms: %(forms)s. Requests from programs: %(programs)s."),
                {
                    "sign_ins": in_words(timedelta(minutes=retention.rest_minutes)),
                    "forms": in_words(submissions.KEPT),
                    "programs": in_words(idempotency.KEPT),
                },
            ),
            seen_by=gettext_noop(
                "Administrators see requests from programs, when they look up a person. Nobody sees the rest."
            ),
            tables="ended_sign_ins submissions idempotent_requests",
        ),
        Record(
            code="work",
            title=gettext_noop("Work of staff"),
            what=gettext_noop(
                "Proposals, comments, imports, versions of entries and withdrawals, with the name of the person"
            ),
            purpose=gettext_noop("So that each version of an entry can be traced and restored"),
            kept=Message(gettext_noop("As long as the entry. When an account is erased, a number replaces the name.")),
            seen_by=gettext_noop("Staff. The public history of an entry shows when it changed, without names."),
            tables="proposals remarks revisions withdrawals imports import_files import_rows import_edits import_keys",
        ),
        Record(
            code="audit",
            title=gettext_noop("Audit trail"),
            what=gettext_noop("Who did what and when: sign-ins, failed sign-ins, decisions, changes to accounts"),
            purpose=gettext_noop("To find misuse"),
            kept=Message(gettext_noop("Without limit. When an account is erased, a number replaces the name.")),
            seen_by=gettext_noop("Administrators"),
            tables="audit_events",
        ),
    )


STORED_IN_BROWSERS = (
    StoredInBrowser(
        name="session",
        purpose=gettext_noop("Keeps you signed in, and protects forms against forgery. Set when you open a form."),
        kept=gettext_noop("Until you close the browser"),
    ),
    StoredInBrowser(
        name="known_browser",
        purpose=gettext_noop("Lets you sign in while someone else tries to guess your password. Set when you sign in."),
        kept=gettext_noop("180 days"),
    ),
    StoredInBrowser(
        name="voice",
        purpose=gettext_noop("Lets you ask questions in a session, and vote once. Set on the page of a session."),
        kept=gettext_noop("180 days"),
    ),
    StoredInBrowser(
        name="written",
        purpose=gettext_noop("Shows you your own changes at once. Set when you save something."),
        kept=gettext_noop("A few minutes"),
    ),
    StoredInBrowser(
        name=gettext_noop("Saved list"),
        purpose=gettext_noop("The entries on your saved list. They stay in your browser and are not sent to us."),
        kept=gettext_noop("Until you clear the list"),
    ),
    StoredInBrowser(
        name=gettext_noop("Copy of a draft"),
        purpose=gettext_noop("For staff: a copy of what you type in a form, in case the connection breaks."),
        kept=gettext_noop("Until it is saved"),
    ),
    StoredInBrowser(
        name=gettext_noop("Keyboard shortcuts of the console"),
        purpose=gettext_noop("For chairs: whether keyboard shortcuts are on."),
        kept=gettext_noop("Until you delete the data of this site in your browser"),
    ),
)
"""Cookies first. None of them follows anybody to other sites."""
