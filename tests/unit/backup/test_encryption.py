"""An encrypted backup opens with its key, whole and unchanged, or not at all."""

import errno
import io
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from kb.backup.encryption import DecryptingReader, EncryptingWriter, Keys, new_key_file, read_keys, read_note
from kb.core.errors import Refused

CHUNK = 64 * 1024 + 16
"""What a chunk of 64 KiB takes when it is encrypted."""

AGE_KEY = "AGE-SECRET-KEY-1QMR7QJSV0PZEQ78WKJEKQDM9S9K3EEKUDMJ3ERDTNWD5L0U9HPXQYRPXN6"
AGE_FILE = """
6167652d656e6372797074696f6e2e6f72672f76310a2d3e205832353531392039563438714361634d56676d3269644f2b43
46705150525061384569616e5845694650724f64494c6e46340a644f6137556f39506e702f32436572464277333573787044
4d572f4b6b4b794e6c49794b765031445354550a2d2d2d205532716265493877473432695275655a425857742f34552f4968
525a4e777730785037724d434c2f6161590aebe6d8194e8e093a284422f1575e840ec7c1bf3bea9e89df76dadca05dec64ac
13f78a8cae3df553467031e8fc20777891707525
"""

CONTENT = b"".join(number.to_bytes(4, "big") for number in range((3 * 64 * 1024 + 100) // 4))


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    new_key_file(tmp_path / "key")
    return read_keys(tmp_path / "key")


def encrypted(content: bytes, keys: Keys) -> bytes:
    file = io.BytesIO()
    writer = EncryptingWriter(file, keys, "2026-01-31T02:00:00+00:00")
    for start in range(0, len(content), 10_000):
        writer.write(content[start : start + 10_000])
    writer.finish()
    return file.getvalue()


def decrypted(file: bytes, keys: Keys | None, size: int = -1) -> bytes:
    reader, parts = DecryptingReader(io.BytesIO(file), keys, "made-up.tar.age"), []
    while part := reader.read(size):
        parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("length", [0, 1, 65_535, 65_536, 65_537, 131_072, len(CONTENT)])
def test_what_was_encrypted_is_read_again(keys: Keys, length: int) -> None:
    file = encrypted(CONTENT[:length], keys)
    assert decrypted(file, keys) == decrypted(file, keys, 10_240) == CONTENT[:length]
    assert CONTENT[:64] not in file or length < 64


def test_a_file_that_the_program_age_wrote_is_read(tmp_path: Path) -> None:
    """Key and file were made by age-keygen and age 1.1.1."""
    (tmp_path / "key").write_text(AGE_KEY)
    assert decrypted(bytes.fromhex(AGE_FILE), read_keys(tmp_path / "key")) == b"Made-up Rain Gauges\n"


def test_everybody_may_read_of_which_moment_it_is(keys: Keys) -> None:
    assert read_note(io.BytesIO(encrypted(b"", keys))) == "2026-01-31T02:00:00+00:00"
    assert read_note(io.BytesIO(b"made up")) is None


def swap(file: bytes) -> bytes:
    """Exchange two chunks in the middle."""
    start = len(file) - (100 + 16) - 2 * CHUNK
    first, second = file[start : start + CHUNK], file[start + CHUNK : start + 2 * CHUNK]
    return file[:start] + second + first + file[start + 2 * CHUNK :]


def flip(file: bytes, place: int) -> bytes:
    return file[:place] + bytes([file[place] ^ 1]) + file[place + 1 :]


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda file: file[: -(100 + 16)], id="the-last-chunk-is-missing"),
        pytest.param(lambda file: file[:-1], id="the-last-byte-is-missing"),
        pytest.param(lambda file: file + b"x", id="a-byte-too-many"),
        pytest.param(lambda file: file + file[-(100 + 16) :], id="the-last-chunk-is-there-twice"),
        pytest.param(swap, id="chunks-in-another-order"),
        pytest.param(lambda file: flip(file, len(file) // 2), id="a-bit-in-the-middle"),
        pytest.param(lambda file: file.replace(b"2026-01-31", b"2026-02-01", 1), id="the-moment"),
        pytest.param(lambda file: file[:100], id="the-header-is-cut-off"),
        pytest.param(lambda file: file.replace(b"-> X25519", b"-> \n\n-> X25519", 1), id="a-stanza-without-words"),
        pytest.param(lambda file: file[: file.index(b"--- ") + 48], id="nothing-after-the-header"),
        pytest.param(lambda file: file[: file.index(b"--- ") + 48 + 16], id="nothing-after-the-nonce"),
    ],
)
def test_whatever_was_changed_is_refused(keys: Keys, spoil: Callable[[bytes], bytes]) -> None:
    with pytest.raises(Refused, match="damaged or not complete"):
        decrypted(spoil(encrypted(CONTENT, keys)), keys)


def test_only_its_own_key_opens_it(keys: Keys, tmp_path: Path) -> None:
    file = encrypted(CONTENT, keys)
    public = new_key_file(tmp_path / "other")
    with pytest.raises(Refused, match="encrypted with another key"):
        decrypted(file, read_keys(tmp_path / "other"))
    with pytest.raises(Refused, match="set KB_BACKUP_KEY_FILE to the file with its key"):
        decrypted(file, None)
    (tmp_path / "public").write_text(f"# of another machine\n{public}\n")
    for_another = encrypted(CONTENT, read_keys(tmp_path / "public"))
    with pytest.raises(Refused, match="public keys only"):
        decrypted(for_another, read_keys(tmp_path / "public"))
    assert decrypted(for_another, read_keys(tmp_path / "other")) == CONTENT


def test_each_key_of_the_file_opens_it(keys: Keys, tmp_path: Path) -> None:
    new_key_file(tmp_path / "other")
    (tmp_path / "both").write_text((tmp_path / "key").read_text() + (tmp_path / "other").read_text())
    file = encrypted(CONTENT, read_keys(tmp_path / "both"))
    assert decrypted(file, keys) == decrypted(file, read_keys(tmp_path / "other")) == CONTENT


def test_a_key_file_is_closed_to_others_and_never_replaced(tmp_path: Path) -> None:
    new_key_file(tmp_path / "key")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        new_key_file(tmp_path / "key")


def test_a_key_that_the_disk_has_no_room_for_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def is_full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", is_full)
    with pytest.raises(OSError, match="No space left"):
        new_key_file(tmp_path / "key")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    ["", "# nothing\n", "a password\n", "AGE-SECRET-KEY-1QQQ\n", "age1qqq\n", "AGE-SECRET-KEY-1" + "Q" * 58, "é"],
)
def test_what_is_no_key_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "key").write_text(text)
    with pytest.raises(Refused, match="is not a key file"):
        read_keys(tmp_path / "key")


def test_a_key_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="key cannot be read: No such file"):
        read_keys(tmp_path / "key")
