"""A lock that is given in the order in which it was asked for."""

import threading

from kb.core.db import Database
from kb.core.sqlite import FairLock
from tests.waiting import wait_until


def test_whoever_asked_first_gets_it_first_and_who_gave_it_back_comes_last() -> None:
    lock, order = FairLock(), []

    def work(number: int) -> None:
        assert lock.acquire(10)
        order.append(number)
        lock.release()

    assert lock.acquire(0)
    threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
    for count, thread in enumerate(threads, 1):
        thread.start()
        wait_until(lambda count=count: len(lock._waiting) == count)
    lock.release()
    work(5)
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4, 5]


def test_whoever_waits_in_vain_leaves_the_queue() -> None:
    lock = FairLock()
    assert lock.acquire(0)
    assert not lock.acquire(0.01)
    lock.release()
    assert lock.acquire(0)
    lock.release()


def test_nobody_is_lost_where_many_give_up_as_it_is_given() -> None:
    lock, counts = FairLock(), []

    def work() -> None:
        got = 0
        for _ in range(200):
            if lock.acquire(0.0001):
                got += 1
                lock.release()
        counts.append(got)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counts) == 6
    assert lock.acquire(0)
    lock.release()


def test_a_writer_who_writes_all_the_time_lets_the_others_in(sqlite_database: Database) -> None:
    lock, order = sqlite_database._write_lock, []

    def write(name: str) -> None:
        with sqlite_database.writing() as session:
            session.connection()
            order.append(name)

    with sqlite_database.writing() as session:
        session.connection()
        threads = [threading.Thread(target=write, args=(f"other {number}",)) for number in range(3)]
        for count, thread in enumerate(threads, 1):
            thread.start()
            wait_until(lambda count=count: len(lock._waiting) == count)
    write("again")
    for thread in threads:
        thread.join()
    assert order == ["other 0", "other 1", "other 2", "again"]


def test_a_turn_ends_with_its_transaction_and_not_with_its_session(sqlite_database: Database) -> None:
    with sqlite_database.writing() as first:
        first.connection()
        first.rollback()
        with sqlite_database.writing() as second:
            second.connection()
        first.connection()
    assert sqlite_database._write_lock.acquire(0)
