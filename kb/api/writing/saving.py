"""Proposes entries, and saves, submits and finds proposals: each for the key's owner, and none publishes."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.exceptions import Gone

from kb.catalogue.entries import ENTRIES, EntryKind
from kb.catalogue.queries import entry_by_slug
from kb.core.db import lock_row
from kb.core.errors import NotFound, Refused
from kb.core.i18n import Message, gettext_noop
from kb.editorial import actions, entries, queries
from kb.editorial.errors import Invalid
from kb.editorial.merging import three_way_merge
from kb.editorial.models import Proposal
from kb.editorial.validation import ValidationResult, blank, validate
from kb.web.core import context, limits
from kb.web.core.mails import notify_editors

from ..answers import answer
from ..reading import UNDECLARED, Data
from .authentication import caller
from .idempotency import Done, once
from .preconditions import etag_of, require_version
from .proposals import address_of, summary, whole

READ_ONLY = frozenset(UNDECLARED)
"""What is given with an entry and is no field of it; sent back with the rest, it says nothing."""

MAIL_RATE = "10 per hour"
"""How often a program's proposals are announced to the editors by e-mail; the queue has all of them."""

_EMPTY = gettext_noop("Nothing is filled in. Send at least one field of the entry.")
_NOTHING = gettext_noop("The entry says this already. There is nothing to propose.")
_MERGED = gettext_noop("This entry was merged into “%(slug)s”. Propose the change there.")


def propose_change(
    kind: EntryKind, slug: str, body: Data, query: Data, wanted: Callable[[Data, Data], Mapping[str, Any]]
) -> Response:
    """Propose a change of an entry; `wanted` makes the entry of how it is, and of what is sent."""
    require_scopes(query)
    sent = entry_in(body)

    def act(session: Session) -> Done:
        entry = _entry(session, kind, slug)
        require_version(entry.version)
        return propose(session, kind, wanted(entries.snapshot(kind, entry), sent), entry, query, 202)

    return once(sent, act, is_required=False)


def propose(session: Session, kind: EntryKind, data: Mapping[str, Any], entry: Any, query: Data, status: int) -> Done:
    """Make a proposal, and send it for review where that is asked for."""
    result = _sound(validate(session, kind, data, entry))
    if entry is None and result.data == blank(kind):
        raise Invalid({"": [Message(_EMPTY)]})
    if entry is not None and result.data == entries.snapshot(kind, entry):
        raise Refused(_NOTHING)
    entry_id = None if entry is None else entry.id
    made = actions.start(
        session, caller().user, kind, entry_id=entry_id, origin="api", note=query["note"], data=result, checked=result
    )
    if query["submit"]:
        return submit(session, made, status)
    return Done(summary(session, made, result), status, address_of(made))


def submit(session: Session, proposal: Proposal, status: int = 200) -> Done:
    """Send a proposal for review, unless others changed the same fields of its entry meanwhile."""
    actions.refuse_conflicts(session, proposal)
    sent = actions.submit(session, caller().user, proposal.id, seen=proposal.version, program=caller().key.name)
    return Done(summary(session, sent, _checked(session, sent)), status, address_of(sent), lambda: _announce(sent.id))


def _announce(key: int) -> None:
    if limits.is_within(MAIL_RATE, "mails of a program", str(caller().key.id)):
        notify_editors(key)


def save_draft(key: int, body: Data, query: Data, wanted: Callable[[Data, Data], Mapping[str, Any]]) -> Response:
    """Save a draft; `wanted` makes its entry of how it is, and of what is sent."""
    sent, author = entry_in(body), caller().user
    with context.database().writing() as session:
        proposal = own_proposal(session, key)
        require_version(proposal.version)
        before = _with_changes_of_others(session, proposal) if query["rebase"] else proposal.data
        result = _sound(validate(session, proposal.kind, wanted(before, sent), queries.entry_of(session, proposal)))
        saved = actions.save_draft(session, author, key, result, seen=proposal.version, checked=result)
        if query["rebase"]:
            saved = actions.rebase(session, author, key, saved.data, seen=saved.version)
        return shown(session, saved)


def _with_changes_of_others(session: Session, proposal: Proposal) -> Data:
    """The data of a proposal with what others changed of its entry since; where both did, the proposal's own."""
    entry = queries.entry_of(session, proposal)
    if entry is None or proposal.base is None:
        return proposal.data
    return three_way_merge(proposal.kind, proposal.base, proposal.data, entries.snapshot(proposal.kind, entry)).data


def shown(session: Session, proposal: Proposal) -> Response:
    """The answer with a whole proposal, and its version as ETag."""
    response = answer(whole(session, proposal, _checked(session, proposal)))
    response.headers["ETag"] = etag_of(proposal.version)
    return response


def _checked(session: Session, proposal: Proposal) -> ValidationResult:
    return validate(session, proposal.kind, proposal.data, queries.entry_of(session, proposal))


def _sound(result: ValidationResult) -> ValidationResult:
    """The entry. Raises Invalid where something in it is wrong; what is missing may be missing in a draft."""
    if result.errors:
        raise Invalid(result.errors)
    return result


def require_scopes(query: Data) -> None:
    """Raise Forbidden where a query asks to send the proposal for review, and the key may not."""
    if query["submit"]:
        caller().require("submit")


def entry_in(body: Data) -> Data:
    """The fields of the entry that is sent."""
    return {name: value for name, value in body.items() if name not in READ_ONLY}


def own_proposal(session: Session, key: int) -> Proposal:
    """A proposal of the key's owner. Raises NotFound for others, whom nobody shall find out about."""
    proposal = session.get(Proposal, key)
    if proposal is None or proposal.author_id != caller().user.id:
        raise NotFound(gettext_noop("You have no proposal with this number."))
    return proposal


def _entry(session: Session, kind: EntryKind, slug: str) -> Any:
    """The entry at an address, locked: what is compared with `If-Match` is what the proposal begins with.

    Raises NotFound, Gone where it was withdrawn, Refused where it was merged.
    """
    try:
        entry = entry_by_slug(session, kind, slug)
        # It may be withdrawn between the two.
        if lock_row(session, entry):
            return entry
        raise NotFound
    except NotFound:
        if queries.withdrawal_at(session, kind, slug) is not None:
            raise Gone(gettext("This entry was withdrawn. An editor can publish it again.")) from None
        kept = queries.merged_into(session, kind, slug)
        if kept is not None:
            raise Refused(_MERGED, slug=kept) from None
        raise NotFound(ENTRIES[kind].absent, given=slug) from None
