#!/bin/sh
# See that what the cluster is made of is there: etcd, Patroni, PostgreSQL, HAProxy, Redis. Install it where we may, without starting any of it.
set -eu
PATH="$PATH:/usr/sbin"
missing=""
for pair in etcd:etcd-server patroni:patroni haproxy:haproxy redis-server:redis-server; do
  command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair##*:}"
done
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing:$missing"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # shellcheck disable=SC2086 # the names are words
  apt-get install -qq -y --no-install-recommends $missing >/dev/null
else
  echo "the cluster needs what is missing: sudo apt-get install $missing" >&2
  exit 1
fi
