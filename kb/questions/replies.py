"""Reads an answer that somebody sent as a reply to the mail with a question.

Such a mail has an address of its own, whose part after `+` is the same secret that a link to answer has. What is below
the marker, which the mail began with, is the mail itself, quoted.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Any

from sqlalchemy.orm import Session

from kb.core.errors import Refused, too_long
from kb.core.i18n import gettext_noop
from kb.core.text import clean_text

from . import actions
from .choices import LONGEST_QUESTION
from .signed_links import InvalidQuestionLink, QuestionLinks

MARKER = "==--=="
"""Stands in the first line of a mail that may be replied to; whatever follows it in the reply is not the answer."""

_NO_TICKET = gettext_noop("No question belongs to this address. Please reply to the mail with the question.")
_NO_TEXT = gettext_noop("There is no plain text above the line. Please write it there, or use the link in the mail.")
_RECIPIENTS = ("Delivered-To", "X-Original-To", "To", "Cc")
_TICKET = re.compile(r"\+(\d{1,10}-\d{1,10}-[a-z2-7]{24})@", re.IGNORECASE)
_AUTOMATIC = ("auto-replied", "auto-generated", "auto-notified")


@dataclass(frozen=True, slots=True)
class Reply:
    """The secrets in its recipients' addresses, its own text, and whether a machine sent it, as while one is away."""

    tickets: Sequence[str]
    text: str
    is_automatic: bool


def reply_address(address: str, ticket: str) -> str:
    """The address at which one person may answer once: `replies@x.example` gives `replies+TICKET@x.example`."""
    name, _, domain = address.rpartition("@")
    return f"{name}+{ticket}@{domain}"


def read_reply(message: bytes, recipients: Iterable[str] = ()) -> Reply:
    """Read a message as a mail server hands it over; `recipients` are those that the server itself names."""
    parsed, text = _parsed(message)
    # As they are written: the library fails on addresses that are no addresses.
    headers = (str(value) for name, value in parsed.raw_items() if name.title() in _RECIPIENTS)
    found = (ticket.lower() for line in (*recipients, *headers) for ticket in _TICKET.findall(line))
    return Reply(
        tickets=list(dict.fromkeys(found)),
        text=_own_text(text),
        is_automatic=_is_automatic(parsed),
    )


def take_reply(session: Session, links: QuestionLinks, reply: Reply) -> None:
    """Answer with what somebody replied; nothing of it is published, and no address is given.

    Raises InvalidQuestionLink where the address is none of ours, or was used; Refused where the text is no answer.
    """
    if not reply.tickets:
        raise InvalidQuestionLink(_NO_TICKET)
    row, person = links.read_to_answer(session, reply.tickets[0])
    if not reply.text:
        raise Refused(_NO_TEXT)
    if len(reply.text) > LONGEST_QUESTION:
        raise Refused(too_long(reply.text, LONGEST_QUESTION))
    actions.answer(session, person, row, reply.text, person.name, may_publish=False, shares_email=False)


def _parsed(message: bytes) -> tuple[Message, str]:
    """A message with its text; only its headers, and no text, where they break the rules."""
    try:
        # The newer policy reads each header by its grammar: 200,000 bytes of them take it twenty seconds.
        parsed = message_from_bytes(message, policy=policy.compat32)
        return parsed, _plain_text(parsed)
    except Exception:  # noqa: BLE001 - the library raises errors of any kind
        return BytesHeaderParser(policy=policy.compat32).parsebytes(message), ""


def _plain_text(message: Message) -> str:
    """The text of a message without its attachments; empty where it has none but HTML."""
    part = next(filter(_is_text, _parts(message)), None)
    if part is None:
        return ""
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        return content.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):
        # No encoding has this name, or one that is not for text.
        return content.decode("utf-8", "replace")


def _parts(message: Message) -> Iterator[Message]:
    """What a message consists of, but for the insides of messages that are attached."""
    inside: Any = message.get_payload()
    if not isinstance(inside, list):
        yield message
    elif message.get_content_maintype() == "multipart":
        for part in inside:
            yield from _parts(part)


def _is_text(part: Message) -> bool:
    return part.get_content_type() == "text/plain" and part.get_content_disposition() != "attachment"


def _own_text(text: str) -> str:
    """What stands above the marker, without the line in which a mail program says who wrote what it quotes."""
    lines = text.splitlines()
    cut = next((number for number, line in enumerate(lines) if MARKER in line), len(lines))
    own = lines[:cut]
    if cut < len(lines):
        while own and (not own[-1].strip(" >") or own[-1].startswith(">")):
            own.pop()
        # "On Monday, 1 June, CityPeers <…> wrote:", in any language, in one line or broken into several.
        if own and own[-1].rstrip().endswith(":"):
            while own and own[-1].strip():
                own.pop()
    return clean_text("\n".join(own))


def _is_automatic(message: Message) -> bool:
    headers = {name.lower(): str(value).strip().lower() for name, value in message.raw_items()}
    return headers.get("auto-submitted", "no").startswith(_AUTOMATIC) or headers.get("return-path") == "<>"
