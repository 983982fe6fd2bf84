"""Who a person is in the database: an address, the account with that address, and the names that belong to it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from kb.accounts.models import AuditEvent, User
from kb.accounts.queries import find_person_by_email, plain_email
from kb.catalogue.models import Leader
from kb.core.column_types import now
from kb.core.text import sort_key
from kb.forum.models import Speaker
from kb.questions.models import CityQuestion


@dataclass(frozen=True, slots=True)
class Person:
    """A mail address in small letters, and the account that has it, if any."""

    address: str
    account: User | None


def person_by_address(session: Session, address: str) -> Person:
    """Whoever has this address, with an account or without."""
    return Person(plain_email(address), find_person_by_email(session, address))


LONG_ENOUGH = timedelta(days=30)
"""A name that an account had for so long, or was invited by, is believed to be the person's."""


def names_of(session: Session, person: Person) -> list[str]:
    """The names that a person has or had here: of the account, and those given with questions."""
    asked = session.scalars(select(CityQuestion.asker_name).where(CityQuestion.email == person.address))
    return _different([*account_names(session, person), *asked])


def account_names(session: Session, person: Person) -> list[str]:
    """The names that the account of a person has or had."""
    return _different([name for name, _ in _periods(session, person)])


def believed_names(session: Session, person: Person) -> list[str]:
    """Those that are certainly names of the person.

    Anyone may call themselves by any words; were these replaced wherever they stand, erasing oneself would spoil the
    texts of others.
    """
    if person.account is None:
        return []
    invited = _events_about(session, person.account, "invite")
    long = [name for name, period in _periods(session, person) if period >= LONG_ENOUGH]
    return _different([*(event.details.get("name") for event in invited), *long])


def _periods(session: Session, person: Person) -> list[tuple[str, timedelta]]:
    """The names of an account, and for how long it had each; the present one first."""
    if person.account is None:
        return []
    periods, name, until = [], person.account.name, now()
    for event in reversed(_events_about(session, person.account, "rename")):
        periods.append((name, until - event.at))
        name, until = str(event.details["before"]), event.at
    return [*periods, (name, until - person.account.created_at)]


def _events_about(session: Session, account: User, verb: str) -> Sequence[AuditEvent]:
    about = select(AuditEvent).where(
        AuditEvent.kind == "user", AuditEvent.key == str(account.id), AuditEvent.verb == verb
    )
    return session.scalars(about.order_by(AuditEvent.id)).all()


def _different(names: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(name for name in names if name))


def is_published(session: Session, name: str) -> bool:
    """Whether a city leader or a speaker has this name, which is then part of the public record."""
    leader = exists().where(Leader.sort_key == sort_key(name), Leader.name == name)
    speaker = exists().where(Speaker.name == name)
    return bool(session.scalar(select(leader | speaker)))
