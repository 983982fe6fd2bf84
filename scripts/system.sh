#!/bin/sh
# See that the programs the tests drive are there: PostgreSQL's server and Chromium. Install them where we may.
set -eu
missing=""
if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && ! command -v initdb >/dev/null; then missing="postgresql"; fi
if ! command -v chromium >/dev/null; then missing="$missing chromium"; fi
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing:$missing"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # shellcheck disable=SC2086 # the names are words
  apt-get install -qq -y --no-install-recommends $missing >/dev/null
else
  echo "the tests need programs that are missing: sudo apt-get install $missing" >&2
  exit 1
fi
