"""What the pages of alerts show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.alerts.choices import FREQUENCIES
from kb.alerts.models import Alert

from ..core.forms import Form
from ..core.pages import Page


@dataclass(frozen=True, kw_only=True)
class AlertPage(Page):
    """A search's feed, and the form for mails, where mail can be sent; `unknown` was left out of the search.

    Without `finds_entries` the search finds sessions of the forum alone, of which no mail tells.
    """

    template = "alerts/ask.html"
    form: Form
    words: str
    search_url: str
    feed_url: str
    can_send: bool
    finds_entries: bool
    unknown: Sequence[tuple[str, str]] = ()

    @property
    def frequencies(self) -> Mapping[str, str]:
        """How often a mail may be sent, by code."""
        return FREQUENCIES


@dataclass(frozen=True, kw_only=True)
class ConfirmAlertPage(Page):
    """What a link would begin, with the button that begins it; or that it has begun."""

    template = "alerts/confirm.html"
    alert: Alert
    search_url: str
    end_url: str


@dataclass(frozen=True, kw_only=True)
class EndAlertPage(Page):
    """What a link would end, with the button that ends it; or, without an alert, that it has ended."""

    template = "alerts/end.html"
    alert: Alert | None
