"""Two versions of one entry side by side, and the one that a person makes of them: conflicts, and merges of entries."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.catalogue.change_log import acquire_write_lock
from kb.catalogue.entries import ENTRIES, EntryKind, schema_of
from kb.catalogue.queries import entry_by_slug
from kb.core.errors import NotFound, Refused
from kb.core.i18n import Message, gettext_noop
from kb.editorial import actions, entries
from kb.editorial.actions.publishing import SAME_FIELDS
from kb.editorial.actions.row_locks import CHANGED_MEANWHILE
from kb.editorial.errors import EditConflict, Invalid
from kb.editorial.merging import fill_gaps, three_way_merge
from kb.editorial.models import Proposal
from kb.editorial.validation import validate

from ..core import form_resubmission
from ..core.context import refresh_session
from ..core.formatting import message_text
from ..core.forms import Form
from ..core.links import link_to_entry
from ..core.pages import Page
from .display_values import DisplayValues, Line
from .drafts import Draft
from .places import places_now

MINE, THEIRS, BOTH = "mine", "theirs", "both"


@dataclass(frozen=True, slots=True)
class Choice:
    """A field in which two versions differ: what each says, whether they can be joined, and what is chosen at first."""

    name: str
    label: str
    mine: list[Line]
    theirs: list[Line]
    may_join: bool
    first: str


def choices(
    kind: EntryKind,
    mine: Mapping[str, Any],
    theirs: Mapping[str, Any],
    values: DisplayValues,
    fields: Collection[str] | None = None,
    first: str = MINE,
) -> list[Choice]:
    """The fields in which two entries differ, or of those the ones that are named; in the order of the form."""
    labels = schema_of(kind).labels
    return [
        Choice(
            name,
            labels[name],
            values.lines(kind, name, mine[name]),
            values.lines(kind, name, theirs[name]),
            may_join=isinstance(mine[name], list) and bool(mine[name]) and bool(theirs[name]),
            first=_first(mine[name], theirs[name], first),
        )
        for name in mine
        if mine[name] != theirs[name] and (fields is None or name in fields)
    ]


def _first(mine: Any, theirs: Any, otherwise: str) -> str:
    if mine in (None, []):
        return THEIRS
    if theirs in (None, []) or (otherwise == BOTH and not isinstance(mine, list)):
        return MINE
    return otherwise


def merged_entry(
    kind: EntryKind,
    mine: Mapping[str, Any],
    theirs: Mapping[str, Any],
    picked: Mapping[str, str],
    start: Mapping[str, Any],
) -> dict[str, Any]:
    """The entry of which each picked field is as one side has it, or both together; other fields as in `start`."""
    joined = fill_gaps(kind, mine, theirs)
    sides = {MINE: mine, THEIRS: theirs, BOTH: joined}
    return {name: sides[picked[name]][name] if picked.get(name) in sides else value for name, value in start.items()}


_GONE = gettext_noop("The entry was removed.")


def join_drafts(
    session: Session, actor: User, proposal: Proposal, seen: int, mine: Mapping[str, Any], picked: Mapping[str, str]
) -> Proposal:
    """A draft that was saved in two places. EditConflict where it was saved once more since both were shown."""
    theirs = proposal.data
    sent = validate(session, proposal.kind, {**theirs, **{name: mine[name] for name in theirs if name in mine}}).data
    return actions.save_draft(
        session, actor, proposal.id, merged_entry(proposal.kind, sent, theirs, picked, theirs), seen=seen
    )


def join_with_entry(
    session: Session, actor: User, proposal: Proposal, seen: int, picked: Mapping[str, str]
) -> Proposal:
    """A proposal and what is public now, at version `seen`. EditConflict where that changed once more."""
    acquire_write_lock(session)
    entry: Any = session.get(ENTRIES[proposal.kind].model, proposal.entry_id)
    if entry is None:
        raise Refused(_GONE)
    theirs = entries.snapshot(proposal.kind, entry)
    mine = validate(session, proposal.kind, proposal.data, entry).data
    base = validate(session, proposal.kind, proposal.base or theirs, entry).data
    joined = three_way_merge(proposal.kind, base, mine, theirs)
    if entry.version != seen:
        raise EditConflict(SAME_FIELDS, fields=joined.overlap, mine=mine, theirs=theirs, version=entry.version)
    data = merged_entry(proposal.kind, mine, theirs, picked, joined.data)
    return actions.rebase(session, actor, proposal.id, data, seen=proposal.version)


@dataclass(frozen=True, kw_only=True)
class ConflictPage(Page):
    """Both versions with a choice for each field; `about` is "draft" or "entry", `mine_json` one's own version."""

    template = "desk/conflict.html"
    kind: EntryKind
    title: str
    words: str
    choices: Sequence[Choice]
    mine: str
    theirs: str
    about: str
    version: int | None
    mine_json: str
    action: str
    back: str


@dataclass(frozen=True, kw_only=True)
class MergePage(Page):
    """Two entries side by side, with a choice for each field in which they differ."""

    template = "desk/merge.html"
    form: Form
    kind: EntryKind
    slug: str
    other: str
    title: str
    other_title: str
    url: str
    other_url: str
    choices: Sequence[Choice]


def is_stale(conflict: EditConflict) -> bool:
    """Whether the proposal itself was saved since it was looked at; else its entry was changed by somebody."""
    return str(conflict) == CHANGED_MEANWHILE


def of_draft(draft: Draft, conflict: EditConflict) -> ResponseReturnValue:
    """A draft that was saved elsewhere meanwhile, in another window or by an editor: what each says, and the choice."""
    return _page(draft, conflict, gettext("Your version"), gettext("The version saved by someone else"), "draft")


def of_proposal(draft: Draft, conflict: EditConflict) -> ResponseReturnValue:
    """A proposal whose entry was changed meanwhile: what it proposes, what is public now, and the choice."""
    return _page(draft, conflict, gettext("This proposal"), gettext("The public entry"), "entry")


def _page(draft: Draft, conflict: EditConflict, mine: str, theirs: str, about: str) -> ResponseReturnValue:
    if form_resubmission.is_for_a_script():
        return jsonify(error=message_text(conflict.message)), 409
    values = DisplayValues(refresh_session(), places_now())
    key = draft.proposal.id if draft.proposal else 0
    page = ConflictPage(
        kind=draft.kind,
        title=draft.title,
        words=message_text(conflict.message),
        choices=choices(draft.kind, conflict.mine, conflict.theirs, values, conflict.fields, MINE),
        mine=mine,
        theirs=theirs,
        about=about,
        version=conflict.version,
        mine_json=json.dumps(dict(conflict.mine)),
        action=url_for("desk.join", key=key),
        back=url_for("desk.proposal", key=key),
    )
    return page.render(), 409


def choices_sent() -> Mapping[str, str]:
    """What the request chose, by field."""
    beginning = "choice-"
    return {name.removeprefix(beginning): value for name, value in request.form.items() if name.startswith(beginning)}


def carried_version() -> Mapping[str, Any]:
    """The version that the page of a conflict carried along; empty where it cannot be read."""
    try:
        read = json.loads(request.form.get("held", "{}"))
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


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


def joined_entry(pair: Pair, picked: Mapping[str, str]) -> dict[str, Any]:
    """What the one entry will say."""
    return merged_entry(pair.kind, pair.mine, pair.theirs, picked, fill_gaps(pair.kind, pair.mine, pair.theirs))


def page_of_merge(
    session: Session, pair: Pair, picked: Mapping[str, str] | None = None, form: Form | None = None
) -> MergePage:
    """What the page of a merge shows; with what was picked and typed already, where it comes back."""
    offered = choices(pair.kind, pair.mine, pair.theirs, DisplayValues(session, places_now()), first=BOTH)
    return MergePage(
        form=form or Form(),
        kind=pair.kind,
        slug=pair.kept.slug,
        other=pair.other.slug,
        title=entries.title_of(pair.kind, pair.kept),
        other_title=entries.title_of(pair.kind, pair.other),
        url=link_to_entry(pair.kind, pair.kept.slug),
        other_url=link_to_entry(pair.kind, pair.other.slug),
        choices=[replace(choice, first=(picked or {}).get(choice.name, choice.first)) for choice in offered],
    )
