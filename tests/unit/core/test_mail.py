"""Mail goes out by a real SMTP server; when that fails it is said, and nothing is raised."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import structlog

from kb.core import mail as mail_module
from kb.core.mail import Delivery, Email, Mail
from tests.smtp_server import NAME, PASSWORD, Mailbox, guarded_mailbox, mailbox
from tests.tls_servers import certificate

SENDER = "CityPeers <desk@peers.example>"
LETTER = Email("adviser@city.example", "Grüße ≥ 1", "Hello,\n\nhttps://peers.example/x?y=" + "z" * 300 + "\n\nÅsa\n")


@pytest.fixture
def log_events() -> Iterator[list]:
    """What is noted while the test runs."""
    with structlog.testing.capture_logs() as noted:
        yield noted


def test_a_letter_arrives_whole() -> None:
    with mailbox() as (url, held):
        assert Mail(url, SENDER).send(LETTER)
    (arrived,) = held.messages
    assert arrived["From"] == SENDER
    assert arrived["To"] == LETTER.to
    assert arrived["Subject"] == LETTER.subject
    assert arrived.get_content().replace("\r\n", "\n") == LETTER.text
    assert arrived["Message-ID"].endswith("@peers.example>")
    assert arrived["Date"]
    assert arrived["Auto-Submitted"] == "auto-generated"


def test_with_a_password_it_goes_by_starttls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log_events: list) -> None:
    trusted = certificate(tmp_path)
    with guarded_mailbox(tmp_path) as (url, mailbox):
        with_password = url.replace("//", f"//{NAME}:{quote(PASSWORD, safe='')}@")
        assert not Mail(with_password, SENDER).send(LETTER), "nobody vouches for the server yet"
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        assert Mail(with_password, SENDER).send(LETTER)
        assert not Mail(url.replace("//", f"//{NAME}:wrong@"), SENDER).send(LETTER)
    assert len(mailbox.messages) == 1
    assert [noted["event"] for noted in log_events] == ["mail was not sent"] * 2
    assert "535" in log_events[1]["problem"]
    assert PASSWORD not in str(log_events)


def test_a_password_never_goes_in_the_clear(log_events: list) -> None:
    with mailbox() as (url, held):
        assert not Mail(url.replace("//", f"//{NAME}:{quote(PASSWORD, safe='')}@"), SENDER).send(LETTER)
    assert held.messages == []
    assert "STARTTLS" in log_events[0]["problem"]


@pytest.mark.parametrize("answer", ["451 Try again later", "552 Mailbox full", "554 No"])
def test_a_server_that_refuses_is_noted(log_events: list, answer: str) -> None:
    with mailbox() as (url, held):
        held.answer = answer
        assert not Mail(url, SENDER).send(LETTER)
    assert log_events[0]["problem"] == f"SMTPDataError, {answer[:3]}", "the words of a server may hold names"
    assert LETTER.to not in str(log_events)
    assert LETTER.subject not in str(log_events)


def test_a_server_that_is_not_there_is_noted(log_events: list) -> None:
    with mailbox() as (url, _held):
        pass
    assert not Mail(url, SENDER).send(LETTER)
    assert not Mail("smtp://no-such-host.invalid:25", SENDER).send(LETTER)
    assert [noted["event"] for noted in log_events] == ["mail was not sent"] * 2


def test_nobody_slips_a_header_in(log_events: list) -> None:
    with mailbox() as (url, held):
        assert not Mail(url, SENDER).send(Email("a@city.example\nBcc: b@city.example", "x", "x"))
        assert not Mail(url, SENDER).send(Email("a@city.example", "x\r\nBcc: b@city.example", "x"))
    assert held.messages == []


def test_at_home_letters_are_printed_and_elsewhere_they_are_refused(log_events: list) -> None:
    assert Mail("", "", is_printed=True).send(LETTER)
    assert log_events[0]["text"] == LETTER.text
    assert not Mail("", "").send(LETTER)
    assert LETTER.text not in str(log_events[1])


def test_a_letter_sent_later_waits_for_no_slow_server(monkeypatch: pytest.MonkeyPatch) -> None:
    held = Mailbox()

    async def slowly(_server, _session, _envelope) -> str:
        import asyncio

        await asyncio.sleep(0.5)
        held.messages.append(None)
        return "250 OK"

    with mailbox() as (url, box):
        monkeypatch.setattr(box, "handle_DATA", slowly)
        mail = Mail(url, SENDER)
        mail.send_later(LETTER)
        assert held.messages == [], "nobody waited for it"
        mail.close()
    assert len(held.messages) == 1
    assert mail_module.SECONDS >= 5


def test_what_is_certain_of_a_message_is_told_from_what_is_not(
    monkeypatch: pytest.MonkeyPatch, log_events: list
) -> None:
    """The server itself ends the connection before it answers, as where it or the line fails at that moment."""
    with mailbox() as (url, held):
        for answer, delivery in (
            ("250 OK", Delivery.ACCEPTED),
            ("451 Try again later", Delivery.POSTPONED),
            ("554 No", Delivery.REFUSED),
        ):
            held.answer = answer
            assert Mail(url, SENDER).deliver(LETTER) is delivery

        async def refused_recipient(_server, _session, _envelope, address, _options) -> str:
            return f"{'450' if address.startswith('busy') else '550'} {address}"

        monkeypatch.setattr(held, "handle_RCPT", refused_recipient, raising=False)
        assert Mail(url, SENDER).deliver(Email("gone@city.example", "x", "x")) is Delivery.REFUSED
        assert Mail(url, SENDER).deliver(Email("busy@city.example", "x", "x")) is Delivery.POSTPONED
        monkeypatch.delattr(held, "handle_RCPT")

        async def breaks_off(server, _session, envelope) -> str:
            held.messages.append(envelope)
            server.transport.abort()
            return "250 never said"

        monkeypatch.setattr(held, "handle_DATA", breaks_off)
        assert Mail(url, SENDER).deliver(LETTER) is Delivery.UNCLEAR
    assert len(held.messages) == 2
    assert Mail(url, SENDER).deliver(LETTER) is Delivery.UNREACHABLE
    assert Mail("", "").deliver(LETTER) is Delivery.UNREACHABLE
    assert len(log_events) == 7


@pytest.mark.usefixtures("log_events")
def test_an_address_that_the_server_cannot_take_is_refused_not_the_server() -> None:
    with mailbox(enable_SMTPUTF8=False) as (url, _box):
        assert Mail(url, SENDER).deliver(Email("bürgermeister@city.example", "x", "x")) is Delivery.REFUSED
        assert Mail(url, SENDER).deliver(LETTER) is Delivery.ACCEPTED


def test_who_must_not_send_can_stop_before_anything_has_gone_out() -> None:
    def stop() -> None:
        raise KeyError("not mine")

    with mailbox() as (url, held), pytest.raises(KeyError):
        Mail(url, SENDER).deliver(LETTER, before_content=stop)
    assert held.messages == []


def test_headers_with_long_addresses_stay_addresses() -> None:
    address = f"<https://peers.example/{'x' * 200}>"
    with mailbox() as (url, held):
        Mail(url, SENDER).send(Email(LETTER.to, LETTER.subject, LETTER.text, {"List-Unsubscribe": address}, "<1@x>"))
    (arrived,) = held.messages
    assert arrived["List-Unsubscribe"] == address
    assert arrived["Message-ID"] == "<1@x>"
    assert arrived.get_content().replace("\r\n", "\n") == LETTER.text
