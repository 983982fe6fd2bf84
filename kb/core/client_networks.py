"""Tells which network addresses count as one client, for limits on connections and on requests."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

_IPV6_PREFIX = 64
"""Bits of an IPv6 address that are counted: whoever is given one address is given all that share these."""


@lru_cache(maxsize=1024)
def client_network(text: str) -> str:
    """A whole IPv4 address, also one written as IPv6; the /64 network of an IPv6 one; other text as it is."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return text
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((address, _IPV6_PREFIX), strict=False))
