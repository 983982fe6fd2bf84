"""The core: shared by all packages, without knowledge of cities.

`db` sessions and transactions, `column_types`, `errors` for people, `i18n` (messages marked for translation),
`text` (folding and slugs), `cache` (values derived from the database), `mail`, `logs`, `gc_tuning`, `child_process`
(programs of ours with limits), `file_reading` (strangers' files, read by one).
"""
