"""The rules of questions to cities: who may handle one, what is public, and which addresses are blocked."""

from kb.accounts.models import User
from kb.accounts.permissions import may
from kb.core.errors import NotAllowed, Refused
from kb.core.i18n import gettext_noop

from .choices import OPEN_STATES
from .models import CityAnswer

_NOT_YOURS = gettext_noop("This question is for other people. Only they and the editors can answer it.")
_IS_CLOSED = gettext_noop("This question is closed: it was answered, declined or withdrawn.")


def may_handle(person: User, answer: CityAnswer) -> bool:
    """Whether a person may read a question and answer it: an editor, the city's people, or whoever it was handed to."""
    if person.disabled_at is not None or not may(person, "answer-questions"):
        return False
    is_of_city = person.city_id is not None and person.city_id == answer.city_id
    return may(person, "moderate-questions") or is_of_city or person.id == answer.person_id


def require_handling(person: User, answer: CityAnswer) -> None:
    """Raise NotAllowed for whoever may not handle it; nobody handles a question that was not confirmed."""
    if answer.state == "unconfirmed" or not may_handle(person, answer):
        raise NotAllowed(_NOT_YOURS)


def require_open(answer: CityAnswer) -> None:
    """Raise Refused where nobody may answer any more."""
    if answer.state not in OPEN_STATES:
        raise Refused(_IS_CLOSED)


def is_shown(answer: CityAnswer) -> bool:
    """Whether everybody may read question and answer on some page; `queries.is_shown` is the same in SQL."""
    consent = answer.may_publish and answer.question.may_publish
    has_page = answer.city_id is not None or answer.question.initiative_id is not None
    return answer.state == "answered" and consent and answer.removed_at is None and has_page


def patterns_of(email: str) -> list[str]:
    """What the block list may hold of an address: itself, its domain, and the domains above that."""
    _, _, domain = email.rpartition("@")
    labels = domain.split(".")
    return [email, *(f"@{'.'.join(labels[first:])}" for first in range(len(labels)))]
