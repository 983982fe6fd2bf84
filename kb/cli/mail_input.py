"""Reads the mail that a mail server pipes to a command, and ends so that the server tries again later."""

import sys
from typing import NoReturn

import click

from kb.core.i18n import Message, gettext_noop

from .context import message_text
from .failures import file_failure

LARGEST_MAIL = 200_000
"""Bytes of a mail that are read: a report, or an answer of 10,000 characters with the beginning of what is attached.
A hostile mail of so many takes Python's parser a second or two, and with every further byte longer."""

_TRY_AGAIN = 75
"""The exit code by which a mail server keeps its mail and tries again later (sysexits.h: EX_TEMPFAIL)."""

_NO_MAIL = gettext_noop("There is no mail on standard input.")


def read_mail() -> bytes:
    """The beginning of the mail on standard input; where there is none, the mail server tries again."""
    try:
        mail = sys.stdin.buffer.read(LARGEST_MAIL)
        # A server may take it for a failure if nobody reads the rest.
        while sys.stdin.buffer.read(LARGEST_MAIL):
            pass
    except OSError as problem:
        try_again_later(file_failure(problem))
    if not mail:
        try_again_later(Message(_NO_MAIL))
    return mail


def try_again_later(message: Message) -> NoReturn:
    """Say what is wrong, and let the mail server try again."""
    click.echo(f"kb: {message_text(message)}", err=True)
    sys.exit(_TRY_AGAIN)
