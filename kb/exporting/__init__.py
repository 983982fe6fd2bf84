"""Files of the catalogue: an entry, a list or a search in formats that other programs read; downloads and releases.

Vocabulary: an Export is a question with the entries that answer it, in their order; a format writes one as a stream of
bytes; a download is an export that was kept, with an address, a checksum and citations; a release is the whole
catalogue on one day. Harvesting is how other catalogues fetch entries (OAI-PMH, DCAT, Atom).

Columns, their labels and their explanations derive from the declarations in `kb.catalogue.entries`.
"""
