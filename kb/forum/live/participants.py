"""How somebody in the audience is known: by a random token in their browser, of which only keyed hashes are kept."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody in the audience of one session; the two hashes cannot be told to be of one person."""

    asker_hash: str
    voter_hash: str


def new_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(24)


def participant_of(token: str, session_id: int, secret: str) -> Participant:
    """The voice of a browser's token in a session."""
    return Participant(*(_hash(f"{purpose}:{session_id}:{token}", secret) for purpose in ("ask", "vote")))


def _hash(text: str, secret: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
