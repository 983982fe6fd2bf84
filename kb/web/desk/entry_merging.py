"""Two entries on one thing, and the one that is made of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from kb.catalogue.entries import EntryKind
from kb.catalogue.queries import entry_by_slug
from kb.core.errors import NotFound
from kb.core.i18n import Message, gettext_noop
from kb.editorial import entries
from kb.editorial.errors import Invalid
from kb.editorial.merging import fill_gaps

from ..core.forms import Form
from ..core.links import link_to_entry
from .display_values import DisplayValues
from .step_saving import places_now
from .version_choices import BOTH, choices, chosen

_ITSELF = gettext_noop("That is the same entry.")
_NOT_FOUND = gettext_noop("There is no other entry of this kind at that address.")


@dataclass(frozen=True, slots=True)
class Pair:
    """The entry that stays and the one that goes into it, with what each says."""

    kind: EntryKind
    kept: Any
    other: Any
    mine: Mapping[str, Any]
    theirs: Mapping[str, Any]


def pair_of(session: Session, kind: EntryKind, slug: str, address: str) -> Pair:
    """Both entries; the other by its address or the last piece of it. Raises NotFound for the first, else Invalid."""
    kept = entry_by_slug(session, kind, slug)
    named = address.strip().partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2]
    if named == slug:
        raise Invalid({"with": [Message(_ITSELF)]})
    try:
        other = entry_by_slug(session, kind, named)
    except NotFound:
        raise Invalid({"with": [Message(_NOT_FOUND)]}) from None
    return Pair(kind, kept, other, entries.snapshot(kind, kept), entries.snapshot(kind, other))


def joined(pair: Pair, picked: Mapping[str, str]) -> dict[str, Any]:
    """What the one entry will say."""
    return chosen(pair.kind, pair.mine, pair.theirs, picked, fill_gaps(pair.kind, pair.mine, pair.theirs))


def page_of_merge(
    session: Session, pair: Pair, picked: Mapping[str, str] | None = None, form: Form | None = None
) -> Mapping[str, Any]:
    """What the page of a merge shows; with what was picked and typed already, where it comes back."""
    offered = choices(pair.kind, pair.mine, pair.theirs, DisplayValues(session, places_now()), first=BOTH)
    return {
        "form": form or Form(),
        "kind": pair.kind,
        "slug": pair.kept.slug,
        "other": pair.other.slug,
        "title": entries.title_of(pair.kind, pair.kept),
        "other_title": entries.title_of(pair.kind, pair.other),
        "url": link_to_entry(pair.kind, pair.kept.slug),
        "other_url": link_to_entry(pair.kind, pair.other.slug),
        "choices": [replace(choice, first=(picked or {}).get(choice.name, choice.first)) for choice in offered],
    }
