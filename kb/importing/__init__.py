"""Bringing files of initiatives in: columns to fields, rows to entries or proposals, a dry run first, one undo for all.

Vocabulary: an Import is one file on its way; a collection names where its external keys come from, so that two
spreadsheets do not meet; a row is made, changed, left unchanged or refused, and never anything else. What a key last
said is remembered: a row that says the same again leaves its entry alone, whatever editors have made of it since.

The order: `fields` and `matching` (columns), `cells`, `vocabulary`, `meanings`, `placing` and `rows` (what a row says),
`deciding` (what would become of it), `applying` and `undoing` (doing it), `running` (the tasks, in batches that can be
resumed).
"""
