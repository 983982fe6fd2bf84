"""Closed lists of questions to cities, the kind that the search finds, and the numbers that are promised to people."""

from datetime import timedelta
from enum import StrEnum

from kb.core.i18n import gettext_noop

ANSWER_STATES = {
    "unconfirmed": gettext_noop("Not confirmed yet"),
    "waiting": gettext_noop("Waiting for the city"),
    "editors": gettext_noop("Waiting for the editors"),
    "answered": gettext_noop("Answered"),
    "declined": gettext_noop("Declined"),
    "withdrawn": gettext_noop("Withdrawn by the person who asked"),
}

OPEN_STATES = ("waiting", "editors")
"""Somebody may still answer."""

MAIL_KINDS = (
    "confirm",
    "received",
    "to-city",
    "to-editors",
    "passed-on",
    "answered",
    "declined",
    "agree-asker",
    "agree-city",
    "introduce-asker",
    "introduce-city",
)
"""What a mail is about; the words of each are in `kb.web.questions.emails`."""

MOST_CITIES = 5
"""Cities that one question may be put to."""

LONGEST_QUESTION = 10_000
"""Characters of a question, and of an answer."""

CONFIRMATION_DAYS = 3
"""How long a question may be confirmed; then it is deleted with its address."""

CITY_DAYS = 14
"""How long a question waits for its city before the editors get it."""

CITY_TIME = timedelta(days=CITY_DAYS)

AUDIT_KIND = "city-question"

AUDIT_LABELS = {
    "ask-city": gettext_noop("a reader asked a city"),
    "answer-city-question": gettext_noop("answered a question to a city"),
    "decline-city-question": gettext_noop("declined a question to a city"),
    "forward-city-question": gettext_noop("forwarded a question"),
    "pass-question-to-editors": gettext_noop("sent a question to the editors"),
    "return-question-mail": gettext_noop("a mail about a question came back"),
    "withdraw-question": gettext_noop("a reader withdrew a question"),
    "choose-publication": gettext_noop("changed the consent to publish an answer"),
    "remove-answer": gettext_noop("removed a published answer"),
    "restore-answer": gettext_noop("published a removed answer again"),
    "offer-introduction": gettext_noop("offered to introduce two cities"),
    "introduce": gettext_noop("introduced two cities"),
    "block-address": gettext_noop("blocked an address or domain"),
    "unblock-address": gettext_noop("removed an address or domain from the block list"),
}


class QuestionKind(StrEnum):
    """An answer of a city that is public, with its question."""

    CITY_ANSWER = "city-answer"


QUESTION_KIND_LABELS = {str(QuestionKind.CITY_ANSWER): gettext_noop("Answer from a city")}
QUESTION_KIND_PLURALS = {str(QuestionKind.CITY_ANSWER): gettext_noop("Answers from cities")}
