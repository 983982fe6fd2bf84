"""Reads of people and of the audit trail."""

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from kb.problems import NotFound

from .models import User


def person_with_stamp(session: Session, key: int, stamp: str) -> User | None:
    """The person with that id whose stamp is still that one and whose account is open, or None."""
    return session.scalar(select(User).where(User.id == key, User.stamp == stamp, User.disabled_at.is_(None)))


def person_with_email(session: Session, email: str) -> User | None:
    """The person with that address, however its letters are written, or None."""
    return session.scalar(select(User).where(User.email == plain_email(email)))


def person_called(session: Session, email: str) -> User:
    """The person with that address. Raises NotFound that names it."""
    found = person_with_email(session, email)
    if found is None:
        raise NotFound(f"nobody here has the address {email}")
    return found


def people() -> Select[User]:
    """Everybody with an account, by name."""
    return select(User).order_by(User.name, User.id)


def person_and_administrators(key: int) -> Select[User]:
    """The person with that id, and every administrator, by id."""
    return select(User).where(or_(User.id == key, User.role == "administrator")).order_by(User.id)


def can_administer(user: User) -> bool:
    """Whether a person can look after people: an administrator with an open account who can sign in."""
    return user.role == "administrator" and user.disabled_at is None and has_come(user)


def has_come(user: User) -> bool:
    """Whether a person has accepted the invitation, by a password or by signing in another way."""
    return user.password_hash is not None or user.signed_in_at is not None


def person(session: Session, key: int) -> User:
    """The person with that id. Raises NotFound."""
    found = session.get(User, key)
    if found is None:
        raise NotFound(f"no person {key}")
    return found


def plain_email(email: str) -> str:
    """An address as it is kept: in small letters, without white space around it."""
    return email.strip().lower()
