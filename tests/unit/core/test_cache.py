"""Values derived from the database: made once for each version, by one thread, and bounded in number."""

import threading
from collections.abc import Callable, Iterator
from itertools import count

import pytest

from kb.core.cache import DerivedCache

PATIENCE = 10


def numbers() -> Callable[[], int]:
    """A maker that returns 1, 2, 3 …: how often it was called."""
    counter: Iterator[int] = count(1)
    return lambda: next(counter)


class SlowMaker:
    """A maker that says when it has begun, and returns its value when it is allowed to."""

    def __init__(self, value: int) -> None:
        self.value = value
        self.began = threading.Event()
        self.may_end = threading.Event()

    def __call__(self) -> int:
        self.began.set()
        assert self.may_end.wait(PATIENCE)
        return self.value


def test_a_value_is_made_once_for_each_version() -> None:
    cache: DerivedCache[str, int] = DerivedCache()
    make = numbers()
    assert [cache.get("a", make, version) for version in (7, 7, 8, 8, 7)] == [1, 1, 2, 2, 3]
    assert cache.get("b", make, 7) == 4


def test_a_young_value_is_returned_whatever_its_version() -> None:
    cache: DerivedCache[str, int] = DerivedCache(fresh_seconds=3600)
    make = numbers()
    assert [cache.get("a", make, version) for version in (1, 2)] == [1, 1]


def test_an_old_value_is_made_anew_although_its_version_is_the_same() -> None:
    cache: DerivedCache[str, int] = DerivedCache(max_age=0)
    make = numbers()
    assert [cache.get("a", make, 1), cache.get("a", make, 1)] == [1, 2]


def test_an_error_is_raised_and_leaves_nothing_behind() -> None:
    cache: DerivedCache[str, int] = DerivedCache()
    with pytest.raises(ZeroDivisionError):
        cache.get("a", lambda: 1 // 0)
    assert cache.peek("a") is None
    assert cache.get("a", lambda: 5) == 5


def test_an_error_leaves_the_value_of_before_to_be_seen() -> None:
    cache: DerivedCache[str, int] = DerivedCache()
    cache.get("a", lambda: 5, version=1)
    with pytest.raises(ZeroDivisionError):
        cache.get("a", lambda: 1 // 0, version=2)
    assert cache.peek("a") == 5
    assert cache.get("a", lambda: 6, version=2) == 6


def test_keys_without_a_value_are_dropped_first_then_those_unused_for_longest() -> None:
    cache: DerivedCache[str, int] = DerivedCache(max_entries=3)
    cache.get("a", lambda: 1)
    cache.get("b", lambda: 2)
    for made_up in ("x", "y", "z"):
        with pytest.raises(ZeroDivisionError):
            cache.get(made_up, lambda: 1 // 0)
    assert (cache.peek("a"), cache.peek("b")) == (1, 2)
    cache.get("a", lambda: 0)
    cache.get("c", lambda: 3)
    cache.get("d", lambda: 4)
    assert [cache.peek(key) for key in "abcd"] == [1, None, 3, 4]
    cache.clear()
    assert cache.peek("a") is None


def test_threads_that_come_while_a_value_is_made_wait_for_it() -> None:
    cache: DerivedCache[str, int] = DerivedCache()
    slow, got = SlowMaker(1), []
    threads = [threading.Thread(target=lambda: got.append(cache.get("a", slow))) for _ in range(4)]
    threads[0].start()
    assert slow.began.wait(PATIENCE)
    slow.began.clear()
    for thread in threads[1:]:
        thread.start()
    assert cache.get("b", lambda: 2) == 2, "another key waits for nobody"
    slow.may_end.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert got == [1, 1, 1, 1]
    assert not slow.began.is_set(), "one thread made it for all"


def test_a_stale_value_is_returned_while_another_thread_makes_the_new_one() -> None:
    cache: DerivedCache[str, int] = DerivedCache(stale_seconds=3600)
    cache.get("a", lambda: 1, version=1)
    slow = SlowMaker(2)
    thread = threading.Thread(target=cache.get, args=("a", slow, 2))
    thread.start()
    assert slow.began.wait(PATIENCE)
    assert cache.get("a", lambda: 3, version=2) == 1
    slow.may_end.set()
    thread.join(PATIENCE)
    assert cache.get("a", lambda: 4, version=2) == 2


def test_a_value_that_is_replaced_in_the_background_keeps_nobody_waiting() -> None:
    cache: DerivedCache[str, int] = DerivedCache(in_background=True)
    assert cache.get("a", lambda: 1, version=1) == 1
    slow = SlowMaker(2)
    assert cache.get("a", slow, version=2) == 1
    assert slow.began.wait(PATIENCE)
    assert cache.get("a", lambda: 3, version=2) == 1
    renewing = [thread for thread in threading.enumerate() if thread.name == "cache"]
    slow.may_end.set()
    for thread in renewing:
        thread.join(PATIENCE)
    assert cache.get("a", lambda: 4, version=2) == 2


def test_a_machine_without_a_thread_to_spare_keeps_the_old_value_and_tries_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cache: DerivedCache[str, int] = DerivedCache(in_background=True)
    cache.get("a", lambda: 1, version=1)

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        assert cache.get("a", lambda: 2, version=2) == 1
    slow = SlowMaker(3)
    slow.may_end.set()
    assert cache.get("a", slow, version=2) == 1
    assert slow.began.wait(PATIENCE)
