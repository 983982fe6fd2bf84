"""What personal data are kept: whose, what for, for how long and who sees them. The privacy notice shows this.

Times come from the settings and from the constants of the packages that delete the data.
"""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Record:
    """One kind of personal data, and the tables that keep it; none where it is not in the database."""

    code: str
    title: str
    what: str
    purpose: str
    kept: Message
    seen_by: str
    tables: str = ""


@dataclass(frozen=True, slots=True)
class StoredInBrowser:
    """A cookie, or what a page stores in the browser by itself."""

    name: str
    purpose: str
    kept: str


_EDITORS = gettext_noop("Editors and administrators")


def records(retention: Retention) -> tuple[Record, ...]:
    """Every kind, with its times."""
    return (
        Record(
            "readers",
            gettext_noop("Readers"),
            gettext_noop(
                "Nothing in the database says which pages someone reads. The words of a search that finds nothing are "
                "counted by day, without saying who searched; words that may name a person are not counted."
            ),
            gettext_noop("To learn what is missing"),
            Message(gettext_noop("Always, without anything about you")),
            gettext_noop("Editors"),
            "search_demand",
        ),
        Record(
            "addresses",
            gettext_noop("Network addresses"),
            gettext_noop(
                "The network address of your connection, and mail addresses to which mails were sent, are counted in "
                "memory. They are not in the database for this purpose, and not in the log of this program."
            ),
            gettext_noop("Protection against overload, guessed passwords and unwanted mails"),
            Message(gettext_noop("Up to a day")),
            gettext_noop("Nobody"),
        ),
        Record(
            "alerts",
            gettext_noop("Mails about new entries"),
            gettext_noop("Mail address, the search, its language, and when it was confirmed"),
            gettext_noop("To send you what is new"),
            Message(
                gettext_noop("Until you end the mails by the link in each; %(days)s days if you do not confirm"),
                {"days": ALERT_DAYS},
            ),
            gettext_noop("Nobody"),
            "alerts",
        ),
        Record(
            "questions",
            gettext_noop("Questions to cities"),
            gettext_noop("Your name, city and mail address, the question, and the answers"),
            gettext_noop("To bring your question to the city and the answer to you"),
            Message(
                gettext_noop(
                    "Name and address: %(days)s days after the question is closed; %(confirm)s days if you do not "
                    "confirm it. Question and answer stay."
                ),
                {"days": retention.question_days, "confirm": CONFIRMATION_DAYS},
            ),
            gettext_noop(
                "The people of the city, and editors. Everybody reads question and answer if you and the city agree. "
                "The city gets your mail address only if you allow it."
            ),
            "city_questions city_answers question_mails",
        ),
        Record(
            "block_list",
            gettext_noop("Block list"),
            gettext_noop("Mail addresses and domains from which no questions are taken"),
            gettext_noop("Protection against abuse"),
            Message(gettext_noop("Until an editor removes them")),
            _EDITORS,
            "blocked_askers",
        ),
        Record(
            "reports",
            gettext_noop("Reports about entries"),
            gettext_noop("What you write, and your mail address if you give it"),
            gettext_noop("To correct the entry and to answer you"),
            Message(
                gettext_noop("The address: until an editor closes the report. The report: %(days)s days after that."),
                {"days": REPORT_DAYS},
            ),
            _EDITORS,
            "reports",
        ),
        Record(
            "audience",
            gettext_noop("The audience of a session"),
            gettext_noop(
                "Questions, the name if you give one, and votes. Your browser is known by a random number, of which "
                "only a hash is stored."
            ),
            gettext_noop("To hold the session, and to count each vote once"),
            Message(
                gettext_noop(
                    "Names and hashes of those who asked: %(days)s days after the session. Questions and answers stay, "
                    "and so do hashes of votes, which lead to nobody."
                ),
                {"days": retention.forum_name_days},
            ),
            gettext_noop("Everybody reads questions that the moderators approve, with the name that was given"),
            "forum_questions forum_votes forum_blocks",
        ),
        Record(
            "chairs",
            gettext_noop("Chairs and moderators of sessions"),
            gettext_noop("The name for which a link was made, what was done by it, and notes for the chair"),
            gettext_noop("To lead the session, and to know who did what"),
            Message(gettext_noop("As long as the record of the session")),
            _EDITORS,
            "forum_chair_links forum_clock_steps forum_brief_edits forum_sessions forum_slots",
        ),
        Record(
            "accounts",
            gettext_noop("Accounts of staff"),
            gettext_noop(
                "Mail address, name, organisation, city, role, a hash of the password, the time of the last sign-in, "
                "and hashes of keys for programs with the day of their last use"
            ),
            gettext_noop("To let you in, and to show who proposed and published an entry"),
            Message(gettext_noop("Until the account is erased, by its owner or an administrator")),
            gettext_noop("Administrators. Other staff see the name beside what the person did."),
            "users api_keys",
        ),
        Record(
            "second_factors",
            gettext_noop("Second step of signing in"),
            gettext_noop(
                "The encrypted secret of the authenticator app, the public key and the name of each passkey, hashes of "
                "recovery codes, and when each was last used"
            ),
            gettext_noop("So that a guessed password is not enough"),
            Message(gettext_noop("Until its owner or an administrator removes it, or the account is erased")),
            gettext_noop("Nobody. Administrators see whether it is set up."),
            "authenticator_apps passkeys recovery_codes",
        ),
        Record(
            "sign_ins",
            gettext_noop("Sign-ins and forms"),
            gettext_noop("Random numbers of sign-ins that were ended; hashes of forms and of requests of programs"),
            gettext_noop("So that a stolen cookie opens nothing, and a form that is sent twice is saved once"),
            Message(
                gettext_noop("Sign-ins: %(minutes)s minutes. Forms: %(hours)s hours. Requests of programs: %(more)s."),
                {
                    "minutes": retention.rest_minutes,
                    "hours": int(submissions.KEPT.total_seconds() // 3600),
                    "more": Message(
                        gettext_noop("%(hours)s hours"), {"hours": int(idempotency.KEPT.total_seconds() // 3600)}
                    ),
                },
            ),
            gettext_noop("Nobody"),
            "ended_sign_ins submissions idempotent_requests",
        ),
        Record(
            "work",
            gettext_noop("Work of staff"),
            gettext_noop(
                "Proposals, comments, imports, versions of entries and withdrawals, with the name of whoever did it"
            ),
            gettext_noop("So that each version of an entry can be traced and restored"),
            Message(
                gettext_noop("As long as the entry. When an account is erased, a number stands instead of the name.")
            ),
            gettext_noop("Staff. The public history of an entry says when it changed."),
            "proposals remarks revisions withdrawals imports import_files import_rows import_edits import_keys",
        ),
        Record(
            "audit",
            gettext_noop("Log of actions"),
            gettext_noop("Who did what and when: sign-ins, failed sign-ins, decisions, changes to accounts"),
            gettext_noop("To find out about misuse"),
            Message(gettext_noop("Always. When an account is erased, a number stands instead of the name.")),
            gettext_noop("Administrators"),
            "audit_events",
        ),
    )


STORED_IN_BROWSERS = (
    StoredInBrowser(
        "session",
        gettext_noop("Who is signed in, and what tells your form from a forged one. Set when you open a form."),
        gettext_noop("Until you close the browser"),
    ),
    StoredInBrowser(
        "known_browser",
        gettext_noop("Set when you sign in, so that others who guess passwords do not lock you out."),
        gettext_noop("180 days"),
    ),
    StoredInBrowser(
        "voice",
        gettext_noop("Set on the page of a session, so that you can ask and vote once."),
        gettext_noop("180 days"),
    ),
    StoredInBrowser(
        "written",
        gettext_noop("Set when you save something, so that you see your own changes at once."),
        gettext_noop("A few minutes"),
    ),
    StoredInBrowser(
        gettext_noop("Saved list"),
        gettext_noop("What you save on your list stays in your browser and is not sent to us."),
        gettext_noop("Until you clear the list"),
    ),
    StoredInBrowser(
        gettext_noop("Copy of a draft"),
        gettext_noop("For staff: what you type in a form, in case the connection breaks."),
        gettext_noop("Until it is saved"),
    ),
    StoredInBrowser(
        gettext_noop("Keys of the console"),
        gettext_noop("For chairs: whether single keys control the session."),
        gettext_noop("Until you clear the data of the site in your browser"),
    ),
)
"""Cookies first. None of them follows anybody to other sites."""
