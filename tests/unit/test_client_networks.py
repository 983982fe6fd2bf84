"""Addresses that one client has to choose from count as one; those of different clients do not."""

import pytest

from kb.core.client_networks import client_network


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix socket", "unix socket"),
    ],
)
def test_what_one_client_is(address: str, counted: str) -> None:
    assert client_network(address) == counted
