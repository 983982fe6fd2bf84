"""Passwords: argon2 hashes, renewed when their parameters change, and the strength that a new one needs.

Parameters are OWASP's first choice for argon2id (19 MiB, 2 passes, 1 lane): some 30 ms, and little enough memory
that a page of threads may check at once. Strength is zxcvbn's, which knows 30,000 passwords of past breaches.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kb.core.i18n import gettext_noop

MIN_LENGTH = 10
MAX_LENGTH = 256

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

# zxcvbn takes time by the square of the length, and what is strong by its first 72 signs is strong.
_JUDGED_CHARACTERS = 72
_STRONG_ENOUGH = 3
_LEAST_BESIDES = 6
_SITE = ("citypeers", "city", "peers")

NOT_THIS = gettext_noop("This is not your password.")
TOO_SHORT = gettext_noop("A password needs at least 10 characters; a few unrelated words make a good one.")
TOO_LONG = gettext_noop("A password may have up to 256 characters.")
PERSONAL = gettext_noop("This password contains your name or address, so it is easy to guess.")
EASY = gettext_noop("This password is easy to guess: it is common, or follows a pattern. Try a few unrelated words.")


def hash_password(password: str) -> str:
    """The hash to keep of a password."""
    return _HASHER.hash(_plain(password))


def verify_password(password: str, password_hash: str | None) -> bool:
    """Whether a password is the one whose hash was kept; it takes as long where none was."""
    try:
        return _HASHER.verify(password_hash or _dummy_hash(), _plain(password)) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Whether a hash was made by other parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def weakness(password: str, about: Iterable[str | None] = ()) -> str | None:
    """Why a password is refused, as a marked string, or None; `about` is what the person is known by."""
    if len(password) < MIN_LENGTH:
        return TOO_SHORT
    if len(password) > MAX_LENGTH:
        return TOO_LONG
    known = [*_SITE, *(word for text in about if text for word in (text, *re.split(r"\W+", text)) if len(word) > 2)]
    if _is_hardly_more_than(known, password):
        return PERSONAL
    # Imported when first needed: its words take 13 MB of each process.
    from zxcvbn import zxcvbn  # noqa: PLC0415

    judged = zxcvbn(password[:_JUDGED_CHARACTERS], user_inputs=known)
    if judged["score"] >= _STRONG_ENOUGH:
        return None
    personal = any(part.get("dictionary_name") == "user_inputs" for part in judged["sequence"])
    return PERSONAL if personal else EASY


def _is_hardly_more_than(known: Iterable[str], password: str) -> bool:
    """Whether little is left of a password without what the person is known by, and without punctuation."""
    words = sorted({word.casefold() for word in known}, key=len, reverse=True)
    besides = re.sub("|".join(map(re.escape, words)), "", password.casefold())
    return besides != password.casefold() and len(re.sub(r"[\W_]", "", besides)) < _LEAST_BESIDES


@cache
def _dummy_hash() -> str:
    return _HASHER.hash("the password of nobody")


def _plain(password: str) -> str:
    """One spelling for signs that can be typed in several ways, as NIST SP 800-63B asks."""
    return unicodedata.normalize("NFKC", password)
