"""Long lists in pages: links to the first and last page, to those around this one, and to the one before and after."""

from collections.abc import Callable
from dataclasses import dataclass

PAGES_AROUND = 2


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link to a page of a list, and whether it is the one being read."""

    number: int
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Pages:
    """Links to the pages of a list, None standing for a gap; `page` may lie beyond the last, where nothing is."""

    page: int
    last: int
    links: tuple[PageLink | None, ...]
    first_url: str
    previous_url: str | None
    following_url: str | None


def last_page(total: int, per_page: int) -> int:
    """How many pages a list takes, at least 1."""
    return max(-(-total // per_page), 1)


def pages_of(page: int, last: int, link: Callable[[int], str]) -> Pages:
    """The pages of a list that has `last` of them (at least 1), around one of them; `link` gives a page's address."""
    here = min(page, last)
    wanted = {1, last, *range(here - PAGES_AROUND, here + PAGES_AROUND + 1)}
    links: list[PageLink | None] = []
    before = 0
    for number in sorted(number for number in wanted if 1 <= number <= last):
        if number > before + 1:
            links.append(None)
        links.append(PageLink(number, link(number), current=number == page))
        before = number
    return Pages(
        page,
        last,
        tuple(links),
        first_url=link(1),
        previous_url=link(page - 1) if 1 < page <= last else None,
        following_url=link(page + 1) if page < last else None,
    )
