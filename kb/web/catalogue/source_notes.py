"""The numbered sources at the end of an entry's page, and the notes by which claims of the page refer to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kb.catalogue.models import Source


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that a page says with a source of its own: a name for its anchor, and its words for who goes back."""

    key: str
    words: str
    source: Source | None


@dataclass(frozen=True, slots=True)
class NumberedSource:
    """A source with its number on the page, how the entry cites it, and the claims that rest on it."""

    number: int
    source: Source
    title: str | None
    claims: tuple[Claim, ...]


def numbered_sources(
    cited: Iterable[tuple[Source, str | None]], claims: Sequence[Claim] = ()
) -> tuple[NumberedSource, ...]:
    """The sources an entry cites, in their order, and after them those that only a claim has; each once."""
    titles: dict[str, tuple[Source, str | None]] = {source.url: (source, title) for source, title in cited}
    for claim in claims:
        if claim.source is not None:
            titles.setdefault(claim.source.url, (claim.source, None))
    return tuple(
        NumberedSource(
            number,
            source,
            title or source.title,
            tuple(claim for claim in claims if claim.source is not None and claim.source.url == source.url),
        )
        for number, (source, title) in enumerate(titles.values(), 1)
    )
