#!/bin/sh
# Writes the next migration: what the models have and the migrations before lack, found on an empty SQLite file.
set -eu
bin=${CHECK_BIN:-.venv/bin}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export DATABASE_URL="sqlite:///$folder/next.sqlite3"
"$bin/alembic" upgrade head
"$bin/alembic" revision --autogenerate -m "${1:?say what it adds}"
"$bin/ruff" check --fix-only --quiet alembic
"$bin/ruff" format --quiet alembic
