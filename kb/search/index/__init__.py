"""The engine: Whoosh keeps the index on disk, and queries run over its postings as numpy arrays.

Whoosh stores, merges, commits and locks; it walks postings one at a time in Python, though, which took 100 ms for a
page with facets at 10,000 records. Read into arrays, the same postings answer in a millisecond.

    schema.py         the fields of the index
    codec.py          how postings lie on disk: Whoosh's codec, with arrays inside   } these four
    postings_pool.py  postings while they are written: in memory, then sorted runs   } know private
    segments.py       one segment's files, read into arrays                          } parts of
    index_writer.py   writing: add, delete, merge, commit                            } Whoosh
    columns.py        what a segment holds beside postings: ids, sort keys, facet values
    facet_rows.py     filters and counts
    ordering.py       sort orders, and the best k
    bounded_cache.py  a cache bounded in bytes
    snapshot.py       one commit in memory: every segment laid end to end, never changed
    executor.py       from a query to matching documents with scores, and to a result
    whoosh_engine.py  the engine of `kb.search.engine_types`

Imports go up this list, never down. Whoosh is pinned by hash; a new version must pass the contract tests and the one
that compares with Whoosh's own searcher.
"""

from .index_writer import IndexLocked
from .schema import IndexUnreadable
from .whoosh_engine import WhooshEngine

__all__ = ["IndexLocked", "IndexUnreadable", "WhooshEngine"]
