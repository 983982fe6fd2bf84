"""Kinds of metrics, and the memory in which the processes of a site count them.

The processes share memory: the parent makes it before it forks, each process writes into a row of its own, and whoever
is asked adds the rows up. So a number outlives the worker that counted it. prometheus-client's own way for several
processes keeps files on disk; writing to such a file on a full disk ends the process (SIGBUS), so only its text formats
are used. What a label may say is a closed list, so nobody outside can make up more of them.
"""

import hashlib
import math
import mmap
import threading
import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from prometheus_client import Metric as Family
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

ROWS = 128
"""Processes that may count at once; row 0 is the parent's, and that of a program without workers."""

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""The bounds by which durations are counted."""

OTHER = "other"
"""The value of a label for whatever is not on its list."""

_BYTES = 8
_CELLS = len(SECONDS) + 2
"""Numbers of a histogram: a count for each bound, one for what takes longer, and the seconds of all."""


Row: TypeAlias = "memoryview[float]"


class LabelValues:
    """The values that a label may have. `room` is for those that are told once, before processes are forked."""

    def __init__(self, *values: str, room: int = 0) -> None:
        self._values = [OTHER, *values]
        self._numbers = {value: number for number, value in enumerate(self._values)}
        self.room = max(room, len(self._values))
        self.is_sparse = bool(room)

    def allow(self, values: Iterable[str]) -> None:
        """Add values, as long as there is room."""
        for value in values:
            if value not in self._numbers and len(self._values) < self.room:
                self._numbers[value] = len(self._values)
                self._values.append(value)

    def number(self, value: str) -> int:
        """Where a value is counted."""
        return self._numbers.get(value, 0)

    def value(self, number: int) -> str:
        """The value that is counted there."""
        return self._values[number]


class Rows:
    """The memory: a row of numbers for each process, of which this process writes one."""

    def __init__(self) -> None:
        self.width = 0
        self.lock = threading.Lock()
        self._memory: Row | None = None
        self._row: Row | None = None
        self._number = 0

    def reserve(self, size: int) -> int:
        """Keep places in every row; the first of them."""
        start = self.width
        self.width += size
        return start

    def share(self) -> None:
        """Count from zero, in memory that processes forked from now on write as well."""
        # The first numbers say which rows are used: others are not touched, and take no memory.
        self._memory = memoryview(mmap.mmap(-1, (ROWS + ROWS * self.width) * _BYTES)).cast("d")
        self.use(0)

    def use(self, number: int) -> None:
        """Write into a row from now on."""
        if self._memory is None:
            self.share()
        assert self._memory is not None  # noqa: S101 - made by the line above
        self._number = number
        self._memory[number] = 1.0
        self._row = self._cells(number)

    @property
    def row(self) -> Row:
        """The row of this process."""
        if self._row is None:
            self.use(self._number)
        assert self._row is not None  # noqa: S101 - made by the line above
        return self._row

    def used(self) -> Iterator[tuple[int, Row]]:
        """Every row that was ever written, by its number."""
        if self._memory is None:
            self.share()
        assert self._memory is not None  # noqa: S101 - made by the line above
        for number in range(ROWS):
            if self._memory[number]:
                yield number, self._cells(number)

    def sums(self, start: int, size: int) -> npt.NDArray[np.float64]:
        """Some numbers, added up over all rows."""
        total = np.zeros(size)
        for _, row in self.used():
            total += np.asarray(row[start : start + size])
        return total

    def _cells(self, number: int) -> Row:
        assert self._memory is not None  # noqa: S101 - asked for once there is memory
        start = ROWS + number * self.width
        return self._memory[start : start + self.width]


rows = Rows()
"""The values of this process and of whoever it forks."""


class Metric:
    """What Prometheus is told: a name, a sentence, and the labels."""

    kind = ""

    def __init__(self, name: str, help_text: str, labels: Mapping[str, LabelValues | None] | None = None) -> None:
        self.name, self.help_text, self.labels = name, help_text, dict(labels or {})
        DECLARED[name] = self

    def _closed(self) -> Sequence[LabelValues]:
        return [values for values in self.labels.values() if values is not None]

    def _place(self, values: Sequence[str]) -> int:
        """The number of a combination of labels."""
        number = 0
        for allowed, value in zip(self._closed(), values, strict=True):
            number = number * allowed.room + allowed.number(value)
        return number

    def _values(self, place: int) -> tuple[str, ...]:
        """The combination of labels that has a number."""
        values = []
        for allowed in reversed(self._closed()):
            place, number = divmod(place, allowed.room)
            values.append(allowed.value(number))
        return tuple(reversed(values))

    def _size(self) -> int:
        """How many combinations of labels there may be."""
        return math.prod(allowed.room for allowed in self._closed())

    def _shown(self, is_counted: Sequence[bool]) -> Iterator[tuple[int, tuple[str, ...]]]:
        """What is told: whatever was counted, and of short lists also zeros, so that alerts see the first step."""
        is_sparse = any(allowed.is_sparse for allowed in self._closed())
        for place, counted in enumerate(is_counted):
            if counted or not is_sparse:
                values = self._values(place)
                if counted or OTHER not in values:
                    yield place, values


DECLARED: dict[str, Metric] = {}
"""Every metric by its name."""


class Counter(Metric):
    """Counts up, over all processes."""

    kind = "counter"

    def __init__(self, name: str, help_text: str, labels: Mapping[str, LabelValues | None] | None = None) -> None:
        super().__init__(name, help_text, labels)
        self._start = rows.reserve(self._size())

    def add(self, *values: str, amount: float = 1.0) -> None:
        """Count one more, or an amount."""
        place = self._start + self._place(values)
        with rows.lock:
            rows.row[place] += amount

    def total(self, *values: str) -> float:
        """What all processes have counted."""
        place = self._start + self._place(values)
        return sum(row[place] for _, row in rows.used())

    def family(self) -> Family:
        """The numbers, as prometheus-client writes them."""
        family = CounterMetricFamily(self.name, self.help_text, labels=list(self.labels))
        totals = rows.sums(self._start, self._size()).tolist()
        for place, values in self._shown(totals):
            family.add_metric(values, totals[place])
        return family


class Histogram(Metric):
    """Counts durations by length, over all processes."""

    kind = "histogram"

    def __init__(self, name: str, help_text: str, labels: Mapping[str, LabelValues | None] | None = None) -> None:
        super().__init__(name, help_text, labels)
        self._start = rows.reserve(self._size() * _CELLS)

    def observe(self, seconds: float, *values: str) -> None:
        """Count a duration."""
        start = self._start + self._place(values) * _CELLS
        bucket = start + bisect_left(SECONDS, seconds)
        with rows.lock:
            row = rows.row
            row[bucket] += 1.0
            row[start + _CELLS - 1] += seconds

    def family(self) -> Family:
        """The numbers, as prometheus-client writes them."""
        family = HistogramMetricFamily(self.name, self.help_text, labels=list(self.labels))
        bounds = [*map(str, SECONDS), "+Inf"]
        cells = rows.sums(self._start, self._size() * _CELLS).reshape(-1, _CELLS)
        is_counted = (cells.sum(axis=1) > 0).tolist()
        for place, values in self._shown(is_counted):
            *counts, seconds = cells[place].tolist()
            family.add_metric(values, list(zip(bounds, accumulate(counts), strict=True)), seconds)
        return family


class WorkerGauge(Metric):
    """A number of each worker as it is now; gone with the worker. Zero is left out where it says nothing."""

    kind = "gauge"

    def __init__(self, name: str, help_text: str) -> None:
        super().__init__(name, help_text, {"worker": None})
        self._start = rows.reserve(2)
        WORKER_GAUGES.append(self)

    def set(self, value: float) -> None:
        """Say what it is in this process."""
        row = rows.row
        row[self._start + 1] = value
        row[self._start] = 1.0

    def by_worker(self) -> Mapping[int, float]:
        """What it is in each process that said so."""
        return {number: row[self._start + 1] for number, row in rows.used() if row[self._start]}

    def forget(self, row: Row) -> None:
        """Drop what a process said that has ended."""
        row[self._start] = row[self._start + 1] = 0.0

    def family(self) -> Family:
        """The numbers, as prometheus-client writes them."""
        family = GaugeMetricFamily(self.name, self.help_text, labels=list(self.labels))
        for worker, value in self.by_worker().items():
            family.add_metric([str(worker)], value)
        return family


WORKER_GAUGES: list[WorkerGauge] = []
"""All of them."""


class DistinctGauge(Metric):
    """How many different keys were seen in the last seconds, by all processes, estimated within some percent.

    Linear counting (Whang, Vander-Zanden and Taylor, 1990): a key marks one of many cells with the time, and the share
    of cells without a mark tells how many keys there were. No key is kept.
    """

    kind = "gauge"
    seconds = 10
    _cells = 16_384

    def __init__(self, name: str, help_text: str) -> None:
        super().__init__(name, help_text)
        self._memory = mmap.mmap(-1, self._cells * 4)
        self._marks = memoryview(self._memory).cast("I")

    def see(self, key: str) -> None:
        """Note that a key was seen now."""
        digest = hashlib.blake2b(key.encode(), digest_size=4).digest()
        self._marks[int.from_bytes(digest) % self._cells] = int(time.time())

    def forget(self) -> None:
        """Count from zero."""
        self._memory[:] = bytes(len(self._memory))

    def count(self) -> int:
        """How many there were."""
        marked = int((np.frombuffer(self._memory, np.uint32) > time.time() - self.seconds).sum())
        return round(-self._cells * math.log(1 - min(marked, self._cells - 1) / self._cells))

    def family(self) -> Family:
        """The number, as prometheus-client writes it."""
        return GaugeMetricFamily(self.name, self.help_text, value=self.count())


class Measured(Metric):
    """A number that is looked up when it is asked for, by `kb/web/site/metrics.py`."""

    kind = "gauge"

    def __init__(self, name: str, help_text: str, *labels: str) -> None:
        super().__init__(name, help_text, dict.fromkeys(labels))

    def family(self, values: Mapping[tuple[str, ...], float]) -> Family:
        """The numbers by their labels, as prometheus-client writes them."""
        family = GaugeMetricFamily(self.name, self.help_text, labels=list(self.labels))
        for labels, value in values.items():
            family.add_metric(labels, value)
        return family
