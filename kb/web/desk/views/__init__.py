"""The views of the desk: a small file for each thing that is done there."""

from . import boards, entries, front, imports, merging, proposals, queue, sending, still_true, terms, writing
from .door import blueprint

# All but imports and the page behind a letter put their addresses on the desk's one blueprint, by being imported.
__all__ = ["BLUEPRINTS", "boards", "entries", "front", "merging", "proposals", "queue", "sending", "terms", "writing"]

BLUEPRINTS = [blueprint, imports.blueprint, still_true.blueprint]
