"""People: who may do what, how the last administrator is kept, what passwords and links are worth."""

import threading
import time

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts import actions, passwords, queries, signed_links
from kb.accounts.models import AuditEvent, User
from kb.accounts.permissions import PERMISSIONS, may
from kb.accounts.signed_links import InvalidLink, SignedLinks
from kb.core.column_types import now
from kb.core.db import Database
from kb.core.errors import Refused
from tests.conftest import REAL_HASHER
from tests.factories import PASSWORD, make_user


def test_nobody_and_people_whose_account_is_closed_may_do_nothing(session: Session) -> None:
    closed = make_user(session, "administrator", disabled_at=now())
    for verb in PERMISSIONS:
        assert not may(None, verb)
        assert not may(closed, verb)


def test_administrators_may_do_all_that_editors_may_and_editors_all_that_contributors_may() -> None:
    for roles in PERMISSIONS.values():
        assert "administrator" in roles
        assert "contributor" not in roles or "editor" in roles


def test_of_two_administrators_who_take_each_others_role_at_once_one_stays(database: Database) -> None:
    with database.writing() as session:
        pair = [make_user(session, "administrator").id for _ in range(2)]
    begin = threading.Barrier(2)
    told: list[str] = []

    def demote(actor: int, other: int) -> None:
        begin.wait()
        try:
            with database.writing() as session:
                actor_row = session.get_one(User, actor)
                time.sleep(0.05)
                actions.change_role(session, actor_row, session.get_one(User, other), "editor")
                time.sleep(0.05)
        except Refused as problem:
            told.append(str(problem))

    threads = [threading.Thread(target=demote, args=ids) for ids in (pair, pair[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        left = list(session.scalars(select(User).where(User.role == "administrator")))
    assert len(left) == 1
    assert len(told) == 1


def test_two_invitations_of_one_address_make_one_account(session: Session) -> None:
    actions.invite(session, None, email="New@City.example", name="Made-up", role="editor")
    with pytest.raises(Refused, match="already"):
        actions.invite(session, None, email="new@city.example ", name="Made-up", role="editor")


def test_two_who_invite_one_address_at_the_same_moment_make_one_account(database: Database) -> None:
    begin = threading.Barrier(2)
    outcome: list[str] = []

    def invite() -> None:
        begin.wait()
        try:
            with database.writing() as session:
                actions.invite(session, None, email="new@city.example", name="Made-up", role="editor")
                time.sleep(0.05)
            outcome.append("made")
        except Refused:
            outcome.append("refused")

    threads = [threading.Thread(target=invite) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome) == ["made", "refused"]


def test_a_link_is_worth_something_until_it_is_used_or_its_time_is_over(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    invited = make_user(session, password_hash=None)
    house = SignedLinks("the site's secret")
    ticket = house.write("invitation", invited)
    assert house.read("invitation", ticket, session) is invited
    assert invited.stamp not in ticket
    for other in (SignedLinks("another secret"),):
        with pytest.raises(InvalidLink):
            other.read("invitation", ticket, session)
    with pytest.raises(InvalidLink):
        house.read("reset", ticket, session)
    monkeypatch.setitem(signed_links.SECONDS, "invitation", -1)
    with pytest.raises(InvalidLink):
        house.read("invitation", ticket, session)
    monkeypatch.undo()
    actions.accept_invitation(session, invited, "Made-up", passwords.hash_password(PASSWORD))
    with pytest.raises(InvalidLink):
        house.read("invitation", ticket, session)


@pytest.mark.parametrize(
    "password",
    [
        "password12",
        "1234567890",
        "aaaaaaaaaaaa",
        "qwertyuiop",
        "letmein2024",
        "iloveyou123",
        "Passw0rd!!",
        "sunshine2023",
    ],
)
def test_what_was_stolen_often_or_follows_a_pattern_is_refused(password: str) -> None:
    assert passwords.weakness(password) == passwords.EASY


@pytest.mark.parametrize("password", ["ahmedabadquist", "Quistahmedabad", "zofia.quist@city", "citypeers1"])
def test_ones_own_name_is_no_password(password: str) -> None:
    about = ("Zofia Quist", "zofia.quist@city.example", "City of Ahmedabad")
    assert passwords.weakness(password, about) == passwords.PERSONAL


@pytest.mark.parametrize(
    "password", ["seven quiet harbours", "tmX4-qq09-zzLp", "коровы пьют чай в полночь", "x9" * 3 + "Vh!kq2" * 40]
)
def test_what_is_hard_to_guess_is_taken_as_it_is(password: str) -> None:
    assert passwords.weakness(password) is None


def test_judging_the_longest_password_takes_no_time() -> None:
    begun = time.process_time()
    passwords.weakness("ab1!" * 64)
    assert time.process_time() - begun < 2


def test_a_hash_costs_what_owasp_asks() -> None:
    assert REAL_HASHER.hash(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_password_is_the_same_however_its_signs_are_typed() -> None:
    kept = passwords.hash_password("cafe\u0301 au lait")
    assert passwords.verify_password("café au lait", kept)
    assert not passwords.verify_password("cafe au lait", kept)
    assert not passwords.verify_password("x", "no hash at all")
    assert not passwords.verify_password("the password of nobody", None)


def test_the_trail_keeps_a_name_when_the_account_goes(session: Session) -> None:
    person = make_user(session, name="Made-up Leaver")
    actions.record_audit_event(session, person, "sign-in", "user", person.id)
    session.flush()
    session.delete(person)
    session.flush()
    event = session.scalars(select(AuditEvent)).one()
    session.refresh(event)
    assert (event.actor_id, event.actor_name) == (None, "Made-up Leaver")


def test_kinds_and_verbs_of_the_trail_are_listed_once(session: Session) -> None:
    assert queries.audit_values(session, AuditEvent.verb) == []
    for verb, kind in (("b", "user"), ("a", None), ("b", "proposal"), ("c", "user")):
        actions.record_audit_event(session, None, verb, kind)
    session.flush()
    assert queries.audit_values(session, AuditEvent.verb) == ["a", "b", "c"]
    assert queries.audit_values(session, AuditEvent.kind) == ["proposal", "user"]
