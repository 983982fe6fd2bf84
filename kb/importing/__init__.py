"""Bringing files of initiatives in: columns to fields, rows to entries or proposals, a dry run first, one undo for all.

Vocabulary: an Import is one file on its way; a collection names where its external keys come from, so that two
spreadsheets do not meet; a row is made, changed, left unchanged or refused, and never anything else. What a key last
said is remembered: a row that says the same again leaves its entry alone, whatever editors have made of it since.

The order: `readers` and `reading` (a file to a table), `columns` (columns to fields), `cells`, `vocabulary`,
`city_matching` and `row_reader` (what a row says), `dry_run` and `plan` (what would become of it), `apply` and `undo`
(doing it), `claims` and `runner` (the tasks, in batches that can be resumed, by one process).

Neighbours: reads catalogue, peers (places by name) and accounts; writes by `kb.editorial.actions`.
"""
