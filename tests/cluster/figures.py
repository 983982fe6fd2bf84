"""Figures of a trial, each with what it may be at most, and the table of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured: a number with its unit, and the least and the most that it may be; None is without a bound."""

    trial: str
    what: str
    value: float
    unit: str = ""
    most: float | None = None
    least: float | None = None

    @property
    def is_good(self) -> bool:
        """Whether it is within its bounds."""
        return (self.most is None or self.value <= self.most) and (self.least is None or self.value >= self.least)

    @property
    def bound(self) -> str:
        """The bounds in words."""
        if self.most is not None and self.most == self.least:
            return f"{self.most:g}"
        parts = [
            f"{word} {bound:g}"
            for word, bound in (("at least", self.least), ("at most", self.most))
            if bound is not None
        ]
        return ", ".join(parts)

    def row(self) -> str:
        """A line of the table, which Markdown draws."""
        value = f"{self.value:,.1f}" if isinstance(self.value, float) else f"{self.value:,}"
        state = "" if self.is_good else " FAILED"
        return f"| {self.trial} | {self.what} | {value}{f' {self.unit}' if self.unit else ''}{state} | {self.bound} |"


class Figures:
    """The figures of all trials; each is printed as it comes."""

    def __init__(self) -> None:
        self.all: list[Figure] = []

    def note(
        self,
        trial: str,
        what: str,
        value: float,
        unit: str = "",
        *,
        most: float | None = None,
        least: float | None = None,
        exactly: float | None = None,
    ) -> None:
        """Keep a figure and print it; `exactly` is both bounds."""
        if exactly is not None:
            most = least = exactly
        figure = Figure(trial, what, value, unit, most, least)
        self.all.append(figure)
        print(figure.row(), flush=True)

    def table(self) -> str:
        """All figures as a table in Markdown."""
        head = ["| trial | figure | measured | may be |", "|---|---|---:|---:|"]
        return "\n".join([*head, *(figure.row() for figure in self.all)])

    @property
    def failed(self) -> list[Figure]:
        """Those beyond their bounds."""
        return [figure for figure in self.all if not figure.is_good]
