"""Files that are read at once: some are read, as many wait, and whoever comes then is told at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

from kb.core.file_reading import Slots


def test_files_sent_at_once_hold_only_some_threads() -> None:
    slots, told = Slots(2), threading.Event()

    def take(_number: int) -> bool:
        try:
            with slots.take(60):
                return True
        except TimeoutError:
            told.set()
            return False

    with ThreadPoolExecutor(max_workers=3) as people:
        with slots.take(None), slots.take(None):
            answers = [people.submit(take, number) for number in range(3)]
            assert told.wait(20), "two wait for a minute; the third is told at once"
        assert sorted(answer.result() for answer in answers) == [False, True, True]
