"""Atom feeds (RFC 4287) of entries that came in or were changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from kb.catalogue.entries import KIND_LABELS
from kb.forum.kinds import FORUM_KIND_LABELS
from kb.questions.choices import QUESTION_KIND_LABELS

from ..export import LICENCE, LICENCE_NAME, PUBLISHER
from .news import NewsItem
from .xml import add, document, element

MOST_ENTRIES = 50
"""Entries of a feed."""

MIMETYPE = "application/atom+xml"

_SINCE = "2026"
"""The year that stands in every tag (RFC 4151): it says when the site had its name, and never changes."""

_NOTHING_YET = datetime(2026, 1, 1, tzinfo=UTC)
_LABELS = KIND_LABELS | FORUM_KIND_LABELS | QUESTION_KIND_LABELS


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed: its title, its own address, that of the page it goes with, and its entries, the newest first.

    `name` tells it from other feeds of the site for ever. `site` is the address of the site.
    """

    name: str
    title: str
    address: str
    page: str
    site: str
    items: Sequence[NewsItem]


def write_feed(
    feed: Feed, link: Callable[[NewsItem], str], labels: Mapping[str, Mapping[str, str]], search: str
) -> bytes:
    """The feed as a document.

    `link` gives the whole address of an entry's page, `labels` the labels of the codes of each of news.CATEGORIES,
    `search` is the address of the search: with a facet's name it is the scheme of categories.
    """
    root = ET.Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": "en"})
    add(root, "id", tag(feed.site, feed.name))
    add(root, "title", feed.title)
    add(root, "updated", _moment(max((item.updated for item in feed.items), default=_NOTHING_YET)))
    add(root, "link", rel="self", type=MIMETYPE, href=feed.address)
    add(root, "link", rel="alternate", type="text/html", href=feed.page)
    add(root, "link", rel="license", href=LICENCE)
    author = add(root, "author")
    add(author, "name", PUBLISHER)
    add(author, "uri", feed.site)
    add(root, "generator", PUBLISHER, uri=feed.site)
    add(root, "rights", LICENCE_NAME)
    start = tag(feed.site, "")
    known = {"kind": _LABELS, **labels}

    @cache
    def category(facet: str, code: str) -> ET.Element:
        """One element stands in all entries that have the code: most of a feed is categories."""
        return element("category", term=code, scheme=f"{search}?{facet}=", label=known[facet].get(code, code))

    for item in feed.items:
        _add_entry(root, start, item, link, category)
    return document(root)


def tag(site: str, name: str) -> str:
    """The lasting identifier of something of the site, as a tag URI; it stays when addresses change."""
    return f"tag:{urlsplit(site).hostname},{_SINCE}:{name}"


def _add_entry(
    root: ET.Element,
    start: str,
    item: NewsItem,
    link: Callable[[NewsItem], str],
    category: Callable[[str, str], ET.Element],
) -> None:
    entry = add(root, "entry", xml_lang=item.language)
    add(entry, "id", f"{start}{item.kind}/{item.id}")
    add(entry, "title", item.title)
    add(entry, "updated", _moment(item.updated))
    if item.published is not None:
        add(entry, "published", _moment(item.published))
    add(entry, "link", rel="alternate", type="text/html", href=link(item))
    entry.append(category("kind", str(item.kind)))
    entry.extend([category(facet, code) for facet, code in item.categories])
    if item.summary:
        add(entry, "summary", item.summary)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
