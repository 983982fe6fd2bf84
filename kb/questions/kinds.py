"""The kind of entry that the search finds among questions to cities."""

from enum import StrEnum

from kb.core.i18n import gettext_noop


class QuestionKind(StrEnum):
    """An answer of a city that is public, with its question."""

    CITY_ANSWER = "city-answer"


QUESTION_KIND_LABELS = {str(QuestionKind.CITY_ANSWER): gettext_noop("Answer from a city")}
QUESTION_KIND_PLURALS = {str(QuestionKind.CITY_ANSWER): gettext_noop("Answers from cities")}
