"""What frames show."""

from collections.abc import Sequence
from dataclasses import dataclass

from kb.catalogue.models import Initiative
from kb.core.i18n import Message
from kb.peers.answers import Peer, PlaceSummary
from kb.search.results import Hit

from ..core.pages import Page


@dataclass(frozen=True, kw_only=True)
class InitiativeFrame(Page):
    """An initiative in short."""

    template = "embedding/initiative.html"
    entry: Initiative


@dataclass(frozen=True, kw_only=True)
class SearchFrame(Page):
    """The first entries that a search finds; `words` is what it is called, `unknown` was left out of it."""

    template = "embedding/search.html"
    hits: Sequence[Hit]
    total: int
    words: str
    search_url: str
    unknown: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, kw_only=True)
class PeersFrame(Page):
    """The cities most like a city, or where none is its peer the `nearest`; `notes` say what was left out."""

    template = "embedding/peers.html"
    place: PlaceSummary
    peers: Sequence[Peer]
    nearest: Sequence[Peer]
    notes: Sequence[Message]
    peers_url: str


@dataclass(frozen=True, kw_only=True)
class MissingFrame(Page):
    """Says that there is nothing to show."""

    template = "embedding/missing.html"
