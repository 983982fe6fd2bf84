"""The views of the desk: a small file for each thing that is done there."""

from . import (
    confirmation,
    dashboard,
    drafts,
    entries,
    entry_merging,
    imports,
    proposals,
    review_queue,
    submission,
    terms,
    worklists,
)
from .blueprint import blueprint

# All but imports and the page behind a letter put their addresses on the desk's one blueprint, by being imported.
__all__ = [
    "BLUEPRINTS",
    "dashboard",
    "drafts",
    "entries",
    "entry_merging",
    "proposals",
    "review_queue",
    "submission",
    "terms",
    "worklists",
]

BLUEPRINTS = [blueprint, imports.blueprint, confirmation.blueprint]
