"""The search package: finding entries by words and facets, in an index that follows the catalogue's change log.

Vocabulary:
    document    one catalogue entry as the engine sees it: an id, words, facet values, sort keys (`engine_types.py`)
    query       what a person typed, parsed: words, phrases, alternatives, exclusions, prefixes (`parsing.py`)
    stem        a word reduced to what is searched: folded, without its English ending (`analysis.py`)
    surface     a word folded only; spelling and prefixes work on surfaces
    commit      a state of the index on disk; snapshot, the same in memory, never changed once built
    generation  one whole index in its own folder; a rebuild makes a new one beside it
    facet       a field people filter by, with the number of entries behind each value

Neighbours: `kb.core.text` folds text; the catalogue gives the rows that become documents. The engine itself, from
`engine_types.py` down into `index/`, knows nothing of the catalogue, and nothing outside this package knows Whoosh.
"""
