"""The addresses of the pages of people and of the audit trail."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, post_load
from marshmallow.validate import OneOf, Range

from kb.accounts.choices import ROLES
from kb.accounts.queries import AuditFilter
from kb.core.column_types import LARGEST_ID

from ..core.query_schemas import PageNumber, QuerySchema, Text


class PeopleSchema(QuerySchema):
    """`q`: words of a name or an address; `role`; and `page`."""

    q = Text(load_default="")
    role = fields.String(load_default=None, validate=OneOf(ROLES))
    page = PageNumber()


class AuditSchema(QuerySchema):
    """`actor` and `before`, which are ids, `verb`, `kind` and `key`, as an AuditFilter."""

    actor = fields.Integer(load_default=None, validate=Range(1, LARGEST_ID))
    verb = Text(load_default=None)
    kind = Text(load_default=None)
    key = Text(longest=200, load_default=None)
    before = fields.Integer(load_default=None, validate=Range(1, LARGEST_ID))

    @post_load
    def _make_query(self, loaded: Mapping[str, Any], **_settings: Any) -> AuditFilter:
        return AuditFilter(**loaded)
