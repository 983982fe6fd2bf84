#!/bin/sh
# Make a virtual environment with a Python of 3.11 or later: scripts/venv.sh PYTHON FOLDER
set -eu
if ! "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "$1 is not Python 3.11 or later; name one with: make PYTHON=..." >&2
  exit 1
fi
if ! "$1" -c 'import ensurepip' 2>/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && apt-get install -qq -y --no-install-recommends python3-venv >/dev/null
  else
    echo "python3-venv is missing: sudo apt-get install python3-venv" >&2
    exit 1
  fi
fi
"$1" -m venv "$2"
