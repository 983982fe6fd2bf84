"""The core: what every package stands on and what knows nothing of cities.

`db` sessions and transactions, `column_types`, `errors` that people are told, `i18n` (messages marked for translation),
`text` (folding and slugs), `mail`, `logs`, `gc_tuning`.
"""
