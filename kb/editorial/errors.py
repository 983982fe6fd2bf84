"""Exceptions of editing, with all that a page needs to show both sides."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from kb.core.errors import Conflict, Refused
from kb.core.i18n import Message

Errors = Mapping[str, Sequence[Message]]
"""Sentences by field path; "" is the whole."""


class Invalid(Refused):
    """An entry that fails validation; `errors` has the messages by field path."""

    def __init__(self, errors: Errors) -> None:
        self.errors = errors
        data = {str(number): message for number, message in enumerate(chain.from_iterable(errors.values()))}
        super().__init__(Message(" ".join(f"%({number})s" for number in data), data))


class EditConflict(Conflict):
    """Two people changed the same: `fields` names what, `mine` and `theirs` are both whole entries.

    `theirs` is what is stored now; `version` is the one to send back after looking at both.
    """

    def __init__(
        self,
        message: str,
        *,
        fields: Sequence[str],
        mine: Mapping[str, Any],
        theirs: Mapping[str, Any],
        base: Mapping[str, Any] | None = None,
        version: int | None = None,
    ) -> None:
        super().__init__(message)
        self.fields, self.mine, self.theirs, self.base, self.version = tuple(fields), mine, theirs, base, version
