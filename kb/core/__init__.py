"""The core: what every package stands on and what knows nothing of cities.

`db` sessions and transactions, `column_types`, `errors` that people are told, `i18n` (messages marked for translation),
`text` (folding and slugs), `cache` (values derived from the database), `mail`, `logs`, `gc_tuning`, `child_process`
(programs of ours with limits).
"""
