"""The desk: writing entries up, reviewing them, keeping them fresh; a small file for each."""

from . import boards, entries, front, merging, proposals, queue, sending, terms, writing
from .door import blueprint

__all__ = ["blueprint", "boards", "entries", "front", "merging", "proposals", "queue", "sending", "terms", "writing"]
