"""Arrays that are made once: whoever comes later reads them, and what is damaged is never believed."""

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from kb.core.saved_arrays import saved
from tests.log_capture import captured_logs

MADE = {
    "numbers": np.arange(12, dtype=np.int32).reshape(3, 4),
    "words": np.array(["Abidjan", "Zürich"]),
    "flags": np.array([True, False]),
    "nothing": np.zeros((0, 3)),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "arrays" / "first"


def made_again() -> dict[str, npt.NDArray[Any]]:
    raise AssertionError("they were saved")


def same(arrays: Any) -> bool:
    return arrays.keys() == MADE.keys() and all(
        np.array_equal(arrays[name], array) and arrays[name].dtype == array.dtype for name, array in MADE.items()
    )


def test_what_was_saved_is_read_and_not_made_again(folder: Path) -> None:
    for make in (lambda: MADE, made_again):
        arrays = saved(folder, make)
        assert same(arrays)
        with pytest.raises(ValueError, match="read-only"):
            arrays["numbers"][0] = 7
    assert folder.stat().st_mode & 0o077 == 0


def test_a_file_that_is_cut_off_while_it_is_used_ends_nothing(folder: Path) -> None:
    saved(folder, lambda: MADE)
    arrays = saved(folder, made_again)
    for file in folder.iterdir():
        os.truncate(file, 0)
    assert same(arrays)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-3])


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


def _other_kind(file: Path) -> None:
    np.save(file, np.array([{"any": "object"}]), allow_pickle=True)


def _empty_with_its_checksum(file: Path) -> None:
    checksums = json.loads((file.parent / "checksums.json").read_text())
    (file.parent / "checksums.json").write_text(json.dumps({**checksums, file.stem: 0}))
    file.write_bytes(b"")


def _zip(file: Path) -> None:
    np.savez(file.with_suffix(".npz"), numbers=MADE["numbers"])
    file.with_suffix(".npz").rename(file)


@pytest.mark.parametrize(
    "damage",
    [_cut, _flip, _other_kind, _zip, Path.unlink, lambda file: file.write_bytes(b""), _empty_with_its_checksum],
    ids=["cut", "flipped", "another kind", "a zip", "gone", "empty", "empty with its checksum"],
)
def test_what_is_damaged_is_made_anew(folder: Path, damage: Callable[[Path], object]) -> None:
    saved(folder, lambda: MADE)
    damage(folder / "numbers.npy")
    assert same(saved(folder, lambda: MADE))
    assert same(saved(folder, made_again))


@pytest.mark.parametrize(
    "checksums",
    ["", "{}", "5", "[]", '["numbers"]', '{"numbers": 1}', "{", pytest.param("[" * 100_000, id="deep")],
)
def test_a_list_of_checksums_that_is_not_ours_is_not_believed(folder: Path, checksums: str) -> None:
    saved(folder, lambda: MADE)
    (folder / "checksums.json").write_text(checksums)
    assert same(saved(folder, lambda: MADE))
    assert same(saved(folder, made_again))


def test_old_folders_of_earlier_data_are_deleted_and_what_was_read_stays(folder: Path) -> None:
    before = saved(folder, lambda: MADE)
    saved(folder.with_name("second"), lambda: MADE)
    assert folder.is_dir()
    os.utime(folder, (0, 0))
    saved(folder.with_name("third"), lambda: MADE)
    assert {path.name for path in folder.parent.iterdir() if path.is_dir()} == {"second", "third"}
    assert same(before)


def test_where_nothing_can_be_saved_it_stays_in_memory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("not a folder")
    with captured_logs(capsys) as logged:
        assert same(saved(tmp_path / "file" / "arrays", lambda: MADE))
        assert "arrays are not saved" in "".join(logged())


def test_many_at_once_make_them_once(folder: Path) -> None:
    made: list[int] = []

    def make() -> dict[str, npt.NDArray[Any]]:
        made.append(1)
        return MADE

    threads = [threading.Thread(target=saved, args=(folder, make)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]
