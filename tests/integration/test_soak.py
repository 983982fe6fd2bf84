"""Some hundred requests of every kind at once, against a real server."""

from pathlib import Path

import pytest

from tests.soak.soak import soak

DONE = {
    "a picture is on the page of its entry",
    "a picture is served",
    "a picture that was removed is gone",
    "a corrected cell is accepted",
    "a report is taken",
    "a card of the map names a city",
}


@pytest.mark.slow
def test_readers_writers_importers_and_an_audience_break_nothing_together(seeded: dict[str, str], tmp_path: Path):
    # Other tests run on the same machine: visitors leave them half of it, and may be kept waiting between two requests.
    report = soak(
        seeded["DATABASE_URL"],
        tmp_path,
        most_requests=1_500,
        most_seconds=30,
        rest_seconds=0.5,
        is_enough=lambda report: report.requests >= 200 and set(report.done) == DONE,
        KB_REQUEST_SECONDS="60",
    )
    assert report.worker_restarts == 0
    assert report.server_errors == {}
    # 503 with Retry-After is the right answer of a machine that is too busy; `make soak` allows none either.
    assert report.too_busy.total() <= report.requests / 10, report.too_busy
    assert report.broken_connections == []
    assert report.wrong == {}
    assert set(report.done) == DONE
    assert report.requests > 100, "hardly anything was asked"
