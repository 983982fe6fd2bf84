"""Second factors by themselves: codes of apps, recovery codes, and changes at one moment."""

import threading
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts import recovery_codes, second_factors
from kb.accounts.authenticator_apps import AuthenticatorApps, NewApp
from kb.accounts.models import AuditEvent, AuthenticatorApp, Passkey, RecoveryCode, User
from kb.core.db import Database
from kb.core.errors import NotFound, Refused
from tests.factories import make_user

APPS = AuthenticatorApps("a secret of the site")
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""The secret of the examples of RFC 6238, "12345678901234567890"."""


def passkey_of(user: User, name: str = "Made-up key") -> Passkey:
    return Passkey(user_id=user.id, name=name, credential_id=f"{user.id}-{name}", public_key=b"", sign_count=0)


@pytest.fixture
def user(session: Session) -> User:
    return make_user(session, "editor")


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    app = NewApp(RFC_SECRET, "")
    assert APPS.time_step(app, code, datetime.fromtimestamp(seconds, UTC)) == seconds // 30


@pytest.mark.one_database
def test_a_code_is_right_half_a_minute_early_and_late_and_in_any_digits() -> None:
    app = NewApp(RFC_SECRET, "")
    code, step = pyotp.TOTP(RFC_SECRET).at(NOON), int(NOON.timestamp()) // 30
    steps = [APPS.time_step(app, code, NOON + timedelta(seconds=30 * around)) for around in (-2, -1, 0, 1, 2)]
    assert steps == [None, step, step, step, None]
    arabic = "".join(chr(0x0660 + int(digit)) for digit in code)
    assert APPS.time_step(app, f"{arabic[:3]} {arabic[3:]}", NOON) == step
    assert APPS.time_step(app, f"{code}0", NOON) is None


def test_a_code_and_those_before_it_are_used_up(session: Session, user: User) -> None:
    session.add(APPS.make(user, NewApp(RFC_SECRET, ""), 0))
    session.flush()
    totp = pyotp.TOTP(RFC_SECRET)
    assert APPS.use(session, user, totp.at(NOON), NOON)
    assert not APPS.use(session, user, totp.at(NOON), NOON)
    assert not APPS.use(session, user, totp.at(NOON - timedelta(seconds=30)), NOON)
    assert APPS.use(session, user, totp.at(NOON + timedelta(seconds=30)), NOON)
    assert session.get_one(AuthenticatorApp, user.id, populate_existing=True).last_used_at == NOON


def test_of_two_requests_with_the_same_code_one_is_let_in(session: Session, database: Database, user: User) -> None:
    session.add(APPS.make(user, NewApp(RFC_SECRET, ""), 0))
    codes = recovery_codes.new_codes()[:1]
    recovery_codes.replace(session, user, recovery_codes.rows_of(user.id, codes))
    session.commit()
    code, ready, results = pyotp.TOTP(RFC_SECRET).at(NOON), threading.Barrier(2), []

    def use() -> None:
        ready.wait()
        with database.writing() as writing:
            results.append(("app", APPS.use(writing, user, code, NOON)))
        with database.reading() as reading:
            recovery_code = recovery_codes.find(reading, user, codes[0])
        ready.wait()
        with database.writing() as writing:
            results.append(("code", recovery_code is not None and recovery_codes.use(writing, user, recovery_code)))

    threads = [threading.Thread(target=use) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [("app", False), ("app", True), ("code", False), ("code", True)]


@pytest.mark.one_database
def test_a_secret_is_stored_encrypted_and_read_by_the_sites_own_secret_alone(session: Session, user: User) -> None:
    new = APPS.new(user)
    app = APPS.make(user, new, 0)
    assert new.secret not in app.secret
    assert APPS.secret_of(app) == new.secret
    assert AuthenticatorApps("another secret").secret_of(app) is None
    assert AuthenticatorApps("another secret").use(session, user, pyotp.TOTP(new.secret).now()) is False


@pytest.mark.one_database
def test_the_ticket_of_a_new_secret_is_for_its_person(session: Session, user: User) -> None:
    new = APPS.new(user)
    assert APPS.being_set_up(user, new.ticket) == new
    with pytest.raises(Refused):
        APPS.being_set_up(make_user(session), new.ticket)
    with pytest.raises(Refused):
        AuthenticatorApps("another secret").being_set_up(user, new.ticket)


def test_recovery_codes_differ_work_once_and_are_stored_hashed(session: Session, user: User) -> None:
    codes = recovery_codes.new_codes()
    assert len({code[:2] for code in codes}) == 10
    recovery_codes.replace(session, user, recovery_codes.rows_of(user.id, codes[:2]))
    stored = session.scalars(select(RecoveryCode)).all()
    assert not any(code.replace("-", "") in row.code_hash for code in codes for row in stored)
    assert recovery_codes.find(session, user, codes[0][:2] + "-aaaaa-aaaaa") is None
    assert recovery_codes.find(session, user, codes[5]) is None
    first, second = (recovery_codes.find(session, user, code) for code in codes[:2])
    assert first is not None
    assert second is not None
    assert not recovery_codes.use(session, make_user(session), first)
    assert recovery_codes.use(session, user, first)
    assert not recovery_codes.use(session, user, first)
    assert recovery_codes.find(session, user, codes[0]) is None
    recovery_codes.replace(session, user, [])
    assert not recovery_codes.use(session, user, second)


def test_a_new_app_replaces_the_one_before_and_keeps_the_codes(session: Session, user: User) -> None:
    assert second_factors.add(session, user, APPS.make(user, APPS.new(user), 0), [])
    stamp, new = user.stamp, APPS.new(user)
    assert not second_factors.add(session, user, APPS.make(user, new, 0), [])
    app = session.get_one(AuthenticatorApp, user.id, populate_existing=True)
    assert APPS.secret_of(app) == new.secret
    assert user.stamp == stamp


def test_recovery_codes_go_with_the_last_factor(session: Session, user: User) -> None:
    code = RecoveryCode(user_id=user.id, prefix="aa", code_hash="made up")
    second_factors.add(session, user, APPS.make(user, APPS.new(user), 0), [code])
    second_factors.add(session, user, passkey_of(user), [])
    second_factors.remove_app(session, user, is_needed=True)
    assert second_factors.factors_of(session, user.id).codes_left == 1
    key = session.scalars(select(Passkey.id)).one()
    with pytest.raises(Refused):
        second_factors.remove_passkey(session, user, key, is_needed=True)
    with pytest.raises(NotFound):
        second_factors.remove_passkey(session, make_user(session), key, is_needed=False)
    second_factors.remove_passkey(session, user, key, is_needed=False)
    assert second_factors.factors_of(session, user.id).codes_left == 0
    with pytest.raises(Refused):
        second_factors.renew_recovery_codes(session, user, [])


def test_a_reset_removes_everything_and_ends_what_was_signed_in(session: Session, user: User) -> None:
    second_factors.add(session, user, passkey_of(user), [])
    second_factors.add(session, user, APPS.make(user, APPS.new(user), 0), [])
    assert second_factors.who_has_factors(session, {user.id, make_user(session).id}) == {user.id}
    stamp = user.stamp
    assert second_factors.reset(session, None, user) == 2
    assert user.stamp != stamp
    assert not second_factors.has_factor(session, user.id)
    with pytest.raises(Refused):
        second_factors.reset(session, None, user)
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.verb, event.key, event.details["factors"]) == ("reset-second-step", str(user.id), 2)


@pytest.mark.one_database
def test_there_is_a_most_of_passkeys(session: Session, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_factors, "MOST_PASSKEYS", 1)
    second_factors.add(session, user, passkey_of(user), [])
    with pytest.raises(Refused):
        second_factors.add(session, user, passkey_of(user, "another"), [])
