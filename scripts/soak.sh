#!/bin/sh
# Soak the site on each Python that is there: scripts/soak.sh [OPTIONS OF tests.soak]; PYTHONS="python3.12 …" names others.
set -u
failed=0
for python in ${PYTHONS:-python3.11 python3.12 python3.13 python3.14}; do
  if ! "$python" -c '' 2>/dev/null; then
    echo "$python: not here"
    continue
  fi
  venv=.venv-$(basename "$python")
  make --silent VENV="$venv" PYTHON="$python" "$venv/test.done" assets system && "$venv/bin/python" -m tests.soak "$@" || failed=1
done
exit $failed
