"""The people of these tests, and entries as they send them."""

from typing import Any

from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.editorial.validation import blank
from tests.factories import make_place


def make_user(session: Session, role: str = "contributor", name: str | None = None, **fields: Any) -> User:
    """A person with a role, called after it unless told otherwise."""
    name = name or f"Made-up {role}"
    user = User(email=f"{name.lower().replace(' ', '.')}@example.org", name=name, role=role, **fields)
    session.add(user)
    session.flush()
    return user


def initiative_data(session: Session | None = None, **fields: Any) -> dict[str, Any]:
    """All that publishing an initiative needs, at a place without a page where none is given."""
    data = blank("initiative") | {
        "title": "Made-up flood sensors",
        "summary": "Made-up sensors that warn of floods.",
        "stage": "pilot",
        "challenges": ["flooding"],
        "goals": [{"goal": 11, "origin": "editor"}],
        "sources": [{"url": "https://example.org/made-up", "title": "Made-up source", "seen_on": "2026-11-20"}],
    }
    if "cities" not in fields:
        assert session is not None
        data["cities"] = [f"place:{make_place(session).id}"]
    return data | fields
