#!/bin/sh
# Patroni runs this once (post_bootstrap), with the connection of the superuser as its argument: the role and the database of the site.
set -eu
psql --quiet --set ON_ERROR_STOP=1 "$1" <<SQL
CREATE ROLE citypeers LOGIN PASSWORD '$DATABASE_PASSWORD';
CREATE DATABASE citypeers OWNER citypeers;
SQL
