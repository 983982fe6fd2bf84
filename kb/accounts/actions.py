"""Changes people and writes the audit trail; adds, changes and flushes, never commits."""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kb.core.column_types import now
from kb.core.database_errors import points_to_nothing
from kb.core.db import insert_if_absent, locked
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop

from . import passwords, queries
from .models import ApiKey, AuditEvent, EndedSignIn, User, new_stamp

_TAKEN = gettext_noop("There is already an account with this address.")
_ALREADY_ACCEPTED = gettext_noop(
    "This person already has an account. A new password can be chosen from the sign-in page."
)
_LAST = gettext_noop("This is the last administrator who can sign in. Make someone else administrator first.")


def record_audit_event(
    session: Session, actor: User | None, verb: str, kind: str | None = None, key: object = None, **details: Any
) -> AuditEvent:
    """Add to the audit trail that `actor` did `verb` to the thing of that kind and key; details are plain JSON."""
    event = AuditEvent(
        actor_id=actor.id if actor else None,
        actor_name=actor.name if actor else None,
        verb=verb,
        kind=kind,
        key=None if key is None else str(key),
        details=details,
    )
    session.add(event)
    return event


def invite(
    session: Session,
    actor: User | None,
    *,
    email: str,
    name: str,
    role: str,
    organisation: str | None = None,
    city_id: int | None = None,
) -> User:
    """Make an account that an invitation will open. Raises Refused where the address has one already."""
    if queries.find_person_by_email(session, email) is not None:
        raise Refused(_TAKEN)
    user = User(email=queries.plain_email(email), name=name, role=role, organisation=organisation, city_id=city_id)
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError as problem:
        if points_to_nothing(problem):
            raise
        # Somebody else invited the same address since the look above.
        raise Refused(_TAKEN) from None
    record_audit_event(session, actor, "invite", "user", user.id, name=name, role=role)
    return user


def invite_again(session: Session, actor: User | None, user: User) -> None:
    """Make earlier invitations invalid, so that a new link is the only one. Raises Refused once it was accepted."""
    if queries.has_signed_in(user):
        raise Refused(_ALREADY_ACCEPTED)
    user.stamp = new_stamp()
    record_audit_event(session, actor, "invite-again", "user", user.id, name=user.name)


def accept_invitation(session: Session, user: User, name: str, password_hash: str) -> None:
    """Open an account: its name, its password, and a new stamp, which makes the link invalid."""
    user.name = name
    _set_password(user, password_hash)
    record_audit_event(session, user, "accept-invitation", "user", user.id)


def record_sign_in(session: Session, user: User, way: str, second_step: str | None = None) -> None:
    """Note that a person came in, and by which second step, if any."""
    user.signed_in_at = now()
    details = {"way": way} | ({"second_step": second_step} if second_step else {})
    record_audit_event(session, user, "sign-in", "user", user.id, **details)


def renew_password_hash(user: User, password: str) -> None:
    """Keep the hash of a password, which was right, by today's parameters."""
    if user.password_hash and passwords.is_outdated(user.password_hash):
        user.password_hash = passwords.hash_password(password)


def accept_by_provider(session: Session, user: User) -> None:
    """Accept the invitation of a person who comes in by another provider for the first time; its link then ends."""
    if not queries.has_signed_in(user):
        user.stamp = new_stamp()
        record_audit_event(session, user, "accept-invitation", "user", user.id)


def record_reset_request(session: Session, user: User | None) -> None:
    """Note that somebody asked for a new password, by the account, where there is one."""
    record_audit_event(
        session, None, "ask-reset", "user", user.id if user else None, **({"name": user.name} if user else {})
    )


def record_failed_sign_in(session: Session, user: User | None) -> None:
    """Note that somebody did not come in, by the account that was tried, where there is one."""
    record_audit_event(
        session, None, "fail-to-sign-in", "user", user.id if user else None, **({"name": user.name} if user else {})
    )


def change_password(session: Session, user: User, password_hash: str) -> None:
    """Set a new password, and sign the person out everywhere."""
    _set_password(user, password_hash)
    record_audit_event(session, user, "change-password", "user", user.id)


def reset_password(session: Session, user: User, password_hash: str) -> None:
    """Set a password by a link that was sent to the person's address, and sign the person out everywhere."""
    _set_password(user, password_hash)
    record_audit_event(session, user, "reset-password", "user", user.id)


def rename(session: Session, user: User, name: str) -> None:
    """Call a person by another name from now on."""
    if user.name != name:
        record_audit_event(session, user, "rename", "user", user.id, before=user.name, after=name)
        user.name = name


def end_sign_in(session: Session, sign_in_id: str, lasts: timedelta) -> None:
    """Make every copy of the cookie of one sign-in invalid; forget those that have run out by themselves."""
    session.execute(delete(EndedSignIn).where(EndedSignIn.ended_at < now() - lasts))
    insert_if_absent(session, EndedSignIn, id=sign_in_id, ended_at=now())


def sign_out_everywhere(session: Session, actor: User, user: User) -> None:
    """Make every cookie of a person invalid."""
    user.stamp = new_stamp()
    record_audit_event(session, actor, "sign-out-everywhere", "user", user.id)


def change_role(session: Session, actor: User | None, user: User, role: str) -> None:
    """Let a person do other things from now on. Raises Refused for the last administrator."""
    others = _other_administrators(session, user)
    if role == user.role:
        return
    if not others and queries.can_administer(user):
        raise Refused(_LAST)
    record_audit_event(session, actor, "change-role", "user", user.id, name=user.name, before=user.role, after=role)
    user.role = role


def change_city(session: Session, actor: User | None, user: User, city_id: int | None) -> None:
    """Let a person stand for another city from now on, or for none: what is asked of it and proposed for it."""
    if city_id != user.city_id:
        details = {"name": user.name, "before": user.city_id, "after": city_id}
        record_audit_event(session, actor, "change-city", "user", user.id, **details)
        user.city_id = city_id


def disable(session: Session, actor: User | None, user: User) -> None:
    """Close an account; its sign-ins and keys end at once. Raises Refused for the last administrator."""
    others = _other_administrators(session, user)
    if user.disabled_at is not None:
        return
    if not others and queries.can_administer(user):
        raise Refused(_LAST)
    user.disabled_at = now()
    user.stamp = new_stamp()
    session.execute(
        update(ApiKey).where(ApiKey.user_id == user.id, ApiKey.revoked_at.is_(None)).values(revoked_at=user.disabled_at)
    )
    record_audit_event(session, actor, "disable", "user", user.id, name=user.name)


def enable(session: Session, actor: User | None, user: User) -> None:
    """Open a closed account again."""
    if user.disabled_at is not None:
        user.disabled_at = None
        record_audit_event(session, actor, "enable", "user", user.id, name=user.name)


def require_other_administrator(session: Session, user: User) -> None:
    """Raise Refused for the last administrator who can sign in."""
    if not _other_administrators(session, user) and queries.can_administer(user):
        raise Refused(_LAST)


def delete_account(session: Session, user: User) -> None:
    """Delete an account with its keys; what it did stays, and names no account any more (`kb.privacy.erasure`)."""
    session.delete(user)
    session.flush()


def _set_password(user: User, password_hash: str) -> None:
    user.password_hash = password_hash
    user.stamp = new_stamp()


def _other_administrators(session: Session, user: User) -> list[User]:
    """Who else looks after people; all of them and the person are locked, in one order.

    So two administrators who take each other's role away at once wait for one another, and the second is refused.
    """
    people = session.scalars(locked(queries.person_and_administrators(user.id)))
    return [person for person in people if person.id != user.id and queries.can_administer(person)]
