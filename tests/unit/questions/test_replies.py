"""Answers by mail: what of a reply is the answer, whom it answers for, and which mails are no answers."""

import time
from email.message import EmailMessage

import pytest

from kb.questions.replies import MARKER, read_reply, reply_address

TICKET = "12-5-abcdefghijklmnopqrstuvwx"
TO = reply_address("replies@peers.example", TICKET)
GERMAN = "Wir zahlten 4 Millionen: sehr viel."
QUOTED = f"> {MARKER} Write your answer above this line. {MARKER}\n>\n> Hello,\n> a reader asks:\n"


def mail(text: str, to: str = f"CityPeers <{TO}>", **headers: str) -> bytes:
    message = EmailMessage()
    message["To"] = to
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


@pytest.mark.parametrize(
    ("above", "answer"),
    [
        (
            "We paid 4 million.\n\nAsk me more.\n\nOn 1 June CityPeers <desk@x.example> wrote:\n",
            "We paid 4 million.\n\nAsk me more.",
        ),
        (f"{GERMAN}\n\nAm 1.6.2026 um 10:00 schrieb CityPeers\n<desk@x.example>:\n\n", GERMAN),
        ("4億円です。\n\n", "4億円です。"),
        ("> a quotation of something else\n\nNo.\n\n", "> a quotation of something else\n\nNo."),
        ("\n \nOn Monday CityPeers wrote:\n", ""),
    ],
    ids=["english", "german", "japanese", "with a quotation", "nothing"],
)
def test_what_stands_above_the_line_is_the_answer(above: str, answer: str) -> None:
    reply = read_reply(mail(above + QUOTED))
    assert reply.text == answer
    assert (reply.tickets, reply.is_automatic) == ([TICKET], False)


def test_the_recipient_that_the_server_names_counts_first_and_letters_may_be_large() -> None:
    other = TICKET.replace("12", "13")
    reply = read_reply(mail("Yes.", Cc="someone@x.example"), [reply_address("replies@peers.example", other).upper()])
    assert reply.tickets == [other, TICKET]
    broken = mail("Yes.").replace(TO.encode(), b"replies@peers.example, broken <")
    assert (read_reply(broken).tickets, read_reply(broken).text) == ([], "Yes.")


def test_machines_and_what_cannot_be_read_give_no_answer() -> None:
    for headers in ({"Auto_Submitted": "auto-replied (vacation)"}, {"Return_Path": "<>"}):
        assert read_reply(mail("I am away.", **headers)).is_automatic
    html = EmailMessage()
    html["To"] = TO
    html.set_content("<p>Yes</p>", subtype="html")
    assert read_reply(html.as_bytes()).text == ""
    strange = mail("Yes.").replace(b'charset="utf-8"', b'charset="made-up"')
    assert read_reply(strange).text == "Yes."
    assert read_reply(b"\xff\x00 no mail at all").tickets == []


def test_the_text_of_an_answer_is_that_of_the_mail_itself() -> None:
    forwarded = EmailMessage()
    forwarded.set_content("What somebody else wrote.")
    answer = EmailMessage()
    answer["To"] = TO
    answer.set_content("<p>Yes.</p>", subtype="html")
    answer.make_mixed()
    answer.add_attachment(forwarded)
    answer.add_attachment("A list of pumps.", filename="pumps.txt")
    assert read_reply(answer.as_bytes()).text == ""
    answer.attach(alternative := EmailMessage())
    alternative.set_content("Yes.")
    alternative.add_alternative("<p>Yes.</p>", subtype="html")
    assert read_reply(answer.as_bytes()).text == "Yes."


def test_a_hostile_header_is_read_at_once() -> None:
    begun = time.process_time()
    content_type = "text/plain" + ";a=b" * 25_000
    assert read_reply(f"To: {TO}\r\nContent-Type: {content_type}\r\n\r\nYes.\r\n".encode()).text == "Yes."
    assert time.process_time() - begun < 2, "seconds of the processor: it takes a tenth of one"


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/mixed; boundary*=undefined''b", "multipart/mixed; boundary*" + "9" * 5000 + "=b",
        "text/plain; charset*=undefined''utf-8", "text/plain; charset=undefined", "text/plain; charset=\"a\0b\"",
    ],
)  # fmt: skip
def test_a_mail_that_breaks_the_rules_keeps_its_address_and_may_lose_its_text(content_type: str) -> None:
    reply = read_reply(f"To: {TO}\r\nContent-Type: {content_type}\r\n\r\nYes.\r\n".encode())
    assert (reply.tickets, reply.is_automatic) == ([TICKET], False)
    assert reply.text == ("Yes." if content_type.startswith("text/") else "")
