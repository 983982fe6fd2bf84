"""Servers that speak TLS with a certificate of the test's own, which may have expired."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(folder: Path, days_left: int = 2) -> Path:
    """Write a certificate of 127.0.0.1 and its key; whoever trusts the file trusts the server.

    It was made 90 days before it ends; with fewer than 0 `days_left` it has expired.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    end = datetime.now(UTC) + timedelta(days=days_left)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=90))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "certificate.pem"


def server_tls(folder: Path) -> ssl.SSLContext:
    """What a server with the certificate in a folder begins TLS with."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return tls


def _say_nothing(_connection: socket.socket) -> None:
    pass


@contextmanager
def tls_server(
    folder: Path,
    *,
    before: Callable[[socket.socket], None] = _say_nothing,
    secured: Callable[[socket.socket], None] = _say_nothing,
) -> Iterator[int]:
    """The port of a server with the certificate in a folder, which takes one connection after the other.

    It calls `before` in the clear, begins TLS, calls `secured`, and closes the connection.
    """
    tls = server_tls(folder)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection, suppress(OSError):
                        before(connection)
                        with tls.wrap_socket(connection, server_side=True) as connected:
                            secured(connected)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def begin_as_postgresql(connection: socket.socket) -> None:
    """Agree to TLS as a server of PostgreSQL does."""
    connection.recv(8)
    connection.sendall(b"S")


def begin_as_smtp(connection: socket.socket) -> None:
    """Greet, and take EHLO and STARTTLS, as a mail server does."""
    connection.sendall(b"220 made up\r\n")
    _answer_until(b"STARTTLS", connection)


def go_on_as_smtp(connection: socket.socket) -> None:
    """Take EHLO and QUIT, as a mail server does after STARTTLS."""
    _answer_until(b"QUIT", connection)


def speak_as_smtp(connection: socket.socket) -> None:
    """Greet, and take EHLO and QUIT, as a mail server with TLS from the beginning does."""
    connection.sendall(b"220 made up\r\n")
    _answer_until(b"QUIT", connection)


_SMTP_ANSWERS = {b"EHLO": b"250-made up\r\n250 STARTTLS\r\n", b"STARTTLS": b"220 go\r\n", b"QUIT": b"221 bye\r\n"}


def _answer_until(last: bytes, connection: socket.socket) -> None:
    word = b""
    while word != last and (line := connection.recv(1024)):
        word = line.split()[0].upper()
        connection.sendall(_SMTP_ANSWERS[word])
