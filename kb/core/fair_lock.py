"""A lock for the threads of one process that is given in the order in which it was asked for."""

import threading
from collections import deque


class FairLock:
    """A mutex handed from one thread to the one that has waited longest.

    The locks of `threading` go to whoever comes at the right moment: a thread that takes one again and again, as an
    import does, keeps the others waiting for as long as it likes.
    """

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._is_taken = False
        self._waiting: deque[threading.Lock] = deque()

    def acquire(self, timeout: float) -> bool:
        """Take the lock; False where it was not given within so many seconds."""
        with self._mutex:
            if not self._is_taken:
                self._is_taken = True
                return True
            # Taken once, so that taking it again waits until `release` opens it.
            gate = threading.Lock()
            gate.acquire()
            self._waiting.append(gate)
        try:
            given = gate.acquire(timeout=timeout)
        except BaseException:
            if not self._leave(gate):
                self.release()
            raise
        # It may be given at the very moment at which the time is over.
        return given or not self._leave(gate)

    def _leave(self, gate: threading.Lock) -> bool:
        """Wait no longer; False where the lock has been given meanwhile."""
        with self._mutex:
            if gate not in self._waiting:
                return False
            self._waiting.remove(gate)
            return True

    def release(self) -> None:
        """Give the lock to whoever waits longest, or to nobody."""
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False
