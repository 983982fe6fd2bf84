"""The chair's brief, drawn from the record: what the speakers' cities share, who they are, how one leads to the next.

`material` reads what the record holds, `words` says it, `drawing` puts the sections together, and lays the chair's own
words beside them. Every line cites the entries it rests on; nothing is said that they do not say.
"""

from .brief import Brief, Section, Turn, draw, to_read
from .sentences import LONGEST, Line

__all__ = ["LONGEST", "Brief", "Line", "Section", "Turn", "draw", "to_read"]
