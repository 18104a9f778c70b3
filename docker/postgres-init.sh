#!/bin/sh
# Runs once, when Postgres creates its data directory. It creates the databases and their roles, with the passwords in the
# connection URLs of /run/secrets. There is a database for each `{database}_owner_url`, with a role for each
# `{database}_{role}_url`. The owner migrates, the service role serves, the ingest role imports, and the auditor role reads
# the audit trail. No other role can connect, and nobody without TLS.
set -eu
sed -i -E 's/^host( +all +all +all)/hostssl\1/' "$PGDATA/pg_hba.conf"

role() {
  password=$(sed -E 's#^postgres://[^:]+:([^@]+)@.*$#\1#' "/run/secrets/$1_url")
  echo "CREATE ROLE $1 LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD '$password';"
}

for owner_url in /run/secrets/*_owner_url; do
  database=$(basename "$owner_url" _owner_url)
  role "${database}_owner"
  echo "CREATE DATABASE $database OWNER ${database}_owner;"
  echo "REVOKE ALL ON DATABASE $database FROM PUBLIC;"
  for url in "/run/secrets/${database}"_*_url; do
    name=$(basename "$url" _url)
    [ "$name" != "${database}_owner" ] || continue
    role "$name"
    echo "GRANT CONNECT ON DATABASE $database TO $name;"
  done
done | psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres
