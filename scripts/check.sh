#!/bin/sh
# The checks of `make check`, each with its name; all run, side by side, and one that fails ends it non-zero.
# `scripts/check.sh lint`: those alone that `make test` does not make.
set -u
bin=${CHECK_BIN:-.venv/bin}
said=$(mktemp -d)
trap 'rm -rf "$said"' EXIT
number=0
check() {
  name=$1
  shift
  number=$((number + 1))
  {
    if output=$("$@" 2>&1); then
      echo "ok      $name"
    else
      printf 'FAILED  %s\n%s\n' "$name" "$output"
      touch "$said/failed"
    fi
  } >"$said/$number.txt" &
}
check "ruff: lint" "$bin/ruff" check .
check "ruff: format" "$bin/ruff" format --check .
check "mypy: strict on kb/" "$bin/mypy"
check "import-linter: who may import whom" "$bin/lint-imports"
check "djlint: templates" "$bin/djlint" kb/web/templates --lint --quiet
if [ "${1:-}" != lint ]; then
  check "translations: every visible string is marked" "$bin/python" -m pytest -q -p no:randomly tests/conventions
  check "alembic: the migrations make the models' tables" "$bin/python" scripts/migrations.py
fi
wait
cat "$said"/*.txt
[ ! -e "$said/failed" ]
