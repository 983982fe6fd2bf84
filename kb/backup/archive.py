"""Writes and reads backup archives: a tar file with a manifest first, then the files that it names.

Nothing is compressed: PostgreSQL's dumps are already, and tools that keep many backups then store what is the same
in two of them once.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TypeVar

from kb.core.errors import Refused
from kb.core.i18n import gettext_noop

FORMAT = 1
_MANIFEST = "manifest.json"
_MANIFEST_BYTES = 1_000_000
_CHUNK = 1024 * 1024
_Result = TypeVar("_Result")

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
class Manifest:
    """What an archive holds. `database` is sqlite or postgresql, `created` a moment in ISO 8601, in UTC."""

    version: str
    revision: str
    database: str
    database_version: str
    created: str
    files: dict[str, Member]
    format: int = FORMAT


def write_archive(archive: Path, manifest: Manifest, folder: Path) -> None:
    """Write the files that the manifest names, from a folder, and see that they are on disk. Raises OSError."""
    text = json.dumps(asdict(manifest), indent=2).encode()
    descriptor = os.open(archive, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as raw:
        with tarfile.open(fileobj=raw, mode="w") as tar:
            tar.addfile(_member(_MANIFEST, len(text)), io.BytesIO(text))
            for name, member in manifest.files.items():
                with (folder / name).open("rb") as content:
                    tar.addfile(_member(name, member.bytes), content)
        raw.flush()
        os.fsync(raw.fileno())


def read_manifest(archive: Path) -> Manifest:
    """What an archive says it holds. Raises Refused, and OSError when it cannot be opened."""
    return _reading(archive, lambda tar: _manifest(archive, tar))


def extract(archive: Path, manifest: Manifest, folder: Path) -> None:
    """Write the files of an archive into a folder, and compare their checksums. Raises Refused and OSError."""

    def copy(tar: tarfile.TarFile) -> None:
        for name, member in manifest.files.items():
            with _open(tar, name) as content, (folder / name).open("xb") as file:
                while chunk := content.read(_CHUNK):
                    file.write(chunk)
            if describe(folder / name) != member:
                raise Refused(_DAMAGED, file=str(archive))

    _reading(archive, copy)


def describe(file: Path) -> Member:
    """The size and the checksum of a file."""
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256")
    return Member(file.stat().st_size, digest.hexdigest())


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


def _reading(archive: Path, read: Callable[[tarfile.TarFile], _Result]) -> _Result:
    try:
        with tarfile.open(archive, mode="r:") as tar:
            return read(tar)
    except (tarfile.TarError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise Refused(_NO_BACKUP, file=str(archive), reason=str(problem).splitlines()[0]) from None


def _manifest(archive: Path, tar: tarfile.TarFile) -> Manifest:
    with _open(tar, _MANIFEST) as content:
        manifest = json.loads(content.read(_MANIFEST_BYTES))
    if manifest["format"] > FORMAT:
        raise Refused(_NEWER_FORMAT, file=str(archive), version=str(manifest["version"]))
    files = {name: Member(**member) for name, member in manifest.pop("files").items()}
    if any(Path(name).name != name or name == _MANIFEST for name in files):
        raise ValueError("its manifest names a file outside the archive")
    return Manifest(**manifest, files=files)


def _open(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    content = tar.extractfile(name)
    if content is None:
        raise ValueError(f"{name} is no file")
    return content
