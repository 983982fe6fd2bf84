"""Says in one line why a command cannot go on, and what to do."""

import errno
import os
import socket
import sqlite3
import ssl
from contextlib import suppress
from typing import Any

from sqlalchemy import URL, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from kb.core.database_errors import DatabaseBusy
from kb.core.i18n import Message, gettext_noop

_FULL = gettext_noop(
    "No space is left on the disk of %(file)s, and nothing was changed. Free some space, then run the command again."
)
_NO_SPACE = gettext_noop("No space is left on the disk%(of)s. Free some space, then run the command again.")
_READ_ONLY = gettext_noop("%(file)s cannot be written: %(reason)s. Run kb as the user who owns it.")
_NO_FILE = gettext_noop("The database cannot be opened: %(reason)s. On a new machine, run `kb seed` first.")
_NO_SERVER = gettext_noop("The database cannot be reached: %(reason)s. Start it, or correct DATABASE_URL.")
_CERTIFICATE = gettext_noop(
    "The database cannot be reached: its certificate is not accepted: %(reason)s. Renew it on the database's server, "
    "or correct sslrootcert and the host in DATABASE_URL."
)
_BUSY = gettext_noop("The database is busy: %(reason)s. Run the command again.")
_OTHER = gettext_noop("database error: %(reason)s")

_SSL_REQUEST = bytes.fromhex("0000000804d2162f")
"""By which a client of PostgreSQL asks for TLS (https://www.postgresql.org/docs/current/protocol-message-formats.html)."""

_SECONDS = 5.0


def database_failure(problem: SQLAlchemyError, database_url: str) -> Message:
    """Why the database cannot be used, in the driver's words, and what to do."""
    url = make_url(database_url)
    reason = str(problem).splitlines()[0]
    driver = problem.orig if isinstance(problem, DBAPIError) else None
    if isinstance(problem, DatabaseBusy):
        return Message(_BUSY, {"reason": reason})
    if isinstance(driver, sqlite3.Error):
        return _sqlite_failure(driver, url.database or "", reason)
    # Once connected, errors have a code; without one there was no connection.
    if driver is None or getattr(driver, "sqlstate", None) is not None or url.get_backend_name() == "sqlite":
        return Message(_OTHER, {"reason": reason})
    if "certificate verify failed" in reason and (refusal := _certificate_refusal(url)):
        return Message(_CERTIFICATE, {"reason": refusal})
    return Message(_NO_SERVER, {"reason": reason})


def _sqlite_failure(driver: sqlite3.Error, file: str, reason: str) -> Message:
    # What is raised here, and not by SQLite, has no code: the file is not there, or has no tables.
    code = getattr(driver, "sqlite_errorcode", sqlite3.SQLITE_CANTOPEN) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return Message(_FULL, {"file": file})
    # For a user who may not open it, SQLite says the same as for a file that is not there.
    is_closed = os.path.lexists(file) and not os.access(file, os.R_OK | os.W_OK)
    if code == sqlite3.SQLITE_READONLY or is_closed:
        return Message(_READ_ONLY, {"file": file, "reason": reason})
    return Message(_NO_FILE if code == sqlite3.SQLITE_CANTOPEN else _OTHER, {"reason": reason})


def file_failure(problem: OSError) -> Message:
    """Why a file, a folder or a port cannot be used, and what to do where that is known."""
    if problem.errno in {errno.ENOSPC, errno.EDQUOT}:
        return Message(_NO_SPACE, {"of": f" ({problem.filename})" if problem.filename else ""})
    if problem.errno in {errno.EACCES, errno.EROFS, errno.EPERM} and problem.filename:
        return Message(_READ_ONLY, {"file": str(problem.filename), "reason": os.strerror(problem.errno)})
    return Message(str(problem).replace("%", "%%"), {})


def _certificate_refusal(url: URL) -> str | None:
    """What OpenSSL has against the server's certificate, which libpq does not tell; None where it cannot be told."""
    options: dict[str, Any] = dict(url.query)
    host = url.host or str(options.get("host", ""))
    # Several hosts, or a port that is none, are left to libpq's own words.
    with suppress(OSError, ValueError):
        port = url.port or int(str(options.get("port", 5432)))
        tls = ssl.create_default_context(cafile=options.get("sslrootcert") or None)
        tls.check_hostname = options.get("sslmode") == "verify-full"
        try:
            with socket.create_connection((host, port), timeout=_SECONDS) as plain:
                plain.sendall(_SSL_REQUEST)
                if plain.recv(1) == b"S":
                    tls.wrap_socket(plain, server_hostname=host).close()
        except ssl.SSLCertVerificationError as problem:
            return str(problem.verify_message)
    return None
