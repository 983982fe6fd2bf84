"""What the pages about questions to cities show."""

from collections.abc import Sequence
from dataclasses import dataclass

from kb.accounts.models import User
from kb.catalogue.models import City, Initiative
from kb.questions.choices import CITY_DAYS, LONGEST_QUESTION, OPEN_STATES
from kb.questions.models import BlockedAsker, CityAnswer, CityQuestion
from kb.questions.queries import OpenAndAnswerTime
from kb.questions.rules import is_shown

from ..core.forms import Form
from ..core.pages import Page


@dataclass(frozen=True, slots=True)
class AskedCity:
    """A city that may be asked: whether someone there answers, how soon others were answered, and whether ticked."""

    city: City
    has_people: bool
    times: OpenAndAnswerTime
    is_chosen: bool


@dataclass(frozen=True, kw_only=True)
class AskPage(Page):
    """The form of a question to cities, about an initiative where one is named; `path` is where it is sent.

    `left_out` are the names of cities beyond the most that one question goes to.
    """

    template = "questions/ask.html"
    form: Form
    path: str
    initiative: Initiative | None
    cities: Sequence[AskedCity]
    left_out: Sequence[str]
    can_send: bool
    days_kept: int
    longest: int = LONGEST_QUESTION
    days: int = CITY_DAYS


@dataclass(frozen=True, kw_only=True)
class ConfirmQuestionPage(Page):
    """Where the code from a mail is typed, or stands already."""

    template = "questions/confirm.html"
    form: Form


@dataclass(frozen=True, kw_only=True)
class FollowPage(Page):
    """A question with the answers side by side, for whoever asked; `address` is the page's own."""

    template = "questions/follow.html"
    question: CityQuestion
    answers: Sequence[CityAnswer]
    form: Form
    address: str
    ticket: str
    days_kept: int

    @property
    def is_open(self) -> bool:
        """Whether someone may still answer."""
        return any(answer.state in OPEN_STATES for answer in self.answers)

    @property
    def shown_ids(self) -> set[int]:
        """The ids of the answers that everybody may read."""
        return {answer.id for answer in self.answers if is_shown(answer)}


@dataclass(frozen=True, kw_only=True)
class AnswerPage(Page):
    """The form by which one person answers without signing in."""

    template = "questions/answer.html"
    answer: CityAnswer
    person: User
    form: Form
    act: str
    path: str
    longest: int = LONGEST_QUESTION


@dataclass(frozen=True, kw_only=True)
class CityQuestionsPage(Page):
    """The questions to cities that wait for a person, and those that are closed."""

    template = "questions/desk/questions.html"
    waiting: Sequence[CityAnswer]
    closed: Sequence[CityAnswer]
    person: User
    may_moderate: bool
    page: int
    more: bool


@dataclass(frozen=True, kw_only=True)
class CityQuestionPage(Page):
    """A question at the desk, with what may be done about it; `act` is the form that came back."""

    template = "questions/desk/question.html"
    answer: CityAnswer
    person: User
    form: Form
    act: str
    colleagues: Sequence[User]
    may_moderate: bool
    brief: str
    longest: int = LONGEST_QUESTION

    @property
    def also_asked(self) -> list[CityAnswer]:
        """For editors: the answers of other cities to the same question, whatever their states."""
        return [other for other in self.answer.question.answers if self.may_moderate and other.id != self.answer.id]

    @property
    def is_open(self) -> bool:
        """Whether it may still be answered."""
        return self.answer.state in OPEN_STATES

    @property
    def is_shown(self) -> bool:
        """Whether everybody may read question and answer."""
        return is_shown(self.answer)


@dataclass(frozen=True, kw_only=True)
class BlockListPage(Page):
    """The addresses and domains from which no question is taken."""

    template = "questions/desk/blocked.html"
    blocked: Sequence[BlockedAsker]
    form: Form
