"""Breadcrumbs: the pages above the one that is shown, for pages below the first level."""

from collections.abc import Mapping, Sequence

from flask import Flask, request
from markupsafe import Markup

from kb.catalogue.entries import ENTRIES, KIND_OF_FOLDER, EntryKind
from kb.core.i18n import gettext_noop

from .jsonld import JSONLD
from .language import translated
from .links import absolute, path_to, search_link

Crumb = tuple[str, str]
"""The words of a link, and where it leads."""

_HOME = gettext_noop("Home")

_SECTIONS: Mapping[str, tuple[str, str]] = {
    "cities": (ENTRIES[EntryKind.CITY].plural, "cities.cities"),
    "challenges": (gettext_noop("Challenges"), "challenges.challenges"),
    "technologies": (gettext_noop("Technologies"), "technologies.technologies"),
    "goals": (gettext_noop("Goals"), "goals.goals"),
    "suggesting": (gettext_noop("Goals"), "goals.goals"),
    "peers": (gettext_noop("Find peers"), "peers.peers"),
    "compare": (gettext_noop("Find peers"), "peers.peers"),
    "forum": (gettext_noop("Forum"), "forum.forum"),
}
"""The first page of each blueprint that has pages below it."""

_SEARCHED = {folder: kind for folder, kind in KIND_OF_FOLDER.items() if folder not in _SECTIONS}
"""Kinds of entries that are listed by the search, by their blueprints."""


def breadcrumb_trail() -> list[Crumb]:
    """The pages above this one, from the first page of the site; empty on the first level and outside sections."""
    blueprint, values = request.blueprint or "", request.view_args or {}
    if blueprint in ("history", "reports"):
        blueprint = values.get("folder", "")
    if blueprint in _SEARCHED:
        kind = _SEARCHED[blueprint]
        label, url = ENTRIES[kind].plural, search_link(kind=kind)
    elif blueprint in _SECTIONS:
        label, endpoint = _SECTIONS[blueprint]
        # Whose peers are shown stands in the query of the section's own address.
        if request.endpoint == endpoint and "place" not in request.args:
            return []
        url = path_to(endpoint)
    else:
        return []
    return [(translated(_HOME), path_to("home.home")), (translated(label), url)]


def breadcrumb_list(trail: Sequence[Crumb], here: Markup, address: str) -> JSONLD:
    """The trail and this page for machines; `here` is the page's title as its template writes it."""
    crumbs = [*((words, absolute(url)) for words, url in trail), (here.unescape(), address)]
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": url}
            for position, (name, url) in enumerate(crumbs, start=1)
        ],
    }


def register(app: Flask) -> None:
    """Let templates ask for the trail."""
    app.jinja_env.globals.update(breadcrumb_trail=breadcrumb_trail, breadcrumb_list=breadcrumb_list)
