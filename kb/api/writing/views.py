"""The addresses for writing: each makes, changes or sends a proposal of the key's owner, and none publishes."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response
from flask_babel import gettext
from marshmallow import fields
from marshmallow.validate import Length, OneOf
from sqlalchemy.orm import Session
from werkzeug.exceptions import Gone

from kb.catalogue.entries import ENTRIES, EntryKind
from kb.catalogue.queries import entry_by_slug
from kb.core.errors import NotFound, Refused
from kb.core.i18n import Message, gettext_noop
from kb.editorial import actions, entries, queries
from kb.editorial.choices import STATES
from kb.editorial.errors import Invalid
from kb.editorial.merging import three_way_merge
from kb.editorial.models import Proposal
from kb.editorial.validation import ValidationResult, blank, validate
from kb.web.core import context, limits
from kb.web.core.mails import notify_editors

from ..answers import answer, paged
from ..cursors import read_cursor, write_cursor
from ..query_schemas import PagedSchema, StrictSchema
from ..reading import UNDECLARED, Data
from . import documentation as docs
from .authentication import caller
from .blueprint import operation
from .bodies import JSON, MERGE_PATCH, read_object
from .idempotency import Done, once
from .preconditions import etag_of, require_version
from .proposals import address_of, summaries, summary, whole

READ_ONLY = frozenset(UNDECLARED)
"""What is given with an entry and is no field of it; sent back with the rest, it says nothing."""

MAIL_RATE = "10 per hour"
"""How often a program's proposals are announced to the editors by e-mail; the queue has all of them."""

_EMPTY = gettext_noop("Nothing is filled in. Send at least one field of the entry.")
_NOTHING = gettext_noop("The entry says this already. There is nothing to propose.")
_MERGED = gettext_noop("This entry was merged into “%(slug)s”. Propose the change there.")
_LONGEST_NOTE = 1_000
_LONG_NOTE = gettext_noop("A note can have up to 1,000 characters.")
_WRITING_ERRORS = (400, 404, 409, 412, 413, 415, 422, 428)


class _YesNo(fields.Boolean):
    """Yes or no, as programs write it."""

    default_error_messages = {"invalid": gettext_noop("This should be “true” or “false”.")}  # noqa: RUF012 - so marshmallow has it


class ProposingSchema(StrictSchema):
    """`submit`: send it for review at once; `note`: a message to the reviewer."""

    submit = _YesNo(
        load_default=False, metadata={"description": "Send it for review at once. The key needs the scope “submit”."}
    )
    note = fields.String(
        load_default="",
        validate=Length(max=_LONGEST_NOTE, error=_LONG_NOTE),
        metadata={"description": "A message to the reviewer: what changed, and why."},
    )


class SavingSchema(StrictSchema):
    """`rebase`: the proposal is of the entry as it now is, and what others changed since was looked at."""

    rebase = _YesNo(
        load_default=False,
        metadata={"description": "After 409: you compared both versions, and now send a change to the newest one."},
    )


class ProposalsSchema(PagedSchema):
    """A page of one's own proposals, of a `state` and a `kind`, the newest first."""

    state = fields.String(load_default=None, validate=OneOf(list(STATES)))
    kind = fields.String(load_default=None, validate=OneOf([str(kind) for kind in EntryKind]))


def _add(kind: EntryKind) -> None:
    """Add the addresses by which entries of a kind are proposed."""
    definition = ENTRIES[kind]
    one = f"/{definition.folder}/<slug>"

    @operation(
        "POST",
        f"/{definition.folder}",
        scope="draft",
        endpoint=f"new_{kind}",
        query=ProposingSchema,
        tag=definition.plural,
        summary=f"Propose a new entry: {definition.label.lower()}",
        headers=[docs.idempotency_key()],
        requestBody=docs.entry_body(kind, docs.ENTRY_EXAMPLES[kind]),
        responses=docs.answers(400, 413, 415, 422, saved=201),
    )
    def propose_new(query: Data) -> Response:
        """Propose a new entry."""
        _require_scopes(query)
        sent = _entry_in(read_object())

        def act(session: Session) -> Done:
            return _start(session, kind, sent, None, query, 201)

        return once(sent, act)

    @operation(
        "PUT",
        one,
        scope="draft",
        endpoint=f"replace_{kind}",
        query=ProposingSchema,
        tag=definition.plural,
        summary=f"Propose a change, as a whole entry: {definition.label.lower()}",
        headers=[docs.if_match(), docs.idempotency_key(is_required=False)],
        requestBody=docs.entry_body(kind, docs.ENTRY_EXAMPLES[kind]),
        responses=docs.answers(*_WRITING_ERRORS, 410, saved=202),
    )
    def propose_whole(query: Data, slug: str) -> Response:
        """Propose that an entry become what is sent; what is left out becomes unknown."""
        return _propose_change(kind, slug, read_object(), query, lambda _base, sent: sent)

    @operation(
        "PATCH",
        one,
        scope="draft",
        endpoint=f"change_{kind}",
        query=ProposingSchema,
        tag=definition.plural,
        summary=f"Propose a change of some fields: {definition.label.lower()}",
        headers=[docs.if_match(), docs.idempotency_key(is_required=False)],
        requestBody=docs.entry_body(kind, docs.ENTRY_EXAMPLES[kind], JSON, MERGE_PATCH),
        responses=docs.answers(*_WRITING_ERRORS, 410, saved=202),
    )
    def propose_fields(query: Data, slug: str) -> Response:
        """Propose a change of the fields that are sent; null makes one unknown."""
        return _propose_change(kind, slug, read_object(JSON, MERGE_PATCH), query, lambda base, sent: {**base, **sent})


for _kind in EntryKind:
    _add(_kind)


@operation(
    "GET",
    "/proposals",
    scope="read",
    query=ProposalsSchema,
    tag="Proposals",
    summary="Your proposals",
    responses=docs.answers(400, 422, shown="Proposals"),
)
def proposals(query: Data) -> Response:
    """List the proposals of the key's owner, the newest first."""
    session, author = context.session(), caller().user.id
    question = {"author": author, "state": query["state"], "kind": query["kind"]}
    before = read_cursor(question, query["cursor"]) if query["cursor"] else None
    kind = EntryKind(query["kind"]) if query["kind"] else None
    chosen = queries.own_proposals(author, state=query["state"], kind=kind, before=before)
    found = session.scalars(chosen.limit(query["limit"] + 1)).all()
    page = found[: query["limit"]]
    cursor = write_cursor(question, page[-1].id) if len(found) > len(page) else None
    return paged({"items": summaries(session, page)}, cursor)


@operation(
    "GET",
    "/proposals/<int:key>",
    scope="read",
    tag="Proposals",
    summary="A proposal of yours, by its number",
    responses=docs.answers(404, 422, shown="WholeProposal"),
)
def proposal(_query: Data, key: int) -> Response:
    """Give one proposal, with its entry and the reviewer's comments."""
    session = context.session()
    return _shown(session, _own(session, key))


@operation(
    "PUT",
    "/proposals/<int:key>",
    scope="draft",
    query=SavingSchema,
    tag="Proposals",
    summary="Change a draft, as a whole entry",
    headers=[docs.if_match()],
    requestBody=docs.proposal_body(),
    responses=docs.answers(*_WRITING_ERRORS, shown="WholeProposal"),
)
def replace_proposal(query: Data, key: int) -> Response:
    """Save a draft as what is sent."""
    return _save(key, read_object(), query, lambda _data, sent: sent)


@operation(
    "PATCH",
    "/proposals/<int:key>",
    scope="draft",
    query=SavingSchema,
    tag="Proposals",
    summary="Change some fields of a draft",
    headers=[docs.if_match()],
    requestBody=docs.proposal_body(JSON, MERGE_PATCH),
    responses=docs.answers(*_WRITING_ERRORS, shown="WholeProposal"),
)
def change_proposal(query: Data, key: int) -> Response:
    """Save a draft with some fields changed."""
    return _save(key, read_object(JSON, MERGE_PATCH), query, lambda data, sent: {**data, **sent})


@operation(
    "POST",
    "/proposals/<int:key>/submit",
    scope="submit",
    tag="Proposals",
    summary="Send a draft for review",
    headers=[docs.idempotency_key(), docs.if_match(is_required=False)],
    requestBody=docs.NOTE_BODY,
    responses=docs.answers(400, 404, 409, 412, 413, 415, 422, saved=200),
)
def submit_proposal(_query: Data, key: int) -> Response:
    """Send a draft for review; `note` is a message to the reviewer."""
    sent = read_object(is_optional=True)
    note = sent.get("note")
    if sent.keys() - {"note"} or not isinstance(note, str | None) or len(note or "") > _LONGEST_NOTE:
        raise Invalid({"note": [Message(gettext_noop("Send nothing, or “note” as a text of up to 1,000 characters."))]})

    def act(session: Session) -> Done:
        found = _own(session, key)
        require_version(found.version, is_optional=True)
        if note is not None:
            found = actions.save_draft(session, caller().user, key, found.data, seen=found.version, note=note)
        return _submit(session, found)

    return once(sent, act)


@operation(
    "DELETE",
    "/proposals/<int:key>",
    scope="draft",
    tag="Proposals",
    summary="Delete a draft",
    headers=[docs.if_match(is_required=False)],
    responses={**docs.answers(404, 409, 412, 422), "204": {"description": "It is withdrawn."}},
)
def delete_proposal(_query: Data, key: int) -> Response:
    """Withdraw a proposal that nobody has decided."""
    with context.database().writing() as session:
        found = _own(session, key)
        if found.state != "withdrawn":
            require_version(found.version, is_optional=True)
            actions.take_back(session, caller().user, key, program=caller().key.name)
    return Response(status=204)


def _propose_change(
    kind: EntryKind, slug: str, body: Data, query: Data, wanted: Callable[[Data, Data], Mapping[str, Any]]
) -> Response:
    """Propose a change of an entry; `wanted` makes the entry of how it is, and of what is sent."""
    _require_scopes(query)
    sent = _entry_in(body)

    def act(session: Session) -> Done:
        entry = _entry(session, kind, slug)
        require_version(entry.version)
        return _start(session, kind, wanted(entries.snapshot(kind, entry), sent), entry, query, 202)

    return once(sent, act, is_required=False)


def _start(session: Session, kind: EntryKind, data: Mapping[str, Any], entry: Any, query: Data, status: int) -> Done:
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
        return _submit(session, made, status)
    return Done(summary(session, made, result), status, address_of(made))


def _submit(session: Session, found: Proposal, status: int = 200) -> Done:
    """Send a proposal for review, unless others changed the same fields of its entry meanwhile."""
    actions.refuse_conflicts(session, found)
    sent = actions.submit(session, caller().user, found.id, seen=found.version, program=caller().key.name)
    return Done(summary(session, sent, _checked(session, sent)), status, address_of(sent), lambda: _announce(sent.id))


def _announce(key: int) -> None:
    if limits.is_within(MAIL_RATE, "mails of a program", str(caller().key.id)):
        notify_editors(key)


def _save(key: int, body: Data, query: Data, wanted: Callable[[Data, Data], Mapping[str, Any]]) -> Response:
    sent, author = _entry_in(body), caller().user
    with context.database().writing() as session:
        found = _own(session, key)
        require_version(found.version)
        before = _with_changes_of_others(session, found) if query["rebase"] else found.data
        result = _sound(validate(session, found.kind, wanted(before, sent), queries.entry_of(session, found)))
        saved = actions.save_draft(session, author, key, result, seen=found.version, checked=result)
        if query["rebase"]:
            saved = actions.rebase(session, author, key, saved.data, seen=saved.version)
        return _shown(session, saved)


def _with_changes_of_others(session: Session, found: Proposal) -> Data:
    """The data of a proposal with what others changed of its entry since; where both did, the proposal's own."""
    entry = queries.entry_of(session, found)
    if entry is None or found.base is None:
        return found.data
    return three_way_merge(found.kind, found.base, found.data, entries.snapshot(found.kind, entry)).data


def _shown(session: Session, found: Proposal) -> Response:
    response = answer(whole(session, found, _checked(session, found)))
    response.headers["ETag"] = etag_of(found.version)
    return response


def _checked(session: Session, found: Proposal) -> ValidationResult:
    return validate(session, found.kind, found.data, queries.entry_of(session, found))


def _sound(result: ValidationResult) -> ValidationResult:
    """The entry. Raises Invalid where something in it is wrong; what is missing may be missing in a draft."""
    if result.errors:
        raise Invalid(result.errors)
    return result


def _require_scopes(query: Data) -> None:
    if query["submit"]:
        caller().require("submit")


def _entry_in(body: Data) -> Data:
    """The fields of the entry that is sent."""
    return {name: value for name, value in body.items() if name not in READ_ONLY}


def _own(session: Session, key: int) -> Proposal:
    """A proposal of the key's owner. Raises NotFound for others, whom nobody shall find out about."""
    found = session.get(Proposal, key)
    if found is None or found.author_id != caller().user.id:
        raise NotFound(gettext_noop("You have no proposal with this number."))
    return found


def _entry(session: Session, kind: EntryKind, slug: str) -> Any:
    """The entry at an address, locked: what is compared with `If-Match` is what the proposal begins with.

    Raises NotFound, Gone where it was withdrawn, Refused where it was merged.
    """
    try:
        entry = entry_by_slug(session, kind, slug)
        session.refresh(entry, with_for_update=True)
        return entry
    except NotFound:
        if queries.withdrawal_at(session, kind, slug) is not None:
            raise Gone(gettext("This entry was withdrawn. An editor can publish it again.")) from None
        kept = queries.merged_into(session, kind, slug)
        if kept is not None:
            raise Refused(_MERGED, slug=kept) from None
        raise NotFound(ENTRIES[kind].absent, given=slug) from None
