"""A mail that was returned for good gives a header of what was sent."""

import pytest

from kb.alerts.signed_links import tickets_to_end
from kb.cli.returned_mail import returned_headers

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
    ((header,),) = returned_headers(report(status, returned=returned), "List-Unsubscribe")
    assert tickets_to_end(header) == ["7-made-up.SIGNED_x-1"]
    assert returned_headers(report(status, returned=returned), "X-Other") == [[]]


@pytest.mark.parametrize(
    "message",
    [
        report("5.2.2"), report("4.1.1"), report("5.7.1"), report("5.1.8"), report("5.1.11"),
        report("5.1.1", action="delayed"), report("15.1.1"),
        report("5.1.1", content_type="mixed"), b"", b"\xff\x00", b"Content-Type: multipart/report\r\n\r\nnothing",
        b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n",
        b"Content-Type: message/rfc822\r\n\r\n" * 3000 + report("5.1.1"),
        # A charset that cannot decode, none that has a name, a number that is too long, one part with and without one.
        report("5.1.1").replace(b"boundary=b", b"boundary*=undefined''b"),
        report("5.1.1").replace(b"boundary=b", b"boundary*=a\0b''b"),
        report("5.1.1").replace(b"boundary=b", b"boundary*" + b"9" * 5000 + b"=b"),
        report("5.1.1").replace(b"boundary=b", b"boundary*0=b; boundary*=b"),
    ],
)  # fmt: skip
def test_what_may_pass_and_what_is_no_report_ends_nothing(message: bytes) -> None:
    assert returned_headers(message, "List-Unsubscribe") == [[]]


def test_a_report_with_thousands_of_headers_costs_no_more_than_one_with_a_few() -> None:
    many = "".join(f"List-Unsubscribe: <made-up-{number}>\r\n" for number in range(2000)).encode()
    message = report("5.1.1", returned="text/rfc822-headers").replace(b"Subject: News\r\n", many)
    assert returned_headers(message, "List-Unsubscribe") == [[f"<made-up-{number}>" for number in range(10)]]


def test_headers_alone_that_name_an_odd_boundary_are_read() -> None:
    odd = b"Subject: News\r\nContent-Type: multipart/mixed; boundary*=undefined''c\r\n"
    message = report("5.1.1", returned="text/rfc822-headers").replace(b"Subject: News\r\n", odd)
    assert returned_headers(message, "List-Unsubscribe") == [[LINK]]
