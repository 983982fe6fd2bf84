"""The queue of proposals: what it is asked for, its rows, and what came of accepting many."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext
from marshmallow import ValidationError, fields, post_load
from marshmallow.validate import OneOf
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.catalogue.entries import KIND_LABELS
from kb.core.column_types import LARGEST_ID
from kb.editorial import queries, rules
from kb.editorial.actions import Decision
from kb.editorial.choices import ORIGINS, STATES
from kb.editorial.queries import QueueFilter, QueueItem

from ..core.formatting import message_text as phrased
from ..core.query_schemas import AddressSchema, Text

ON_A_PAGE = 50
AGES = (0, 7, 30)
"""Days that a proposal may be asked to have waited for."""


class Place(fields.Field[QueueItem]):
    """Where a page of the queue goes on; what no page has written is left out."""

    def _deserialize(self, value: Any, *_given: Any, **_settings: Any) -> QueueItem:
        queue_item = QueueItem.read(str(value))
        if queue_item is None:
            raise ValidationError("no page of the queue")
        return queue_item


class QueueSchema(AddressSchema):
    """`state`, `kind`, `origin`, `city`, `author`, `older` in days, `after`; what cannot be read is left out."""

    state = Text(load_default="submitted", validate=OneOf([state for state in STATES if state != "draft"]))
    kind = Text(load_default=None, validate=OneOf(KIND_LABELS))
    origin = Text(load_default=None, validate=OneOf(ORIGINS))
    city = Text(load_default="")
    author = Text(load_default="")
    older = fields.Integer(load_default=0, validate=OneOf(AGES))
    after = Place(load_default=None)

    @post_load
    def _asked(self, loaded: Mapping[str, Any], **_settings: Any) -> QueueFilter:
        return QueueFilter(**loaded)


def link_to_queue(queue_filter: QueueFilter) -> str:
    """The address of a page of the queue."""
    data = {
        name: getattr(queue_filter, name) or None for name in ("kind", "origin", "city", "author", "older", "after")
    }
    return url_for(
        "desk.queue", state=None if queue_filter.state == QueueFilter().state else queue_filter.state, **data
    )


def page_of_queue(session: Session, actor: User, queue_filter: QueueFilter) -> Mapping[str, Any]:
    """What the page of the queue shows; in a number of queries that does not grow with the rows."""
    found = session.scalars(queries.queue(queue_filter).limit(ON_A_PAGE + 1)).all()
    rows, more = found[:ON_A_PAGE], len(found) > ON_A_PAGE
    first = replace(queue_filter, after=None)
    return {
        "asked": queue_filter,
        "total": queries.count_proposals(session, queries.queue(first)),
        "proposals": rows,
        "acceptable": {row.id for row in rows if rules.may_review(actor, row)},
        "states": [(code, label) for code, label in STATES.items() if code != "draft"],
        "kinds": list(KIND_LABELS.items()),
        "origins": list(ORIGINS.items()),
        "ages": [
            (days, gettext("any time") if not days else ngettext("%(num)s day or more", "%(num)s days or more", days))
            for days in AGES
        ],
        "here": link_to_queue(queue_filter),
        "first": link_to_queue(first) if queue_filter.after else None,
        "next": link_to_queue(replace(queue_filter, after=queries.place_in_queue(rows[-1]))) if more else None,
        "is_narrowed": replace(first, state=QueueFilter().state) != QueueFilter(),
    }


def chosen(ticked: Iterable[str]) -> list[tuple[int, int | None]]:
    """The proposals that were ticked, each with the version that was seen."""
    pairs = [text.partition(":") for text in ticked]
    read: list[tuple[int, int | None]] = [
        (int(key), int(seen)) for key, _, seen in pairs if key.isdecimal() and seen.isdecimal()
    ]
    return [pair for pair in read if pair[0] <= LARGEST_ID][:ON_A_PAGE]


def in_words(decided: Iterable[Decision]) -> tuple[str, list[str]]:
    """What came of accepting many: how many are public now, and why each other is not."""
    listed = list(decided)
    done = sum(decision.revision is not None for decision in listed)
    said = ngettext("%(num)s was accepted and is public now.", "%(num)s were accepted and are public now.", done)
    return said, [
        gettext(
            "Not accepted: “%(title)s”. %(why)s",
            title=decision.title or str(decision.proposal_id),
            why=phrased(decision.problem.message),
        )
        for decision in listed
        if decision.problem is not None
    ]
