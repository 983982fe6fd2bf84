"""Encrypts a stream for the keys in a file, and decrypts it: the age format, which the program `age` reads as well.

The format is age-encryption.org/v1, https://c2sp.org/age: the file key is wrapped for each key by X25519, HKDF-SHA256
and ChaCha20-Poly1305, and the content follows in numbered chunks of 64 KiB, the last of which is marked: the STREAM
construction of Hoang, Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance", CRYPTO 2015. Keys are written in Bech32 (BIP 173), as `age-keygen` writes them.
"""

import io
import os
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hmac
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kb.core.errors import Refused
from kb.core.i18n import Message, gettext_noop

_INTRO = b"age-encryption.org/v1\n"
_NOTE = "citypeers/backup"
"""The type of a stanza of ours, which other programs ignore: anybody may read in it of which moment a backup is."""

_X25519 = "X25519"
_HEADER_BYTES = 20_000
_COLUMNS = 64
_CHUNK = 64 * 1024
_TAG = 16
_NO_NONCE = bytes(12)
_SECRET, _PUBLIC = "age-secret-key-", "age"

_NO_KEY_FILE = gettext_noop("The key file %(file)s cannot be read: %(reason)s.")
_NO_KEY = gettext_noop(
    "%(file)s is not a key file: each line must be a key that begins with AGE-SECRET-KEY-1 or age1, or a comment (#)."
)
_NEEDS_KEY = gettext_noop(
    "%(file)s is encrypted: set KB_BACKUP_KEY_FILE to the file with its key. Nothing was changed."
)
_ONLY_PUBLIC = gettext_noop(
    "%(file)s is encrypted, and the key file has public keys only: set KB_BACKUP_KEY_FILE to the file with the secret"
    " key (AGE-SECRET-KEY-1…)."
)
_WRONG_KEY = gettext_noop(
    "%(file)s was encrypted with another key than those in KB_BACKUP_KEY_FILE. Nothing was changed."
)
_DAMAGED = gettext_noop("%(file)s is damaged or not complete: %(reason)s. Nothing was changed.")
_CHANGED_HEADER = gettext_noop("its beginning is missing or was changed")
_CHANGED = gettext_noop("its end is missing, or a part of it was changed or moved")


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of a key file: backups are encrypted for all of them, and each secret one opens them."""

    public: tuple[X25519PublicKey, ...]
    secret: tuple[X25519PrivateKey, ...]


def new_key_file(file: Path) -> str:
    """Make a key in a new file that nobody else may read, and give its public part. Raises OSError."""
    secret = X25519PrivateKey.generate()
    public = _to_bech32(_PUBLIC, secret.public_key().public_bytes_raw())
    text = f"# public key: {public}\n{_to_bech32(_SECRET, secret.private_bytes_raw()).upper()}\n"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(descriptor)
    except BaseException:
        # Half a key would be taken for one.
        file.unlink()
        raise
    return public


def read_keys(file: Path) -> Keys:
    """The keys in a file. Raises Refused."""
    try:
        lines = [line.strip() for line in file.read_text("ascii").splitlines()]
    except OSError as problem:
        raise Refused(_NO_KEY_FILE, file=str(file), reason=problem.strerror or str(problem)) from None
    except UnicodeDecodeError:
        raise Refused(_NO_KEY, file=str(file)) from None
    public, secret = [], []
    try:
        for line in lines:
            if line.startswith("AGE-SECRET-KEY-"):
                secret.append(X25519PrivateKey.from_private_bytes(_from_bech32(_SECRET, line.lower())))
            elif line and not line.startswith("#"):
                public.append(X25519PublicKey.from_public_bytes(_from_bech32(_PUBLIC, line)))
    except ValueError:
        raise Refused(_NO_KEY, file=str(file)) from None
    if not secret and not public:
        raise Refused(_NO_KEY, file=str(file))
    return Keys((*(key.public_key() for key in secret), *public), tuple(secret))


def is_encrypted(start: bytes) -> bool:
    """Whether the first bytes of a file are those of an encrypted one."""
    return start.startswith(_INTRO)


def read_note(file: IO[bytes]) -> str | None:
    """The note that an encrypted file of ours carries in the clear; None where it has none, or is none."""
    try:
        header = _read_header(file)
    except ValueError:
        return None
    return next((words[1] for words, _ in header.stanzas if words[0] == _NOTE and len(words) > 1), None)


class EncryptingWriter(io.RawIOBase):
    """Writes what it is given to another file, encrypted; `close` writes the end, and leaves that file open."""

    def __init__(self, file: IO[bytes], keys: Keys, note: str) -> None:
        file_key, nonce = os.urandom(16), os.urandom(16)
        lines = [_INTRO, f"-> {_NOTE} {note}\n\n".encode()]
        for key in keys.public:
            ephemeral = X25519PrivateKey.generate()
            share = ephemeral.public_key().public_bytes_raw()
            wrap_key = _wrap_key(ephemeral.exchange(key), share, key.public_bytes_raw())
            body = ChaCha20Poly1305(wrap_key).encrypt(_NO_NONCE, file_key, None)
            lines.append(b"-> %s %s\n%s\n" % (_X25519.encode(), _base64(share), _base64(body)))
        header = b"".join(lines) + b"---"
        file.write(header + b" " + _base64(_mac(file_key, header).finalize()) + b"\n" + nonce)
        self._file, self._cipher = file, ChaCha20Poly1305(_derive(file_key, nonce, b"payload"))
        self._waiting, self._count = bytearray(), 0

    def writable(self) -> bool:
        """True, as `io` asks of what can be written."""
        return True

    def write(self, data: object) -> int:
        """Take bytes; a chunk is written once it is sure that it is not the last."""
        view = memoryview(data).cast("B")  # type: ignore[arg-type] # whatever gives bytes
        self._waiting += view
        while len(self._waiting) > _CHUNK:
            self._write_chunk(bytes(self._waiting[:_CHUNK]), is_last=False)
            del self._waiting[:_CHUNK]
        return len(view)

    def finish(self) -> None:
        """Write the last chunk. Without it the file counts as incomplete."""
        self._write_chunk(bytes(self._waiting), is_last=True)
        self._waiting.clear()

    def _write_chunk(self, chunk: bytes, *, is_last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._count, is_last=is_last), chunk, None))
        self._count += 1


class DecryptingReader(io.RawIOBase):
    """Reads an encrypted file from its beginning. What it gives is authentic, and complete once it gives no more.

    Raises Refused where no key fits, or where a chunk is damaged, missing or in another place.
    """

    def __init__(self, file: IO[bytes], keys: Keys | None, name: str) -> None:
        self._file, self._name = file, name
        try:
            header = _read_header(file)
        except ValueError:
            raise self._damage(_CHANGED_HEADER) from None
        if keys is None:
            raise Refused(_NEEDS_KEY, file=name)
        if not keys.secret:
            raise Refused(_ONLY_PUBLIC, file=name)
        file_key = _unwrap(header.stanzas, keys.secret)
        if file_key is None:
            raise Refused(_WRONG_KEY, file=name)
        try:
            _mac(file_key, header.signed).verify(header.mac)
        except InvalidSignature:
            raise self._damage(_CHANGED_HEADER) from None
        nonce = file.read(16)
        self._cipher = ChaCha20Poly1305(_derive(file_key, nonce, b"payload"))
        self._next, self._count, self._plain = file.read(_CHUNK + _TAG), 0, memoryview(b"")

    def readable(self) -> bool:
        """True, as `io` asks of what can be read."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """As many bytes as there are, `size` at most; none at the end."""
        parts, missing = [], -1 if size is None else size
        while missing:
            if not self._plain and not self._decrypt_next():
                break
            part = self._plain[:missing] if missing > 0 else self._plain
            parts.append(part)
            self._plain = self._plain[len(part) :]
            missing -= len(part) if missing > 0 else 0
        return b"".join(parts)

    def _decrypt_next(self) -> bool:
        """Decrypt a chunk, if there is one."""
        chunk = self._next
        if not chunk and self._count:
            return False
        self._next = self._file.read(_CHUNK + _TAG)
        try:
            plain = self._cipher.decrypt(_nonce(self._count, is_last=not self._next), chunk, None)
        except InvalidTag:
            raise self._damage(_CHANGED) from None
        self._count += 1
        self._plain = memoryview(plain)
        return bool(plain)

    def _damage(self, reason: str) -> Refused:
        return Refused(_DAMAGED, file=self._name, reason=Message(reason))


Stanza = tuple[Sequence[str], bytes]
"""Its words, and its body."""


@dataclass(frozen=True, slots=True)
class _Header:
    stanzas: Sequence[Stanza]
    signed: bytes
    mac: bytes


def _read_header(file: IO[bytes]) -> _Header:
    """Read the header, up to where the payload begins. Raises ValueError."""
    signed, stanzas = b"", list[Stanza]()
    line = file.readline(_HEADER_BYTES)
    if line != _INTRO:
        raise ValueError("it does not begin as an encrypted file")
    while len(signed := signed + line) < _HEADER_BYTES:
        line = file.readline(_HEADER_BYTES)
        if line.startswith(b"--- "):
            return _Header(stanzas, signed + b"---", _from_base64(line[4:].rstrip(b"\n")))
        if not line.startswith(b"-> "):
            break
        words, body = line[3:].decode("ascii").split(), b""
        if not words:
            break
        signed += line
        while line := file.readline(_HEADER_BYTES):
            body += line.rstrip(b"\n")
            if len(line) <= _COLUMNS:
                break
            signed += line
        stanzas.append((words, _from_base64(body)))
    raise ValueError("its header is not complete")


def _unwrap(stanzas: Sequence[Stanza], keys: Sequence[X25519PrivateKey]) -> bytes | None:
    """The key of a file, where one of ours opens a stanza of it."""
    for words, body in stanzas:
        if words[:1] != [_X25519] or len(words) != 2 or len(body) != 32:
            continue
        for key in keys:
            try:
                share = _from_base64(words[1].encode())
                shared = key.exchange(X25519PublicKey.from_public_bytes(share))
                wrap_key = _wrap_key(shared, share, key.public_key().public_bytes_raw())
                return ChaCha20Poly1305(wrap_key).decrypt(_NO_NONCE, body, None)
            except (InvalidTag, ValueError):
                continue
    return None


def _wrap_key(shared: bytes, share: bytes, public: bytes) -> bytes:
    return _derive(shared, share + public, b"age-encryption.org/v1/X25519")


def _derive(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, info).derive(secret)


def _mac(file_key: bytes, header: bytes) -> hmac.HMAC:
    mac = hmac.HMAC(_derive(file_key, b"", b"header"), SHA256())
    mac.update(header)
    return mac


def _nonce(count: int, *, is_last: bool) -> bytes:
    return count.to_bytes(11, "big") + bytes([is_last])


def _base64(data: bytes) -> bytes:
    return b64encode(data).rstrip(b"=")


def _from_base64(text: bytes) -> bytes:
    """Raises ValueError."""
    data = b64decode(text + b"=" * (-len(text) % 4), validate=True)
    if _base64(data) != text:
        raise ValueError("its header is damaged")
    return data


_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def _to_bech32(prefix: str, data: bytes) -> str:
    bits = int.from_bytes(data, "big") << (-len(data) * 8 % 5)
    count = -(-len(data) * 8 // 5)
    values = [bits >> 5 * (count - 1 - place) & 31 for place in range(count)]
    check = _bech32_checksum(prefix, [*values, *[0] * 6]) ^ 1
    values += [check >> 5 * (5 - place) & 31 for place in range(6)]
    return f"{prefix}1{''.join(_BECH32[value] for value in values)}"


def _from_bech32(prefix: str, text: str) -> bytes:
    """The 32 bytes of a key. Raises ValueError."""
    start, _, rest = text.rpartition("1")
    values = [_BECH32.index(letter) for letter in rest]
    if start != prefix or len(values) != 58 or _bech32_checksum(prefix, values) != 1:
        raise ValueError("no key")
    bits = 0
    for value in values[:-6]:
        bits = bits << 5 | value
    if bits & 0b1111:
        raise ValueError("no key")
    return (bits >> 4).to_bytes(32, "big")


def _bech32_checksum(prefix: str, values: Sequence[int]) -> int:
    """The remainder of the polynomial of BIP 173."""
    check = 1
    for value in [*(ord(letter) >> 5 for letter in prefix), 0, *(ord(letter) & 31 for letter in prefix), *values]:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, term in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= term if top >> place & 1 else 0
    return check
