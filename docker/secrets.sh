#!/bin/sh
# Writes docker/secrets for compose.yaml, once: random passwords, one connection URL per database and role.
# A file that exists is kept, because the database knows its password.
set -eu
umask 077
mkdir -p "$(dirname "$0")/secrets"
cd "$(dirname "$0")/secrets"

random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

# Readable inside the container for its user; outside, the folder is closed to others.
keep() { [ -e "$1" ] || { printf '%s\n' "$2" >"$1" && chmod 644 "$1"; }; }

keep postgres_password "$(random)"
keep gateway_client_secret "$(random)"
keep cursor_secret "$(random)"
keep event_secret "$(random)"
keep checkpoint_key "$(openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256)"
keep key_encryption_key "$(head -c 32 /dev/urandom | base64)"
for database in auth coverage claims clinical audit; do
  for role in owner service ingest auditor; do
    case "$role:$database" in ingest:auth) continue ;; auditor:audit) ;; auditor:*) continue ;; esac
    keep "${database}_${role}_url" "postgres://${database}_${role}:$(random)@postgres:5432/$database"
  done
done
