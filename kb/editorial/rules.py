"""Who may do what with which proposal, and when; interfaces ask before they show a button, actions before they act."""

from collections.abc import Mapping
from typing import Any

from kb.accounts.models import User
from kb.accounts.permissions import may
from kb.catalogue.entries import EntryKind, cities_in
from kb.catalogue.models import City
from kb.core.errors import Conflict, NotAllowed, Refused, too_long
from kb.core.i18n import Message, gettext_noop
from kb.core.text import clean_text

from .choices import OPEN_STATES
from .errors import Invalid
from .lookup import Lookup
from .models import Proposal


def is_author(actor: User | None, proposal: Proposal) -> bool:
    """Whether the proposal is the person's own."""
    return actor is not None and proposal.author_id == actor.id


def may_see(actor: User | None, proposal: Proposal) -> bool:
    """The author sees a proposal, and so do editors; drafts of others stay private."""
    if is_author(actor, proposal):
        return may(actor, "propose")
    return may(actor, "review") and proposal.state != "draft"


def may_edit(actor: User | None, proposal: Proposal) -> bool:
    """The author while it is open; an editor may touch up what was submitted."""
    if proposal.state not in OPEN_STATES:
        return False
    return may_see(actor, proposal)


def may_submit(actor: User | None, proposal: Proposal) -> bool:
    """The author, with a draft or with what was asked to be changed."""
    return is_author(actor, proposal) and may(actor, "propose") and proposal.state in {"draft", "changes-requested"}


def may_take_back(actor: User | None, proposal: Proposal) -> bool:
    """The author, as long as nobody has decided."""
    return is_author(actor, proposal) and may(actor, "propose") and proposal.state in OPEN_STATES


def may_review(actor: User | None, proposal: Proposal) -> bool:
    """An editor, with what somebody else has submitted: nobody reviews the own."""
    return may(actor, "review") and not is_author(actor, proposal) and proposal.state == "submitted"


def may_publish(actor: User | None, proposal: Proposal) -> bool:
    """An editor, with the own proposal: openly, and recorded as published without another's review."""
    return may(actor, "publish") and is_author(actor, proposal) and proposal.state in OPEN_STATES


def may_remark(actor: User | None, proposal: Proposal) -> bool:
    """Whoever sees it, while it is open."""
    return may_see(actor, proposal) and proposal.state in OPEN_STATES


def refuse_other_cities(
    actor: User, kind: EntryKind, data: Mapping[str, Any], lookup: Lookup, *, is_draft: bool
) -> None:
    """A contributor of a city writes for that city, alone or among others; Invalid says so beside the city's field.

    A draft may name no city yet. Whoever has no city writes for all, so that nobody may lose theirs unasked.
    Raises Conflict where the city was merged since the actor was read.
    """
    if actor.city_id is None or may(actor, "review"):
        return
    field, places = _places_of(kind, data, lookup)
    own = lookup.session.get(City, actor.city_id)
    if own is None:
        raise Conflict(_CITY_MOVED)
    if own.place_id not in places and (places or not is_draft):
        raise Invalid({field: [Message(ELSEWHERE, {"city": own.name})]})


def _places_of(kind: EntryKind, data: Mapping[str, Any], lookup: Lookup) -> tuple[str, set[int]]:
    """The field of an entry that names its cities, and the places of the gazetteer that they stand at.

    What is wrong in a draft, and so names no place, is left out.
    """
    field, references = cities_in(kind, data)
    places = {lookup.place_id(reference) for reference in references}
    return field, {place for place in places if place is not None}


MAX_LENGTH = 5_000
"""Characters that a reason or a remark may have: two pages."""


def required_text(field: str, text: str, otherwise: str) -> str:
    """The cleaned text; Invalid beside its field where it is empty (says `otherwise`) or over two pages."""
    cleaned = clean_text(text)
    if not cleaned or len(cleaned) > MAX_LENGTH:
        raise Invalid({field: [too_long(cleaned, MAX_LENGTH) if cleaned else Message(otherwise)]})
    return cleaned


ELSEWHERE = gettext_noop("You write for %(city)s, so it must be one of the cities. Editors can write for other cities.")
_CITY_MOVED = gettext_noop("Your city was merged with another one just now. Please try again.")
DECIDED = gettext_noop("This proposal was already decided.")
OWN = gettext_noop(
    "You cannot review your own proposal. You may publish it without review, and the history will say so."
)
NOT_YOURS = gettext_noop("Your role does not include this.")


def require(allowed: bool, otherwise: Refused | None = None) -> None:
    """Raise NotAllowed, or what is given, unless it is allowed."""
    if not allowed:
        raise otherwise or NotAllowed(NOT_YOURS)


def why_not(proposal: Proposal) -> Refused:
    """Why somebody may not change a proposal: it is others who may, or it has been decided."""
    return NotAllowed(NOT_YOURS) if proposal.state in OPEN_STATES else Refused(DECIDED)
