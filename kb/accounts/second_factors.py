"""The second step of sign-in of a person: which factors they have; adding, removing and resetting them.

A factor is an authenticator app or a passkey. Recovery codes are none by themselves: they go with the last factor.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from sqlalchemy import Select, bindparam, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from kb.core.db import locked
from kb.core.errors import NotFound, Refused
from kb.core.i18n import gettext_noop

from . import recovery_codes
from .actions import record_audit_event
from .models import AuthenticatorApp, Passkey, RecoveryCode, User, new_stamp

Way = Literal["app", "passkey", "recovery-code"]
"""By what a second step was taken."""

MOST_PASSKEYS = 20

_TOO_MANY = gettext_noop("You already have %(number)s passkeys. First remove one that you no longer use.")
_NO_SUCH_PASSKEY = gettext_noop("You do not have this passkey.")
_NO_APP = gettext_noop("You have no authenticator app.")
_NO_FACTOR = gettext_noop("First set up an authenticator app or a passkey.")
_LAST = gettext_noop("Your role needs a second step. Set up another one first, then remove this one.")
_NONE_TO_RESET = gettext_noop("This person has not set up a second step of sign-in.")


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """What a person has: an app or none, passkeys, and the number of recovery codes that still work."""

    app: AuthenticatorApp | None
    passkeys: Sequence[Passkey]
    codes_left: int

    @property
    def count(self) -> int:
        """How many factors there are."""
        return len(self.passkeys) + (self.app is not None)


def factors_of(session: Session, user_id: int) -> SecondFactors:
    """The second factors of a person."""
    return SecondFactors(
        app=session.get(AuthenticatorApp, user_id, populate_existing=True),
        passkeys=session.scalars(_passkeys(), {"user": user_id}).all(),
        codes_left=session.scalars(_unused_codes(), {"user": user_id}).one(),
    )


@cache
def _passkeys() -> Select[Passkey]:
    return select(Passkey).where(Passkey.user_id == bindparam("user")).order_by(Passkey.id)


@cache
def _unused_codes() -> Select[int]:
    return select(func.count()).where(RecoveryCode.user_id == bindparam("user"), RecoveryCode.used_at.is_(None))


def has_factor(session: Session, user_id: int) -> bool:
    """Whether a person has a second factor."""
    return bool(session.scalar(_has_factor(), {"user": user_id}))


@cache
def _has_factor() -> Select[bool]:
    app = exists().where(AuthenticatorApp.user_id == bindparam("user"))
    passkey = exists().where(Passkey.user_id == bindparam("user"))
    return select(or_(app, passkey))


def add(session: Session, user: User, factor: AuthenticatorApp | Passkey, codes: Sequence[RecoveryCode]) -> bool:
    """Add a factor; whether it is the first, with which the recovery codes are stored. Raises Refused.

    An app replaces the one before. The first factor signs the person out everywhere: who came in by the password alone
    shall not stay.
    """
    factors = _locked_factors(session, user)
    if isinstance(factor, AuthenticatorApp):
        if factors.app is not None:
            session.delete(factors.app)
            session.flush()
        record_audit_event(session, user, "add-authenticator-app", "user", user.id)
    else:
        if len(factors.passkeys) >= MOST_PASSKEYS:
            raise Refused(_TOO_MANY, number=MOST_PASSKEYS)
        record_audit_event(session, user, "add-passkey", "user", user.id, name=factor.name)
    session.add(factor)
    session.flush()
    is_first = factors.count == 0
    if is_first:
        recovery_codes.replace(session, user, codes)
        user.stamp = new_stamp()
    return is_first


def remove_app(session: Session, user: User, *, is_needed: bool) -> None:
    """Remove the authenticator app. Raises Refused where it is the last factor and the role needs one."""
    factors = _locked_factors(session, user)
    if factors.app is None:
        raise Refused(_NO_APP)
    _refuse_last(factors, is_needed=is_needed)
    session.delete(factors.app)
    record_audit_event(session, user, "remove-authenticator-app", "user", user.id)
    _forget_codes_with_last(session, user, factors)


def remove_passkey(session: Session, user: User, key: int, *, is_needed: bool) -> Passkey:
    """Remove a passkey. Raises NotFound for one of somebody else, and Refused as `remove_app` does."""
    factors = _locked_factors(session, user)
    passkey = next((passkey for passkey in factors.passkeys if passkey.id == key), None)
    if passkey is None:
        raise NotFound(_NO_SUCH_PASSKEY)
    _refuse_last(factors, is_needed=is_needed)
    session.delete(passkey)
    record_audit_event(session, user, "remove-passkey", "user", user.id, name=passkey.name)
    _forget_codes_with_last(session, user, factors)
    return passkey


def renew_recovery_codes(session: Session, user: User, codes: Sequence[RecoveryCode]) -> None:
    """Store new recovery codes; earlier ones work no more. Raises Refused for whoever has no factor."""
    if _locked_factors(session, user).count == 0:
        raise Refused(_NO_FACTOR)
    recovery_codes.replace(session, user, codes)
    record_audit_event(session, user, "make-recovery-codes", "user", user.id)


def reset(session: Session, actor: User | None, user: User) -> int:
    """Remove all factors of a person who lost them, and sign them out everywhere; how many there were.

    Raises Refused where there was none.
    """
    count = _locked_factors(session, user).count
    if count == 0:
        raise Refused(_NONE_TO_RESET)
    for model in (AuthenticatorApp, Passkey, RecoveryCode):
        session.execute(delete(model).where(model.user_id == user.id))
    user.stamp = new_stamp()
    record_audit_event(session, actor, "reset-second-step", "user", user.id, name=user.name, factors=count)
    return count


def who_has_factors(session: Session, user_ids: Collection[int]) -> set[int]:
    """The people, of these, who have a second factor."""
    apps = select(AuthenticatorApp.user_id).where(AuthenticatorApp.user_id.in_(user_ids))
    passkeys = select(Passkey.user_id).where(Passkey.user_id.in_(user_ids))
    return set(session.scalars(apps)) | set(session.scalars(passkeys))


def record_failed_step(session: Session, user: User) -> None:
    """Note that somebody who knew the password did not take the second step."""
    record_audit_event(session, None, "fail-second-step", "user", user.id, name=user.name)


def _locked_factors(session: Session, user: User) -> SecondFactors:
    """The factors of a person, who is locked, so that two changes at one moment follow each other."""
    session.scalars(locked(select(User).where(User.id == user.id))).one()
    return factors_of(session, user.id)


def _refuse_last(factors: SecondFactors, *, is_needed: bool) -> None:
    if is_needed and factors.count == 1:
        raise Refused(_LAST)


def _forget_codes_with_last(session: Session, user: User, factors: SecondFactors) -> None:
    if factors.count == 1:
        session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
