"""Downloads that can be cited and repeated: each has an address, a checksum, its sources, and what it covers.

A download is a question (`SearchQuery`) in a format, answered as the catalogue was at one change number. `pieces`
keeps what the file is made of: of each entry its revision and whatever differs from it, and the names that it refers
to, in compressed pieces in the database, each once, by hash. `making` makes the file from these alone, so that it can
be made again. `files` keeps files in a folder by their SHA-256 for as long as the settings say.
"""
