"""Counts of several processes add up, labels are closed lists, and listeners are estimated without being known."""

import threading
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kb.core import metric_types, metrics

Series = dict[tuple[str, tuple[str, ...]], float]


@pytest.fixture(autouse=True)
def counts() -> Iterator[None]:
    """Counts from zero, before and after."""
    metrics.share()
    yield
    metrics.share()


def series() -> Series:
    """What Prometheus would read: each value by its name and the values of its labels."""
    body, _ = metrics.exposition([], "")
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def test_what_processes_count_is_added_up_and_outlives_them() -> None:
    for worker in (1, 2, 1):
        metrics.use_row(worker)
        metrics.MAILS.add("alerts", "accepted")
        metrics.POOL_SIZE.set(10 + worker)
    metrics.use_row(0)
    metrics.forget_worker(1)
    seen = series()
    assert seen["kb_mails_total", ("alerts", "accepted")] == 3
    assert seen["kb_mails_total", ("questions", "accepted")] == 0, "alerts see the first step only from a zero"
    assert {labels: value for (name, labels), value in seen.items() if name == "kb_database_pool_size"} == {("2",): 12}


def test_nobody_outside_makes_up_labels() -> None:
    metrics.ROUTES.allow(["home.home"])
    before = len(series())
    for number in range(2_000):
        metrics.REQUESTS.add(f"/made-up/{number}", str(number))
    metrics.REQUESTS.add("home.home", "200")
    seen = series()
    counted = {labels: value for (name, labels), value in seen.items() if name == "kb_http_requests_total"}
    assert sum(counted.values()) == 2_001
    assert counted["home.home", "200"] == 1
    assert {route for route, _ in counted} == {"home.home", metric_types.OTHER}
    assert len(seen) - before < 100


def test_there_is_room_for_every_route_and_no_more() -> None:
    values = metric_types.LabelValues(room=3)
    values.allow(["first", "second", "third", "second"])
    assert [values.number(name) for name in ("first", "second", "third")] == [1, 2, 0]


def test_durations_are_counted_up_to_each_bound() -> None:
    metrics.ROUTES.allow(["home.home"])
    for seconds in (0.005, 0.006, 0.3, 99.0):
        metrics.DURATIONS.observe(seconds, "home.home")
    seen = series()
    name = "kb_http_request_duration_seconds"
    assert seen[f"{name}_count", ("home.home",)] == 4
    assert seen[f"{name}_sum", ("home.home",)] == pytest.approx(99.311)
    buckets = {labels[0]: value for (of, labels), value in seen.items() if of == f"{name}_bucket"}
    assert [buckets[bound] for bound in ("0.005", "0.01", "0.25", "0.5", "30.0", "+Inf")] == [1, 2, 2, 3, 3, 4]


def test_threads_lose_no_count() -> None:
    def count() -> None:
        for _ in range(2_000):
            metrics.WORKER_EXITS.add()

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert metrics.WORKER_EXITS.total() == 16_000


@pytest.mark.parametrize("listeners", [0, 1, 20, 500, 5_000])
def test_listeners_are_estimated_within_five_percent(monkeypatch: pytest.MonkeyPatch, listeners: int) -> None:
    gauge = metrics.FORUM_LISTENERS
    for _poll in range(3):
        for number in range(listeners):
            gauge.see(f"token {number}")
    assert gauge.count() == pytest.approx(listeners, rel=0.05, abs=0.5)
    monkeypatch.setattr(gauge, "seconds", -1)
    assert gauge.count() == 0, "whoever was seen before that is gone"
