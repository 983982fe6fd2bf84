"""The cluster on one machine, before anything of it runs."""

from pathlib import Path

import pytest

from tests.cluster.programs import ClusterError, stop_left_over


def test_nothing_is_ended_by_the_word_of_a_folder_that_somebody_else_put_there(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "citypeers-cluster").symlink_to(tmp_path / "theirs")
    with pytest.raises(ClusterError, match="belongs to somebody else"):
        stop_left_over(tmp_path / "citypeers-cluster")
    assert stop_left_over(tmp_path / "theirs") == []
    assert stop_left_over(tmp_path / "not-there") == []
