"""The address of every thing; models do not know theirs."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urljoin

from flask import Flask, has_request_context, request, url_for

from kb.catalogue.entries import ENTRIES, KIND_OF, EntryKind
from kb.catalogue.models import Challenge, City, Goal, Initiative, Source, Technology
from kb.catalogue.queries import CityName, CityOnMap, InitiativeCard
from kb.forum.models import ForumSession, Slot
from kb.forum.models import Question as AskedQuestion
from kb.questions.models import CityAnswer
from kb.search.facets import FILTERS
from kb.search.results import SearchQuery
from kb.search.suggestions import Suggestion

from . import context

_PAGES: Mapping[str, tuple[str, str]] = {
    **{kind: (f"{definition.folder}.{kind}", "slug") for kind, definition in ENTRIES.items()},
    "session": ("forum.session_page", "slug"),
    "goal": ("goals.goal", "number"),
    "challenge": ("challenges.challenge", "code"),
    "technology": ("technologies.technology", "code"),
}
"""The page of each kind of thing, and which of its attributes the page is found by."""

_KINDS: dict[type, str] = {
    **KIND_OF,
    ForumSession: "session",
    CityOnMap: "city",
    CityName: "city",
    InitiativeCard: "initiative",
    Goal: "goal",
    Challenge: "challenge",
    Technology: "technology",
}


def link_to(thing: Any) -> str:
    """The path of a thing's page; a talk and a question stand on their session's, a city's answer on the city's."""
    if isinstance(thing, Slot | AskedQuestion):
        return f"{link_to(thing.session)}#{'slot' if isinstance(thing, Slot) else 'question'}-{thing.id}"
    if isinstance(thing, CityAnswer):
        return f"{link_to(thing.question.initiative or thing.city)}#city-answer-{thing.id}"
    endpoint, key = _PAGES[_KINDS[type(thing)]]
    return _path(endpoint, key, getattr(thing, key))


def link_to_entry(kind: str, slug: str | int) -> str:
    """The path of the page of an entry by its slug, of a term by its code, of a goal by its number."""
    endpoint, key = _PAGES[kind]
    return _path(endpoint, key, slug)


def _path(endpoint: str, key: str, value: Any) -> str:
    """The path of a page that is found by one value; outside a request its whole address."""
    if not has_request_context():
        return url_for(endpoint, **{key: value})
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return _path_below(request.script_root, endpoint, key, _PLACE).replace(_PLACE, value)
    return _path_below(request.script_root, endpoint, key, value)


def path_to(endpoint: str, **values: Any) -> str:
    """The path of a page, as `url_for` gives it; that of a page without values is remembered.

    `endpoint` begins with its blueprint: one relative to that of the request would be remembered for all.
    """
    if values or not has_request_context():
        return url_for(endpoint, **values)
    return _path_alone(request.script_root, endpoint)


@lru_cache(maxsize=512)
def _path_alone(_root: str, endpoint: str) -> str:
    return url_for(endpoint)


_PLACE = "0-key-0"
"""Stands in an address that is remembered where the key of a thing will."""

_PLAIN = re.compile(r"[a-z0-9-]+", re.ASCII)


@lru_cache(maxsize=4_096)
def _path_below(_root: str, endpoint: str, key: str, value: Any) -> str:
    """Remembered: a page has some sixty links, and building one takes a hundred times as long as looking it up."""
    return url_for(endpoint, **{key: value})


def kind_of_endpoint(endpoint: str | None) -> EntryKind | None:
    """The kind of entry whose page an endpoint is, or None."""
    return next((kind for kind in ENTRIES if _PAGES[kind][0] == endpoint), None)


def link_to_history(kind: EntryKind, slug: str) -> str:
    """The path of the history of an entry, which is there still when the entry is gone."""
    return f"{link_to_entry(kind, slug)}/history"


def link_to_report(kind: EntryKind, slug: str) -> str:
    """The path of the form on which readers report an error of an entry, or what it lacks."""
    return f"{link_to_entry(kind, slug)}/report"


def link_to_suggestion(suggestion: Suggestion) -> str:
    """The path that a suggestion leads to; a search for its label where it has no page of its own."""
    if suggestion.kind in _PAGES:
        return link_to_entry(suggestion.kind, suggestion.key)
    return f"{url_for('search.search')}?{urlencode({'q': suggestion.label})}"


def search_link(question: SearchQuery | None = None, /, **chosen: str) -> str:
    """The address of a question on the search page, or of filters alone, such as goal="11"."""
    return with_query(path_to("search.search"), search_parameters(question, **chosen))


def search_parameters(question: SearchQuery | None = None, /, **chosen: str) -> str:
    """The parameters of that address."""
    if question is None:
        question = SearchQuery(chosen={field: (value,) for field, value in chosen.items()})
    pairs = [("q", question.text)] if question.text else []
    pairs += [(field, value) for field in FILTERS for value in question.chosen.get(field, ())]
    if question.sort != "relevance":
        pairs.append(("sort", question.sort))
    if question.page > 1:
        pairs.append(("page", str(question.page)))
    return urlencode(pairs)


def with_query(path: str, parameters: str) -> str:
    """An address with its parameters, if there are any."""
    return f"{path}?{parameters}" if parameters else path


def alerts_link(question: SearchQuery | None = None, /, **chosen: str) -> str:
    """The address at which one asks to be told what is new for a question, given as to `search_link`."""
    if question is not None:
        question = replace(question, sort="relevance", page=1)
    return with_query(path_to("alerts.ask"), search_parameters(question, **chosen))


def download_link(question: SearchQuery | None = None, /, **chosen: str) -> str:
    """The address of the form that makes a citable download of all that a question finds, given as to `search_link`."""
    if question is not None:
        question = replace(question, page=1)
    return with_query(path_to("downloads.new_download"), search_parameters(question, **chosen))


def alerts_of_city(city: City) -> str:
    """The address at which one asks to be told what is new about a city."""
    return alerts_link(city=city.slug)


def keep_link(kind: str, slug: str) -> str:
    """The address at which an entry is saved on the saved list: a page has up to forty of them."""
    return f"{path_to('shortlist.shortlist')}?{urlencode({kind: slug})}"


def ask_address(thing: City | Initiative) -> str:
    """The address of the form of a question to a city, or about an initiative."""
    if isinstance(thing, City):
        return url_for("questions.ask", city=thing.slug)
    return url_for("questions.ask", initiative=thing.slug)


def search_for(name: str, kind: EntryKind) -> str:
    """The address of a search for entries of a kind that have a name, or all of a title's words in their order."""
    phrase = name.replace('"', " ")
    return search_link(SearchQuery(text=f'"{phrase}"', chosen={"kind": (kind,)}))


def cited(thing: Any) -> tuple[str, str]:
    """The address and the words of what a line rests on: a page here, or a source elsewhere."""
    if isinstance(thing, Source):
        return thing.url, thing.title or thing.url
    return link_to(thing), getattr(thing, "title", None) or getattr(thing, "name", None) or thing.label


def absolute(path: str) -> str:
    """A path that `url_for` gave as a whole address, at the host of the settings or, without one, of the request."""
    root = context.config().site_url or request.url_root
    # Of a path from the root on, as nearly all are, joining costs more than all else.
    return _origin(root) + path if path.startswith("/") and not path.startswith("//") else urljoin(root, path)


def origin() -> str:
    """The scheme and the host of the site: a path that `url_for` gives is a whole address after it."""
    return _origin(context.config().site_url or request.url_root)


def site_address() -> str:
    """The address of the site, without a slash at its end: a path below the site, such as /oai, follows it."""
    return origin() + context.config().site_path


def current_path(*, with_query: bool = False) -> str:
    """The path of this request as browsers know it, which includes the path of the site."""
    return request.script_root + (request.full_path.rstrip("?") if with_query else request.path)


def below_site(path: str) -> str:
    """A path that `url_for` gave, without the path of the site: what may be stored, since a site may move."""
    return path.removeprefix(context.config().site_path)


@lru_cache(maxsize=64)
def _origin(root: str) -> str:
    return urljoin(root, "/").removesuffix("/")


def canonical() -> str:
    """The whole address of this page without its query: what every variant of it should be known by."""
    return origin() + current_path()


def register(app: Flask) -> None:
    """Let templates ask for addresses."""
    app.jinja_env.globals.update(
        url_for=path_to,
        cited=cited,
        link_to=link_to,
        link_to_entry=link_to_entry,
        link_to_history=link_to_history,
        link_to_report=link_to_report,
        alerts_link=alerts_link,
        download_link=download_link,
        alerts_of_city=alerts_of_city,
        ask_address=ask_address,
        keep_link=keep_link,
        search_link=search_link,
        search_for=search_for,
        absolute=absolute,
        canonical=canonical,
        current_path=current_path,
    )
