"""Backups of the database and the files beside it, taken while the site is written to, and their restoration.

Vocabulary:
    archive    one tar file: `manifest.json`, and the files that it names (`archive.py`); encrypted, if there is a key
    manifest   what an archive holds: version of the product, migration, kind of database, checksums of files and tables
    identity   the database's random name; a restored database gets a new one, so that no search index of the
               database as it was before is taken for its own

`sqlite.py` and `postgresql.py` copy a database into a file and back, `kept_files.py` the files beside it,
`encryption.py` has the format of encrypted files, `retention.py` says which are kept; `service.py` does all in order.
Neighbours: `kb.core.db` and the catalogue's identity; knows nothing of HTTP, nor where migrations are kept.
"""
