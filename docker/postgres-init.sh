#!/bin/sh
# Runs once, when Postgres makes its data directory: the databases and their roles, with the passwords that the
# connection URLs in /run/secrets carry. Owners migrate, services serve, ingest imports, auditors
# look; nobody else connects.
set -eu

role() {
  password=$(sed -E 's#^postgres://[^:]+:([^@]+)@.*$#\1#' "/run/secrets/$1_url")
  echo "CREATE ROLE $1 LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD '$password';"
}

database() {
  name=$1
  shift
  role "${name}_owner"
  echo "CREATE DATABASE $name OWNER ${name}_owner;"
  echo "REVOKE ALL ON DATABASE $name FROM PUBLIC;"
  for suffix in "$@"; do
    role "${name}_$suffix"
    echo "GRANT CONNECT ON DATABASE $name TO ${name}_$suffix;"
  done
}

{
  database auth service
  database coverage service ingest
  database claims service ingest
  database clinical service ingest
  database audit service ingest auditor
} | psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres
