"""Secret parts of links about questions: nothing in the database is enough to write one."""

import hashlib
import hmac
import re
from base64 import b32encode
from datetime import timedelta

from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.core.column_types import LARGEST_ID, now
from kb.core.errors import Problem
from kb.core.i18n import gettext_noop

from .choices import CONFIRMATION_DAYS
from .models import CityAnswer, CityQuestion
from .rules import may_handle

_CODE_SIGNS = 10
_LINK_SIGNS = 24
"""Signs of five bits each. A code may be typed, and works for some days; the address of a page works for years."""

QUESTION_HEADER = "X-CityPeers-Question"
"""Where a mail names the question that it is about, for when it is returned."""

_NO_QUESTION = gettext_noop("There is no such question. The link may be incomplete, or the question was deleted.")
_NO_ANSWER = gettext_noop("This link was used, or the question was answered, forwarded or withdrawn.")


class InvalidQuestionLink(Problem):
    """A link or a code is none of ours, or what it opened is over."""


class QuestionLinks:
    """Writes and reads them by the site's secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def code(self, question: CityQuestion) -> str:
        """The code that proves the asker's address."""
        return f"{question.id}-{self._mark('confirm', _CODE_SIGNS, question.id, question.stamp)}"

    def to_follow(self, question: CityQuestion) -> str:
        """The part of the address of the page on which the asker follows a question."""
        return f"{question.id}-{self._mark('follow', _LINK_SIGNS, question.id, question.stamp)}"

    def to_answer(self, answer: CityAnswer, person: User) -> str:
        """The part of an address at which one person may answer once, without signing in."""
        mark = self._mark("answer", _LINK_SIGNS, answer.id, answer.stamp, person.id, person.stamp)
        return f"{answer.id}-{person.id}-{mark}"

    def of_mail(self, question: CityQuestion, answer: CityAnswer | None, person: User | None) -> str:
        """What a mail has in QUESTION_HEADER: to who is to answer or, without a person, to whoever asked."""
        if answer is None or person is None:
            return f"{question.id}-0-0-{self._mark('mail', _LINK_SIGNS, question.id, question.stamp)}"
        mark = self._mark("mail", _LINK_SIGNS, question.id, answer.id, answer.stamp, person.id)
        return f"{question.id}-{answer.id}-{person.id}-{mark}"

    def read_returned(self, session: Session, ticket: str) -> tuple[CityQuestion, CityAnswer | None, User | None]:
        """The question of a returned mail, and what which person was to answer; None where the asker was written.

        Raises InvalidQuestionLink, also where others have been asked to answer since.
        """
        question_id, answer_id, person_id, *_rest = [*_parts(ticket, 4), 0, 0, 0]
        question = session.get(CityQuestion, question_id)
        answer = session.get(CityAnswer, answer_id)
        person = session.get(User, person_id)
        if question is None or not _same(self.of_mail(question, answer, person), ticket):
            raise InvalidQuestionLink(_NO_QUESTION)
        return question, answer, person

    def read_code(self, session: Session, code: str) -> CityQuestion:
        """The question that a code confirms, for CONFIRMATION_DAYS, as people type it. Raises InvalidQuestionLink."""
        typed = _typed(code)
        question = _question(session, _parts(typed, 2))
        oldest = now() - timedelta(days=CONFIRMATION_DAYS)
        if question is None or question.asked_at < oldest or not _same(self.code(question), typed):
            raise InvalidQuestionLink(_NO_QUESTION)
        return question

    def read_to_follow(self, session: Session, ticket: str) -> CityQuestion:
        """The question of a page. Raises InvalidQuestionLink."""
        question = _question(session, _parts(ticket, 2))
        if question is None or not _same(self.to_follow(question), ticket):
            raise InvalidQuestionLink(_NO_QUESTION)
        return question

    def read_to_answer(self, session: Session, ticket: str) -> tuple[CityAnswer, User]:
        """What is to be answered, and by whom. Raises InvalidQuestionLink, also once that was done by anybody."""
        answer_id, person_id, *_rest = [*_parts(ticket, 3), 0, 0]
        answer = session.get(CityAnswer, answer_id)
        person = session.get(User, person_id)
        if (
            answer is None
            or person is None
            or not _same(self.to_answer(answer, person), ticket)
            or not may_handle(person, answer)
        ):
            raise InvalidQuestionLink(_NO_ANSWER)
        return answer, person

    def _mark(self, purpose: str, signs: int, *parts: object) -> str:
        content = repr(("citypeers question", purpose, *parts)).encode()
        digest = hmac.new(self._secret, content, hashlib.sha256).digest()
        return b32encode(digest).decode().lower()[:signs]


def question_number(code: str) -> str:
    """The number of the question that a code is for, as its text; empty where it is not written like one."""
    return "".join(map(str, _parts(_typed(code), 2)))


def _typed(code: str) -> str:
    """A code that was typed in any letters, with spaces or another dash, or pasted with the link before it."""
    return re.sub(r"[\u2010-\u2015\u2212]", "-", re.sub(r"\s", "", code.rpartition("=")[2])).lower()


def _question(session: Session, numbers: list[int]) -> CityQuestion | None:
    return session.get(CityQuestion, numbers[0]) if numbers else None


def _parts(ticket: str, count: int) -> list[int]:
    """The numbers before the last part; none where it is not written like one of ours."""
    parts = ticket.strip().split("-")
    numbers = parts[:-1]
    if len(parts) != count or not all(part.isascii() and part.isdigit() and len(part) < 11 for part in numbers):
        return []
    return [min(int(part), LARGEST_ID) for part in numbers]


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))
