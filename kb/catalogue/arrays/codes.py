"""Numbers for the codes of terms, stages and countries, so that columns hold small numbers."""

from typing import Final


class Codes:
    """Codes numbered in the order in which they were first met; a number never changes. One thread at a time adds."""

    def __init__(self) -> None:
        self.codes: Final[list[str]] = []
        self._numbers: dict[str, int] = {}

    def add(self, code: str) -> int:
        """The number of a code, a new one where there is none."""
        number = self._numbers.get(code)
        if number is None:
            number = self._numbers[code] = len(self.codes)
            self.codes.append(code)
        return number

    def number(self, code: str) -> int:
        """The number of a code; -1 for one that nothing has."""
        return self._numbers.get(code, -1)
