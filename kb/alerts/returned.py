"""Reads a mail that a server returned (RFC 3464), and says which alert it was of, where its address is no longer there.

Anybody can write such a mail. So what counts is the link in its `List-Unsubscribe`, which only the recipient got, and
servers that return it: whoever has that may end the alert anyway.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import Message

_TICKET = re.compile(r"/alerts/end/([^\s/<>?]+)")
_GONE = re.compile(r"5\.(1\.\d+|2\.1)\b")
"""Status codes (RFC 3463): the address is wrong, or the mailbox is closed. Others, as a full mailbox, may pass."""


def tickets_of_returned(message: bytes) -> list[str]:
    """The secret parts of links that end alerts, in what was returned; none unless it can never be delivered."""
    parsed = message_from_bytes(message, policy=policy.compat32)
    if parsed.get_content_type() != "multipart/report":
        return []
    parts = list(parsed.walk())
    if not any(_is_gone(part) for part in parts if part.get_content_type() == "message/delivery-status"):
        return []
    lines = (line for part in parts for line in _unsubscribe_lines(part))
    return list(dict.fromkeys(ticket for line in lines for ticket in _TICKET.findall(line)))


def _is_gone(report: Message) -> bool:
    """Whether one of the recipients that a report names can never be reached."""
    groups = report.get_payload()
    return isinstance(groups, list) and any(
        str(group.get("Action", "")).strip().lower() == "failed" and _GONE.match(str(group.get("Status", "")).strip())
        for group in groups
        if isinstance(group, Message)
    )


def _unsubscribe_lines(part: Message) -> Iterator[str]:
    """What the returned message has as `List-Unsubscribe`, as a whole message or as its headers alone."""
    if part.get_content_type() == "text/rfc822-headers":
        content = part.get_payload(decode=True)
        part = message_from_bytes(content if isinstance(content, bytes) else b"", policy=policy.compat32)
    for value in part.get_all("List-Unsubscribe", []):
        yield "".join(str(value).split())
