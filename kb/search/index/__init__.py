"""The engine: segments of arrays on disk, and queries as operations on them. Whoosh keeps the commits.

Whoosh stems, publishes commits, names segments, remembers what is deleted in them, locks and sweeps files away. It
walks postings one at a time in Python, though, which took 100 ms for a page with facets at 10,000 records, and as long
for a merge as for building anew. So what a segment holds is written and read as arrays here, which answers the same
page in a millisecond and merges without a loop over postings.

    schema.py           what the index holds of a document
    segment_file.py     arrays in one file, written once
    segment_builder.py  the arrays of a segment, of documents and of segments that are merged
    segment_facets.py   what a segment is filtered and counted by
    segments.py         reading a segment: columns, dictionaries, postings
    index_writer.py     writing: add, delete, merge, commit
    ordering.py         sort orders, and the best k
    snapshot.py         one commit in memory: every segment laid end to end, never changed
    executor.py         from a query to matching documents with scores, and to a result
    beginnings.py       what to suggest while somebody types
    whoosh_engine.py    the engine of `kb.search.engine_types`

Imports go up this list, never down. Whoosh is pinned by hash; a new version must pass the contract tests and the one
that compares with an index and a searcher of Whoosh's own.
"""

from .index_writer import MOST_POSTINGS, IndexLocked, last_change_of, newest_commit, write_segment, written_segment
from .schema import IndexUnreadable
from .segment_builder import SegmentBuilder
from .whoosh_engine import WhooshEngine

__all__ = [
    "MOST_POSTINGS",
    "IndexLocked",
    "IndexUnreadable",
    "SegmentBuilder",
    "WhooshEngine",
    "last_change_of",
    "newest_commit",
    "write_segment",
    "written_segment",
]
