"""The key that a program sends with its request, in the header `Authorization`, and the budget that the key has."""

from contextlib import suppress

from flask import g, request

from kb.accounts import api_keys
from kb.accounts.api_keys import InvalidKey
from kb.accounts.models import ApiKey
from kb.core.column_types import now
from kb.core.database_errors import TEMPORARY

from . import context, limits
from .problem_details import is_for_programs

RATE = "1200 per 5 minutes"
"""How many requests one key may make, wherever they come from; they count for no address."""

FAILED_RATE = "30 per 15 minutes"
"""How often an address may send a key that is none."""


def sent() -> str | None:
    """What the request sends as a key, whether or not it is one; None without one."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() or None if scheme.lower() == "bearer" and is_for_programs() else None


def valid() -> ApiKey | None:
    """The row of the key that was sent, with its owner; None without one. Raises InvalidKey.

    It is looked up once for each request, and its day of use noted once a day.
    """
    if "program_key" not in g:
        g.program_key = _looked_up()
    if isinstance(g.program_key, InvalidKey):
        raise g.program_key
    api_key: ApiKey | None = g.program_key
    return api_key


def _looked_up() -> ApiKey | InvalidKey | None:
    key = sent()
    if key is None:
        return None
    try:
        api_key = context.api_keys().find(context.session(), key)
    except InvalidKey as invalid:
        return invalid
    if api_key.last_used_on != now().date():
        # A database that cannot be written now does not keep a program from reading.
        with suppress(*TEMPORARY), context.database().writing() as writing:
            api_keys.note_use(writing, api_key)
    return api_key


def budget() -> tuple[str, str, str] | None:
    """The rate of the key that was sent, and what it is counted by; None for an address, which counts for itself.

    An address that has sent too many wrong keys is no longer asked whether this is one.
    """
    address = limits.client_address()
    if sent() is None or not limits.left(FAILED_RATE, "failed key", address).remaining:
        return None
    try:
        api_key = valid()
    except InvalidKey:
        return None
    return None if api_key is None else (RATE, "key", str(api_key.id))
