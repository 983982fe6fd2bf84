"""Addresses at which an entry once was: one that was merged leads on for good, one that was withdrawn says why."""

from dataclasses import dataclass

from flask import redirect, request
from flask.typing import ResponseReturnValue

from kb.catalogue.entries import EntryKind
from kb.editorial import queries
from kb.editorial.models import Withdrawal

from .context import session
from .links import kind_of_endpoint, link_to_entry
from .pages import Page


@dataclass(frozen=True, kw_only=True)
class WithdrawnPage(Page):
    """When an entry was withdrawn, and why."""

    template = "catalogue/withdrawn.html"
    withdrawal: Withdrawal


def answer() -> ResponseReturnValue | None:
    """The answer at a former address of an entry's page; None where there never was one."""
    kind = kind_of_endpoint(request.endpoint)
    slug = (request.view_args or {}).get("slug")
    return None if kind is None or slug is None else at(kind, slug)


def at(kind: EntryKind, slug: str, ending: str = "") -> ResponseReturnValue | None:
    """The answer at a former address of an entry, whichever of its pages was asked for; None where there never was one.

    `ending` follows its new slug.
    """
    merged_into = queries.merged_into(session(), kind, slug)
    if merged_into is not None:
        return redirect(f"{link_to_entry(kind, merged_into)}{ending}", 301)
    withdrawal = queries.withdrawal_at(session(), kind, slug)
    return None if withdrawal is None else withdrawn(withdrawal)


def withdrawn(withdrawal: Withdrawal) -> ResponseReturnValue:
    """The answer at every address of an entry that was withdrawn: since when, and why."""
    return WithdrawnPage(withdrawal=withdrawal).render(), 410
