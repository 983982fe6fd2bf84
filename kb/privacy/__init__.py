"""Personal data: what is kept of whom and for how long, and how a person's data are given to them and erased.

Vocabulary: a person is a mail address, with an account or without one. `columns` names every column that can hold text
about somebody and says what becomes of it; `records` says for each kind of personal data whose it is, what for, how
long it is kept and who sees it, which is what the privacy notice shows; `export` and `erasure` follow from both.

Neighbours: reads and erases rows of every package that keeps personal data; knows nothing of HTTP.
"""
