"""Reads a mail that a server returned (RFC 3464), because there is no such address any more.

Anybody can write such a mail. So what counts is what only the recipient got, and servers that return it: a secret
in one of its headers.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import Message
from email.parser import BytesHeaderParser

_GONE = re.compile(r"5\.(1\.(1|2|3|6|10)|2\.1)\b")
"""Status codes (RFC 3463, RFC 7505): there is no such mailbox or host, it moved, or takes no mail. Others, as a full
mailbox, may pass, or are about the sender."""

_MOST_VALUES = 10
"""Values of a header that are read: what was sent has one, and anybody can write a report with thousands."""


def returned_headers(message: bytes, *names: str) -> list[list[str]]:
    """The values of each header of what was returned, without white space; none unless it can never be delivered."""
    none: list[list[str]] = [[] for _ in names]
    try:
        parsed = message_from_bytes(message, policy=policy.compat32)
        parts = list(parsed.walk())
    except Exception:  # noqa: BLE001 - for parts hundreds deep or an odd boundary the library raises errors of any kind
        return none
    if parsed.get_content_type() != "multipart/report":
        return none
    if not any(_is_gone(part) for part in parts if part.get_content_type() == "message/delivery-status"):
        return none
    found = (dict.fromkeys(value for part in parts for value in _values(part, name)) for name in names)
    return [list(values)[:_MOST_VALUES] for values in found]


def _is_gone(report: Message) -> bool:
    """Whether one of the recipients that a report names can never be reached."""
    groups = report.get_payload()
    return isinstance(groups, list) and any(
        str(group.get("Action", "")).strip().lower() == "failed" and _GONE.match(str(group.get("Status", "")).strip())
        for group in groups
        if isinstance(group, Message)
    )


def _values(part: Message, name: str) -> Iterator[str]:
    """What the returned message has as a header, as a whole message or as its headers alone."""
    if part.get_content_type() == "text/rfc822-headers":
        content = part.get_payload(decode=True)
        part = BytesHeaderParser(policy=policy.compat32).parsebytes(content if isinstance(content, bytes) else b"")
    for value in part.get_all(name, []):
        yield "".join(str(value).split())
