"""The public page as a draft would make it: the real template, over rows that are never written."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import render_template
from flask_babel import gettext

from kb.catalogue.entries import EntryKind
from kb.catalogue.models import City, Initiative, Leader, Vision
from kb.editorial.preview import preview_entry

from ..core import context, world_map

Shown = Mapping[str, Any]

_NOTHING_YET: Mapping[str, Any] = {"initiatives": (), "total": 0, "jsonld": None}


def page(kind: EntryKind, data: Mapping[str, Any], back: str) -> str:
    """The page of an entry that says what the data say, with a way back; what cannot be read of them is left out."""
    with context.database().session() as session:
        # Rows that are imagined must not be written, not even to be rolled back: that would keep writers waiting.
        session.autoflush = False
        entry = preview_entry(session, kind, _with_words(data))
        if entry is None:
            return render_template("desk/preview_none.html", back=back)
        return _PAGES[kind](entry, {"preview": True, "back": back})


def _with_words(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data with something to read where every public page has words."""
    named = {name: gettext("No title yet") for name in ("title", "name") if name in data and not data[name]}
    told = {name: gettext("No summary yet.") for name in ("summary", "gist") if name in data and not data[name]}
    return {**data, **named, **told}


def _initiative(entry: Initiative, shown: Shown) -> str:
    return render_template(
        "catalogue/initiative.html",
        initiative=entry,
        results=[outcome for outcome in entry.outcomes if not outcome.is_target],
        promises=[outcome for outcome in entry.outcomes if outcome.is_target],
        similar=(),
        suits=(),
        **shown,
    )


def _leader(entry: Leader, shown: Shown) -> str:
    return render_template("catalogue/leader.html", leader=entry, **_NOTHING_YET, **shown)


def _vision(entry: Vision, shown: Shown) -> str:
    return render_template("catalogue/vision.html", vision=entry, **_NOTHING_YET, **shown)


def _city(entry: City, shown: Shown) -> str:
    return render_template(
        "catalogue/city.html",
        city=entry,
        frame=world_map.surroundings(entry.place.latitude, entry.place.longitude),
        point=world_map.project(entry.place.latitude, entry.place.longitude),
        terms=(),
        visions=(),
        goals=(),
        peers=None,
        **_NOTHING_YET,
        **shown,
    )


_PAGES: Mapping[str, Callable[[Any, Shown], str]] = {
    "initiative": _initiative,
    "leader": _leader,
    "vision": _vision,
    "city": _city,
}
