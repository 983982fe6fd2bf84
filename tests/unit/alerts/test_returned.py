"""A mail that was returned for good names the link that ends its alert."""

import pytest

from kb.alerts.returned import tickets_of_returned

LINK = "<https://peers.example/base/alerts/end/7-made-up.SIGNED_x-1>"
OTHERS = "Received: from a.example\r\n"


def report(
    status: str, action: str = "failed", returned: str = "message/rfc822", content_type: str = "report"
) -> bytes:
    boundary = f"Content-Type: multipart/{content_type}; report-type=delivery-status; boundary=b\r\n\r\n"
    words = "--b\r\nContent-Type: text/plain\r\n\r\nSee https://peers.example/alerts/end/none\r\n"
    recipient = f"Final-Recipient: rfc822; x@y.example\r\nAction: {action}\r\nStatus: {status}\r\n"
    groups = f"Reporting-MTA: dns; a.example\r\n\r\n{recipient}"
    told = f"--b\r\nContent-Type: message/delivery-status\r\n\r\n{groups}\r\n"
    headers = f"Subject: News\r\nList-Unsubscribe:\r\n {LINK}\r\n"
    return f"{OTHERS}{boundary}{words}{told}--b\r\nContent-Type: {returned}\r\n\r\n{headers}\r\n--b--\r\n".encode()


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
@pytest.mark.parametrize("status", ["5.1.1", "5.1.10", "5.2.1 (closed)"])
def test_an_address_that_is_gone_is_known_by_the_link_to_stop(status: str, returned: str) -> None:
    assert tickets_of_returned(report(status, returned=returned)) == ["7-made-up.SIGNED_x-1"]


@pytest.mark.parametrize(
    "message",
    [
        report("5.2.2"), report("4.1.1"), report("5.7.1"), report("5.1.1", action="delayed"), report("15.1.1"),
        report("5.1.1", content_type="mixed"), b"", b"\xff\x00", b"Content-Type: multipart/report\r\n\r\nnothing",
        b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n",
    ],
)  # fmt: skip
def test_what_may_pass_and_what_is_no_report_ends_nothing(message: bytes) -> None:
    assert tickets_of_returned(message) == []
