"""Who a person is in the database: an address, the account with that address, and the names that belong to it."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from kb.accounts.models import AuditEvent, User
from kb.accounts.queries import find_person_by_email, plain_email
from kb.catalogue.models import Leader
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


def names_of(session: Session, person: Person) -> list[str]:
    """The names that a person has or had here: of the account, and those given with questions."""
    asked = select(CityQuestion.asker_name).where(CityQuestion.email == person.address)
    names: Iterable[str | None] = session.scalars(asked).all()
    if person.account is not None:
        renamed = select(AuditEvent.details).where(
            AuditEvent.verb == "rename", AuditEvent.kind == "user", AuditEvent.key == str(person.account.id)
        )
        former = [details.get("before") for details in session.scalars(renamed)]
        names = [person.account.name, *former, *names]
    return list(dict.fromkeys(name for name in names if name))


def is_published(session: Session, name: str) -> bool:
    """Whether a city leader or a speaker has this name, which is then part of the public record."""
    leader = exists().where(Leader.sort_key == sort_key(name), Leader.name == name)
    speaker = exists().where(Speaker.name == name)
    return bool(session.scalar(select(leader | speaker)))
