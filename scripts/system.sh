#!/bin/sh
# See that what the tests drive is there: PostgreSQL's server, Chromium, Pango for PDFs, and a font with Chinese. Install it where we may.
# `scripts/system.sh cluster`: what the cluster on one machine is made of.
set -eu
PATH="$PATH:/usr/sbin"
missing=""
if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && { [ "${1:-}" = cluster ] || ! command -v initdb >/dev/null; }; then missing="postgresql"; fi
if [ "${1:-}" = cluster ]; then
  for pair in etcd:etcd-server patroni:patroni haproxy:haproxy redis-server:redis-server; do
    if ! command -v "${pair%%:*}" >/dev/null; then missing="$missing ${pair##*:}"; fi
  done
else
  for program in chromium chromium-headless-shell; do
    if ! command -v "$program" >/dev/null; then missing="$missing $program"; fi
  done
  # The loader knows where libraries lie, ldconfig only on some systems; so one of them is simply opened.
  if ! python3 -c 'import ctypes; [ctypes.CDLL(f"lib{name}.so.0") for name in ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset")]' 2>/dev/null; then
    missing="$missing libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
  fi
  if [ -z "$(fc-list :charset=4e2d 2>/dev/null)" ]; then missing="$missing fontconfig fonts-droid-fallback"; fi
fi
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing:$missing"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # shellcheck disable=SC2086 # the names are words
  apt-get install -qq -y --no-install-recommends $missing >/dev/null
else
  echo "missing for the ${1:-tests}: sudo apt-get install $missing" >&2
  exit 1
fi
