"""Keys for programs: who gets in by one, who no longer does, and what is told to whom."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts import actions
from kb.accounts.api_keys import LENGTH, MOST_KEYS, ApiKeys, InvalidKey, keys_of, revoke, state_of
from kb.accounts.choices import KEY_SCOPES
from kb.accounts.models import ApiKey, AuditEvent, User
from kb.accounts.permissions import SCOPES, may_by_key
from kb.accounts.schemas import KeySchema
from kb.core.column_types import now
from kb.core.errors import NotFound, Refused
from tests.factories import make_user

KEYS = ApiKeys("a made-up secret")


def made(session: Session, user: User, name: str = "Made-up program", **wanted) -> tuple[str, ApiKey]:
    """A new key, and its row."""
    key = KEYS.new_key(user, "", {"name": name})
    return key, KEYS.make(session, user, key, **{"name": name, "scopes": ["read"], "days": 30} | wanted)


def test_the_key_lets_its_owner_in_and_is_stored_nowhere(session: Session) -> None:
    user = make_user(session)
    key, row = made(session, user)
    assert KEYS.find(session, key) is row
    assert row.user is user
    assert len(key) == LENGTH
    stored = [*vars(row).values(), *(event.details for event in session.scalars(select(AuditEvent)))]
    assert key not in repr(stored)
    assert key[14:] not in repr(stored)
    event = session.scalars(select(AuditEvent)).one()
    assert (event.verb, event.key) == ("make-key", str(user.id))
    assert event.details == {"name": "Made-up program", "prefix": key[:13], "scopes": "read", "days": 30}


@pytest.mark.one_database
def test_a_key_that_is_not_quite_one_lets_nobody_in(session: Session) -> None:
    key, _row = made(session, make_user(session))
    digit = "0" if key[-1] != "0" else "1"
    for wrong in (
        *("", "kb_", key[:-1], key + "0", key.upper(), f" {key}", f"{key}\n", f"{key}\0", key.replace("kb", "кb")),
        *(key[:-1] + "٣", key[:-1] + "\ud800", key[:-1] + "é", "%" * LENGTH, "kb_" + "_" * 75),
    ):
        with pytest.raises(InvalidKey, match=f"begins with kb_ and has {LENGTH} characters"):
            KEYS.find(session, wrong)
    for forged in (key[:-1] + digit, f"kb_{'0' * 10}_{'0' * 64}", f"kb_{'0' * 10}{key[13:]}"):
        with pytest.raises(InvalidKey, match="We do not know this key"):
            KEYS.find(session, forged)
    with pytest.raises(InvalidKey, match="We do not know this key"):
        ApiKeys("another secret").find(session, key)


@pytest.mark.one_database
def test_only_whoever_has_the_whole_key_learns_why_it_no_longer_works(session: Session) -> None:
    expired, row = made(session, make_user(session))
    row.expires_at = now()
    revoked, row_revoked = made(session, user := make_user(session))
    revoke(session, user, row_revoked.id)
    closed, _ = made(session, closing := make_user(session))
    actions.disable(session, None, closing)
    for key, told in (
        (expired, "expired on 20"),
        (revoked, "revoked on 20"),
        (closed, "account of this key is closed"),
    ):
        with pytest.raises(InvalidKey, match=told):
            KEYS.find(session, key)
        with pytest.raises(InvalidKey, match="do not know this key"):
            KEYS.find(session, key[:14] + "f" * 64)
    assert [state_of(each, now()) for each in (row, row_revoked)] == ["expired", "revoked"]


def test_closing_an_account_ends_its_keys_for_good(session: Session) -> None:
    user, other = make_user(session), make_user(session)
    key, _ = made(session, user)
    theirs, _ = made(session, other)
    actions.disable(session, None, user)
    actions.enable(session, None, user)
    session.flush()
    session.expire_all()
    with pytest.raises(InvalidKey, match="revoked"):
        KEYS.find(session, key)
    assert KEYS.find(session, theirs).user_id == other.id


@pytest.mark.one_database
def test_nobody_revokes_a_key_of_somebody_else(session: Session) -> None:
    key, row = made(session, make_user(session))
    with pytest.raises(NotFound):
        revoke(session, make_user(session, "administrator"), row.id)
    assert KEYS.find(session, key)


@pytest.mark.one_database
def test_a_person_has_so_many_keys_and_a_form_makes_one(session: Session) -> None:
    user = make_user(session)
    rows = [made(session, user)[1] for _ in range(MOST_KEYS)]
    with pytest.raises(Refused, match="revoke one"):
        made(session, user)
    revoke(session, user, rows[0].id)
    rows[1].expires_at = now() - timedelta(days=1)
    key = KEYS.new_key(user, "form", {"name": "Made-up"})
    assert key == KEYS.new_key(user, "form", {"name": "Made-up"})
    KEYS.make(session, user, key, name="Made-up", scopes=["read"], days=30)
    with pytest.raises(Refused, match="already sent"):
        KEYS.make(session, user, key, name="Made-up", scopes=["read"], days=30)
    others = {KEYS.new_key(user, "form", {"name": "Other"}), KEYS.new_key(make_user(session), "form", {})}
    assert key not in others
    assert len(session.scalars(keys_of(user)).all()) == MOST_KEYS + 1


@pytest.mark.one_database
def test_a_key_may_never_do_more_than_its_owner(session: Session) -> None:
    user = make_user(session)
    assert may_by_key(user, ["draft"], "draft")
    assert not may_by_key(user, ["draft"], "submit")
    user.disabled_at = now()
    assert not may_by_key(user, list(SCOPES), "draft")
    assert KEY_SCOPES.keys() == SCOPES.keys()
    ticks = {name for name in KeySchema().fields if name.startswith("scope_")}
    assert ticks == {f"scope_{scope}" for scope in SCOPES}
