#!/bin/sh
# Prints SQL that makes the databases and their roles, with the passwords that k8s/secrets.sh keeps in FOLDER.
#   sh k8s/postgres.sh FOLDER | psql --set ON_ERROR_STOP=1 "$ADMIN_URL"
# It ends at a server that has one of the roles. With AGAIN=yes it goes on there: what is there stays, and each role gets its
# password anew. Say so only where the roles are those of this installation: another one would be locked out of its databases.
# No password is in the SQL, because Postgres may log it: only what Postgres would keep of it (SCRAM, RFC 5802 and 7677). OpenSSL 3
# computes that, and gets the password as an argument: run it where nobody else sees your processes.
# The administrator needs CREATEROLE and CREATEDB, and need not be a superuser: so it works for a Postgres of a provider. Who owns a
# database has to be a role that the administrator may become; that is taken back at the end.
set -eu
cd "${1:?the folder in which k8s/secrets.sh keeps the values}"

hmac() { printf '%s' "$2" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" -binary; }
verifier() {
  salt=$(openssl rand -base64 16)
  hex=$(printf '%s' "$salt" | openssl base64 -d -A | od -An -tx1 | tr -d ' \n')
  salted=$(openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt "pass:$1" -kdfopt "hexsalt:$hex" -kdfopt iter:4096 PBKDF2)
  salted=$(printf '%s' "$salted" | tr -d ':')
  stored=$(hmac "$salted" 'Client Key' | openssl dgst -sha256 -binary | openssl base64)
  server=$(hmac "$salted" 'Server Key' | openssl base64)
  printf 'SCRAM-SHA-256$4096:%s$%s:%s' "$salt" "$stored" "$server"
}

role() {
  password=$(sed -E 's#^postgres://[^:]+:([^@]+)@.*$#\1#' "$1_url")
  scram=$(verifier "$password")
  echo "DO \$\$ BEGIN CREATE ROLE $1 NOCREATEDB NOCREATEROLE; EXCEPTION WHEN duplicate_object THEN NULL; END \$\$;"
  echo "ALTER ROLE $1 LOGIN PASSWORD '$scram';"
}

roles=''
for url in *_owner_url *_service_url *_ingest_url *_auditor_url; do roles="$roles${roles:+, }'${url%_url}'"; done
[ "${AGAIN:-no}" = yes ] ||
  echo "DO \$\$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname IN ($roles)) THEN RAISE EXCEPTION 'this server has roles of these names. If they are of this installation, set AGAIN=yes; another one would be locked out (docs/operate.md)'; END IF; END \$\$;"

for owner_url in *_owner_url; do
  database=${owner_url%_owner_url}
  role "${database}_owner"
  echo "GRANT ${database}_owner TO CURRENT_USER;"
  create="CREATE DATABASE $database OWNER ${database}_owner ENCODING ''UTF8'' TEMPLATE template0"
  echo "SELECT '$create' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$database') \gexec"
  echo "REVOKE ALL ON DATABASE $database FROM PUBLIC;"
  for url in "${database}"_*_url; do
    name=${url%_url}
    [ "$name" != "${database}_owner" ] || continue
    role "$name"
    echo "GRANT CONNECT ON DATABASE $database TO $name;"
  done
  echo "REVOKE ${database}_owner FROM CURRENT_USER;"
done
