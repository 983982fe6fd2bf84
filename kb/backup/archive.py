"""Writes and reads backup archives: a tar file with a manifest first, then the files that it names; encrypted or not.

Nothing is compressed: PostgreSQL's dumps are already, and tools that keep many backups then store what is the same
in two of them once. An archive is read from its beginning to its end, never at random.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, cast

from kb.core.errors import Refused
from kb.core.i18n import gettext_noop

from .encryption import DecryptingReader, EncryptingWriter, Keys, is_encrypted, read_note

FORMAT = 2
"""1 had neither checksums of tables nor any file but that of the database; it is read as well."""

_MANIFEST = "manifest.json"
_MANIFEST_BYTES = 50_000_000
_CHUNK = 1024 * 1024

_NO_BACKUP = gettext_noop("%(file)s is not a backup made by `kb backup`, or it is damaged: %(reason)s.")
_NEWER_FORMAT = gettext_noop(
    "%(file)s was made by a newer version of this program (%(version)s); restore it with that one."
)
_DAMAGED = gettext_noop("%(file)s is damaged: its contents do not match the checksum. Nothing was changed.")


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive: its size in bytes, and its SHA-256 in hexadecimal."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class TableSum:
    """What a table holds: its number of rows, and a checksum of them that does not depend on their order."""

    rows: int
    checksum: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive holds. `database` is sqlite or postgresql, `created` a moment in ISO 8601, in UTC.

    `files` are by their path in the archive; `tables` are as they were in the snapshot that the database's file is of.
    """

    version: str
    revision: str
    database: str
    database_version: str
    created: str
    files: dict[str, Member]
    tables: dict[str, TableSum] = field(default_factory=dict)
    format: int = FORMAT


def write_archive(archive: Path, manifest: Manifest, folder: Path, keys: Keys | None) -> None:
    """Write the files that the manifest names, from a folder, and see that they are on disk; encrypted, given keys.

    Raises OSError.
    """
    text = json.dumps(asdict(manifest), indent=2).encode()
    descriptor = os.open(archive, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as raw:
        encrypting = None if keys is None else EncryptingWriter(raw, keys, manifest.created)
        with tarfile.open(fileobj=cast("IO[bytes]", encrypting or raw), mode="w|") as tar:
            tar.addfile(_member(_MANIFEST, len(text)), io.BytesIO(text))
            for name, member in manifest.files.items():
                with (folder / name).open("rb") as content:
                    tar.addfile(_member(name, member.bytes), content)
        if encrypting is not None:
            encrypting.finish()
        raw.flush()
        os.fsync(raw.fileno())


class Archive:
    """An archive that is open: its manifest has been read, what follows has not."""

    def __init__(self, path: Path, tar: tarfile.TarFile, content: IO[bytes]) -> None:
        self._path, self._tar, self._content = path, tar, content
        self.manifest = self._read_manifest()

    def extract(self, folder: Path) -> None:
        """Write all files into a folder, and compare their checksums. Raises Refused and OSError.

        Only once, since an archive is read from its beginning to its end.
        """
        missing = dict(self.manifest.files)
        while entry := self._tar.next():
            if (member := missing.pop(entry.name, None)) is None:
                raise ValueError(f"it has a file that its manifest does not name, {entry.name}")
            target = folder / entry.name
            target.parent.mkdir(mode=0o700, exist_ok=True)
            if (content := self._tar.extractfile(entry)) is None or _copy(content, target) != member:
                raise Refused(_DAMAGED, file=str(self._path))
        if missing:
            raise ValueError(f"{next(iter(missing))} is missing in it")
        # What is encrypted is only known to be complete at its end.
        while self._content.read(_CHUNK):
            pass

    def _read_manifest(self) -> Manifest:
        entry = self._tar.next()
        content = self._tar.extractfile(entry) if entry is not None and entry.name == _MANIFEST else None
        if content is None:
            raise ValueError("it does not begin with a manifest")
        read = json.loads(content.read(_MANIFEST_BYTES))
        if read["format"] > FORMAT:
            raise Refused(_NEWER_FORMAT, file=str(self._path), version=str(read["version"]))
        files = {name: Member(**member) for name, member in read.pop("files").items()}
        if any(not _is_inside(name) for name in files):
            raise ValueError("its manifest names a file outside the archive")
        tables = {name: TableSum(**table) for name, table in read.pop("tables", {}).items()}
        manifest = Manifest(**read, files=files, tables=tables)
        if not isinstance(manifest.revision, str) or datetime.fromisoformat(manifest.created).tzinfo is None:
            raise ValueError("its manifest does not say of which version or moment it is")
        return manifest


@contextmanager
def open_archive(path: Path, keys: Keys | None) -> Iterator[Archive]:
    """Open an archive while the block lasts. Raises Refused, also within the block, and OSError."""
    with ExitStack() as stack:
        raw = stack.enter_context(path.open("rb"))
        content: IO[bytes] = raw
        if is_encrypted(raw.peek()):
            content = cast("IO[bytes]", DecryptingReader(raw, keys, str(path)))
        try:
            with tarfile.open(fileobj=content, mode="r|") as tar:
                yield Archive(path, tar, content)
        except (tarfile.TarError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
            reason = (str(problem).splitlines() or [type(problem).__name__])[0]
            raise Refused(_NO_BACKUP, file=str(path), reason=reason) from None


def moment_of(path: Path) -> str | None:
    """The moment that an archive says it is of, as in its manifest; None for any other file. Needs no key."""
    try:
        with path.open("rb") as raw:
            if is_encrypted(raw.peek()):
                return read_note(raw)
        with open_archive(path, None) as archive:
            return archive.manifest.created
    except (Refused, OSError):
        return None


def describe(file: Path) -> Member:
    """The size and the checksum of a file."""
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256")
    return Member(file.stat().st_size, digest.hexdigest())


def _copy(content: IO[bytes], target: Path) -> Member:
    """Write a new file; its size and checksum."""
    digest, size = hashlib.sha256(), 0
    with target.open("xb") as file:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            size += file.write(chunk)
    return Member(size, digest.hexdigest())


def _is_inside(name: str) -> bool:
    """Whether it is the name of a file, or of one in a folder, and leads nowhere else."""
    parts = PurePosixPath(name).parts
    return "/".join(parts) == name != _MANIFEST and 1 <= len(parts) <= 2 and ".." not in parts and parts[0] != "/"


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member
