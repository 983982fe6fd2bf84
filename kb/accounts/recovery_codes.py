"""Recovery codes: each lets a person in once in place of a second factor. Shown once, stored hashed like passwords."""

import secrets
from collections.abc import Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from kb.core.column_types import now

from . import passwords
from .models import RecoveryCode, User

COUNT = 10
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without letters and digits that look alike."""

_PREFIX_LENGTH = 2
_GROUPS = 2
_GROUP_LENGTH = 5
"""Ten signs of 31 are 49 bits, after the prefix that finds the row."""


def new_codes() -> list[str]:
    """Codes such as k7-9xq4m-2hd8p, none of which begins like another."""
    prefixes: set[str] = set()
    while len(prefixes) < COUNT:
        prefixes.add(_random(_PREFIX_LENGTH))
    return ["-".join([prefix, *(_random(_GROUP_LENGTH) for _ in range(_GROUPS))]) for prefix in sorted(prefixes)]


def rows_of(user_id: int, codes: Sequence[str]) -> list[RecoveryCode]:
    """The rows of codes; hashing takes some 30 ms for each, so call this before a transaction begins."""
    return [
        RecoveryCode(user_id=user_id, prefix=code[:_PREFIX_LENGTH], code_hash=passwords.hash_password(_plain(code)))
        for code in codes
    ]


def replace(session: Session, user: User, rows: Sequence[RecoveryCode]) -> None:
    """Store new codes of a person; earlier ones work no more."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    session.add_all(rows)
    session.flush()


def find(session: Session, user: User, typed: str) -> RecoveryCode | None:
    """The code of a person that was typed, unless it was used before; None where there is none.

    It takes some 30 ms, also where none begins like it, so call this before a transaction begins.
    """
    plain = _plain(typed)
    unused = select(RecoveryCode).where(
        RecoveryCode.user_id == user.id,
        RecoveryCode.prefix == plain[:_PREFIX_LENGTH],
        RecoveryCode.used_at.is_(None),
    )
    code = session.scalars(unused).one_or_none()
    return code if passwords.verify_password(plain, code.code_hash if code else None) else None


def use(session: Session, user: User, code: RecoveryCode) -> bool:
    """Use a code that was found; False where it is not the person's any more, or was used meanwhile."""
    used = (
        update(RecoveryCode)
        .where(RecoveryCode.id == code.id, RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
        .values(used_at=now())
        .returning(RecoveryCode.id)
    )
    return session.scalar(used) is not None


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _plain(typed: str) -> str:
    """A code as it is hashed: in small letters, without what stands between its groups."""
    return "".join(sign for sign in typed[:100].lower() if sign.isalnum())
