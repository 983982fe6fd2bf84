"""The catalogue: what is published about cities, and nothing that is not.

Vocabulary: a City points to a Place of the gazetteer and names Challenges; a Leader holds LeaderTerms; a Vision is a
city's published strategy; an Initiative is what was done, for Goals and Targets, with Technologies, Partners, Outcomes
and Sources. Every write is noted in the change log (`change_log`), which the search index follows.

Neighbours: imports only the core and accounts. Everyone above reads it through `queries`. Writes go through
sessions of `kb.core.db`, which the change log watches; importing the catalogue is what starts the watch.
"""

from . import change_log

__all__ = ["change_log"]
