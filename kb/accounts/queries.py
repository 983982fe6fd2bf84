"""Reads of people and of the audit trail."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from kb.core.db import locked
from kb.core.errors import NotFound
from kb.core.i18n import gettext_noop
from kb.core.sql_functions import folded
from kb.core.text import fold

from .models import AuditEvent, EndedSignIn, User
from .permissions import PERMISSIONS


def person_signed_in(
    session: Session, key: int, stamp: str, sign_in_id: str, *, is_locked: bool = False
) -> User | None:
    """The person with that id whose stamp is still that one, account open and sign-in not ended, or None.

    A transaction that signs them in anew locks them, so that their next change of the stamp ends that sign-in too.
    """
    query = _signed_in()
    values = {"key": key, "stamp": stamp, "sign_in": sign_in_id}
    return session.scalar(locked(query) if is_locked else query, values)


@cache
def _signed_in() -> Select[User]:
    """Made once, since most requests of people ask it, and to make it takes a third of the time."""
    has_ended = select(EndedSignIn.id).where(EndedSignIn.id == bindparam("sign_in")).exists()
    is_same = (User.id == bindparam("key"), User.stamp == bindparam("stamp"))
    return select(User).where(*is_same, User.disabled_at.is_(None), ~has_ended)


def person_unchanged(session: Session, user: User) -> User | None:
    """A person whose password was checked before the transaction began, read again and locked.

    None where the account was closed or signed out everywhere since then, as by a new password.
    """
    query = select(User).where(User.id == user.id, User.stamp == user.stamp, User.disabled_at.is_(None))
    return session.scalar(locked(query))


def find_person_by_email(session: Session, email: str) -> User | None:
    """The person with that address, however its letters are written, or None."""
    return session.scalar(select(User).where(User.email == plain_email(email)))


def person_by_email(session: Session, email: str) -> User:
    """The person with that address. Raises NotFound that names it."""
    user = find_person_by_email(session, email)
    if user is None:
        raise NotFound(gettext_noop("There is no account with the address %(email)s."), email=email)
    return user


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which events: by whom, which action, done to which kind of thing and which one, and older than an id."""

    actor: int | None = None
    verb: str | None = None
    kind: str | None = None
    key: str | None = None
    before: int | None = None


def audit_events(audit_filter: AuditFilter) -> Select[AuditEvent]:
    """Events of the audit trail, the newest first."""
    query = select(AuditEvent).order_by(AuditEvent.id.desc())
    filters = {
        AuditEvent.actor_id: audit_filter.actor,
        AuditEvent.verb: audit_filter.verb,
        AuditEvent.kind: audit_filter.kind,
        AuditEvent.key: audit_filter.key,
    }
    for column, value in filters.items():
        if value is not None:
            query = query.where(column == value)
    return query if audit_filter.before is None else query.where(AuditEvent.id < audit_filter.before)


def audit_values(session: Session, column: InstrumentedAttribute[Any]) -> list[str]:
    """Each action, or each kind, that the trail has. It hops along the index: one look for each, however long it is."""
    first = select(func.min(column).label("value")).cte("found", recursive=True)
    following = select(func.min(column)).where(column > first.c.value).correlate(first).scalar_subquery()
    values = first.union_all(select(following).where(first.c.value.is_not(None)))
    return list(session.scalars(select(values.c.value).where(values.c.value.is_not(None))))


def people_matching(words: str, role: str | None) -> Select[User]:
    """People in whose name, address or organisation the words stand, with that role; everybody without either."""
    query = people()
    if role is not None:
        query = query.where(User.role == role)
    if words:
        columns = (User.name, User.email, User.organisation)
        query = query.where(or_(*(folded(column).contains(fold(words), autoescape=True) for column in columns)))
    return query


def count_people(session: Session, query: Select[User]) -> int:
    """How many people are chosen."""
    return session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0


def has_active_people(session: Session) -> bool:
    """Whether there is any account yet."""
    return session.scalar(select(User.id).limit(1)) is not None


def people() -> Select[User]:
    """Everybody with an account, by name."""
    return select(User).order_by(User.sort_key, User.id)


def people_by_name(session: Session, most: int) -> list[tuple[int, str]]:
    """Id and name of everybody with an account, by name, as far as a list to choose from goes."""
    query = people().with_only_columns(User.id, User.name).limit(most)
    return [(key, name) for key, name in session.execute(query)]


def people_who_may(permission: str) -> Select[User]:
    """Everybody with an open account whose role has a permission."""
    return people().where(User.role.in_(PERMISSIONS[permission]), User.disabled_at.is_(None))


def people_belonging_to(city_id: int) -> Select[User]:
    """Everybody who belongs to a city, also those whose account is closed."""
    return people().where(User.city_id == city_id)


def people_of_cities(cities: Collection[int], others: Select[int | None]) -> Select[User]:
    """Everybody with an open account who belongs to one of the cities, or whose id is among the others."""
    here = or_(User.city_id.in_(cities), User.id.in_(others))
    return select(User).where(User.disabled_at.is_(None), here).order_by(User.id)


def person_and_administrators(key: int) -> Select[User]:
    """The person with that id, and every administrator, by id."""
    return select(User).where(or_(User.id == key, User.role == "administrator")).order_by(User.id)


def can_administer(user: User) -> bool:
    """Whether a person can look after people: an administrator with an open account who can sign in."""
    return user.role == "administrator" and user.disabled_at is None and has_signed_in(user)


def has_signed_in(user: User) -> bool:
    """Whether a person has accepted the invitation, by a password or by signing in another way."""
    return user.password_hash is not None or user.signed_in_at is not None


def person_by_id(session: Session, key: int) -> User:
    """The person with that id. Raises NotFound."""
    user = session.get(User, key)
    if user is None:
        raise NotFound(gettext_noop("There is no person %(number)s."), number=str(key))
    return user


def plain_email(email: str) -> str:
    """An address as it is kept: in small letters, without white space around it."""
    return email.strip().lower()


def names_of_people(session: Session, keys: Collection[int]) -> dict[int, str]:
    """The names of the people with these ids."""
    return dict(session.execute(select(User.id, User.name).where(User.id.in_(keys))).all())
