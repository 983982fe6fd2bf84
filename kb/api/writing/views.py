"""The addresses for writing: each makes, changes or sends a proposal of the key's owner, and none publishes."""

from flask import Response
from marshmallow import fields
from marshmallow.validate import Length, OneOf
from sqlalchemy.orm import Session

from kb.catalogue.entries import ENTRIES, EntryKind
from kb.core.i18n import Message, gettext_noop
from kb.editorial import actions, queries
from kb.editorial.choices import STATES
from kb.editorial.errors import Invalid
from kb.web.core import context

from ..answers import paged
from ..cursors import read_cursor, write_cursor
from ..query_schemas import PagedSchema, StrictSchema
from ..reading import Data
from . import documentation as docs
from .authentication import caller
from .blueprint import operation
from .bodies import JSON, MERGE_PATCH, read_object
from .idempotency import Done, once
from .preconditions import require_version
from .proposals import summaries
from .saving import entry_in, own_proposal, propose, propose_change, require_scopes, save_draft, shown, submit

LONGEST_NOTE = 1_000
_LONG_NOTE = gettext_noop("A note can have up to 1,000 characters.")


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
        validate=Length(max=LONGEST_NOTE, error=_LONG_NOTE),
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


_WRITING_ERRORS = (400, 404, 409, 412, 413, 415, 422, 428)


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
        require_scopes(query)
        sent = entry_in(read_object())

        def act(session: Session) -> Done:
            return propose(session, kind, sent, None, query, 201)

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
        return propose_change(kind, slug, read_object(), query, lambda _base, sent: sent)

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
        return propose_change(kind, slug, read_object(JSON, MERGE_PATCH), query, lambda base, sent: {**base, **sent})


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
    return shown(session, own_proposal(session, key))


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
    return save_draft(key, read_object(), query, lambda _data, sent: sent)


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
    return save_draft(key, read_object(JSON, MERGE_PATCH), query, lambda data, sent: {**data, **sent})


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
    if sent.keys() - {"note"} or not isinstance(note, str | None) or len(note or "") > LONGEST_NOTE:
        raise Invalid({"note": [Message(gettext_noop("Send nothing, or “note” as a text of up to 1,000 characters."))]})

    def act(session: Session) -> Done:
        found = own_proposal(session, key)
        require_version(found.version, is_optional=True)
        if note is not None:
            found = actions.save_draft(session, caller().user, key, found.data, seen=found.version, note=note)
        return submit(session, found)

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
        found = own_proposal(session, key)
        if found.state != "withdrawn":
            require_version(found.version, is_optional=True)
            actions.take_back(session, caller().user, key, program=caller().key.name)
    return Response(status=204)
