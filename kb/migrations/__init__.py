"""Migrations of the database while other versions of the program serve it.

Vocabulary:
    phase          of a migration: `expand` only adds what older code does not notice, `contract` removes or tightens
    compatibility  the row with the oldest migration that a program must know to run on the database
    state          what a program's migrations and a database's are to each other (`state.py`)
    node           a running `kb serve`, which writes every half minute that it runs and which migrations it knows

`scripts.py` reads the files in `alembic/versions`, `running.py` applies them.
Neighbours: `kb.core.db`; knows nothing of HTTP, nor what the tables mean.
"""
