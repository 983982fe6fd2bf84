"""What `kb doctor` prints: lines, each of one check, and a deadline for those who make them."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class State(StrEnum):
    """How serious a line is; the program ends non-zero at a PROBLEM."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Line:
    """What one check found, and what to do about it."""

    state: State
    check: str
    text: str
    advice: str | None = None

    @classmethod
    def ok(cls, check: str, text: str) -> Self:
        """A line about what is as it should be."""
        return cls(State.OK, check, text)

    @classmethod
    def warning(cls, check: str, text: str, advice: str | None = None) -> Self:
        """A line about what works and should be looked after."""
        return cls(State.WARNING, check, text, advice)

    @classmethod
    def problem(cls, check: str, text: str, advice: str | None = None) -> Self:
        """A line about what does not work, or soon will not."""
        return cls(State.PROBLEM, check, text, advice)

    def __str__(self) -> str:
        word = self.state if self.state is State.OK else self.state.upper()
        return f"{word:<7} {self.check}: {self.text}{f'; {self.advice}' if self.advice else ''}"


class Check:
    """Makes lines in a thread of its own, so that one that hangs holds up nobody for longer than `seconds`."""

    def __init__(self, name: str, lines: Callable[[], Iterable[Line]], seconds: float) -> None:
        self._name, self._make, self._seconds = name, lines, seconds
        self._lines: list[Line] = []
        self._thread = threading.Thread(target=self._run, name=f"doctor: {name}", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def lines(self) -> list[Line]:
        """What was found; where it takes too long, what was found until then, and that it does."""
        self._thread.join(self._seconds)
        if not self._thread.is_alive():
            return self._lines
        return [*self._lines, Line.problem(self._name, f"no answer within {self._seconds:g} seconds")]

    def _run(self) -> None:
        try:
            for line in self._make():
                self._lines.append(line)
        except Exception as problem:  # noqa: BLE001 - whatever it is, the other checks are shown
            reason = " ".join(str(problem).split())
            self._lines.append(Line.problem(self._name, f"could not be checked: {type(problem).__name__}: {reason}"))
