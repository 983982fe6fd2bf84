"""The chair's brief, drawn from the record: what the speakers' cities share, who they are, how one leads to the next.

`material` reads what the record holds, `words` says it, `drawing` puts the sections together, and lays the chair's own
words beside them. Every line cites the entries it rests on; nothing is said that they do not say.
"""

from .drawing import Brief, Section, Turn, draw, to_read
from .words import LONGEST, Line

__all__ = ["LONGEST", "Brief", "Line", "Section", "Turn", "draw", "to_read"]
