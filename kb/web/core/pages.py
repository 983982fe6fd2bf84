"""Pages: typed data for one template each, whose fields and properties are the names that the template reads."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from flask import g, render_template


@dataclass(frozen=True, kw_only=True)
class Page:
    """What one template is given; `tests/conventions` compares its names with those that the template reads."""

    template: ClassVar[str]

    @classmethod
    def context_names(cls) -> set[str]:
        """The names that the template is given: fields, and properties for what follows from them."""
        properties = {name for part in cls.__mro__ for name, value in vars(part).items() if isinstance(value, property)}
        return {field.name for field in fields(cls)} | properties

    def render(self) -> str:
        """The template, filled in."""
        values: dict[str, Any] = {name: getattr(self, name) for name in self.context_names()}
        return render_template(self.template, **values)


def offer_no_files() -> None:
    """Offer no files on the page of this request: it leaves out what was not understood, for which they are refused."""
    g.file_offers = []


@dataclass(frozen=True, kw_only=True)
class ErrorPage(Page):
    """What went wrong, and where to go on."""

    template = "site/error.html"
    code: int
    title: str
    explanation: str


@dataclass(frozen=True, kw_only=True)
class WaitPage(Page):
    """Something is not ready, and is asked for again by itself; `instead` is what there is at once: link and words."""

    template = "site/wait.html"
    explanation: str
    instead: tuple[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class PlainErrorPage(Page):
    """An error, without asking the database anything; with what somebody had written, and the id in the log."""

    template = "site/plain.html"
    code: int
    title: str
    explanation: str
    typed: Sequence[str] = ()
    request_id: str | None = None
    kept: Any = None
    """The `form_resubmission.PendingForm` that can be sent again."""


@dataclass(frozen=True, kw_only=True)
class ProblemPage(Page):
    """Why nothing was changed, with what somebody had written."""

    template = "site/problem.html"
    words: str
    typed: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class TooManyRequestsPage(Page):
    """Says that somebody sent too many requests, and in how many minutes to come back."""

    template = "site/too_many.html"
    minutes: int
