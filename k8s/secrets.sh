#!/bin/sh
# Prints the Secrets of an installation as Kubernetes objects: random values, connection URLs with random passwords, and keys.
#   NAMESPACE=patient-access POSTGRES_HOST=db.plan.example POSTGRES_CA=db-ca.pem KAFKA_CA=kafka-ca.pem \
#     sh k8s/secrets.sh FOLDER | kubectl apply -f -
# FOLDER keeps the values: the same call prints the same. It holds every secret of the installation: keep it where such things
# are kept, or put the values into your store and delete it. SMTP_URL is the mail server; without it no mail is sent.
# RESTORE_PUBLIC_KEYS is a file with the operators' public keys; without it no restore of the trail is believed. With ROLES=yes
# there is a Secret for each role of the databases too (k8s/components/cloudnative-pg).
set -eu
umask 077
: "${NAMESPACE:?}" "${POSTGRES_HOST:?}" "${POSTGRES_CA:?}" "${KAFKA_CA:?}" "${1:?a folder that keeps the values}"
sh "$(dirname "$0")/../docker/secrets.sh" "$1"
cp "$POSTGRES_CA" "$1/postgres_authority"
cp "$KAFKA_CA" "$1/kafka_authority"
cat "${RESTORE_PUBLIC_KEYS:-/dev/null}" >"$1/restore_public_keys"
cd "$1"

random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
printf '%s' "${SMTP_URL:-}" >smtp
# Of earlier keys too: what they signed stands for as long as the trail.
openssl pkey -in checkpoint_key -pubout -out checkpoint_public_key
grep -qsF "$(sed -n 3p checkpoint_public_key)" checkpoint_public_keys || cat checkpoint_public_key >>checkpoint_public_keys
[ -e admin_secret ] || random >admin_secret
for name in audit auth claims clinical coverage verification; do
  printf '%s-service' "$name" >"${name}_kafka_user"
  [ -e "${name}_kafka_password" ] || random >"${name}_kafka_password"
done
# Whoever verifies the trail may write nothing by which it is verified.
printf audit-verification >verification_kafka_user

# The URL of compose.yaml, for this Postgres.
tls='sslmode=verify-full\&sslrootcert=/run/secrets/patient-access/postgres-ca'
value() {
  case $1 in
    *_url) sed -E "s#@postgres:5432/([a-z]+).*#@$POSTGRES_HOST:5432/\\1?$tls#" "$1" ;;
    *) cat "$1" ;;
  esac
}

# Type, name, and key=file for each key.
secret() {
  printf -- '---\napiVersion: v1\nkind: Secret\ntype: %s\nmetadata: { name: %s, namespace: %s }\nstringData:\n' "$1" "$2" "$NAMESPACE"
  shift 2
  for pair in "$@"; do printf '  %s: |-\n' "${pair%%=*}" && value "${pair#*=}" | sed 's/^/    /' && echo; done
}
opaque() { secret Opaque "$@"; }

kafka_of() {
  echo "kafka-ca=kafka_authority kafka-sasl-username=$1_kafka_user kafka-sasl-password=$1_kafka_password"
}
postgres=postgres-ca=postgres_authority
verification="auditor-database-url=audit_auditor_url event-public-keys=event_public_keys \
checkpoint-public-keys=checkpoint_public_keys restore-public-keys=restore_public_keys $postgres"
service_of() { echo "database-url=$1_service_url event-key=$1_event_key $postgres $(kafka_of "$1")"; }

# shellcheck disable=SC2046,SC2086 # several words are meant
{
  opaque fhir-gateway gateway-client-secret=gateway_client_secret
  opaque auth-service $(service_of auth) gateway-client-secret=gateway_client_secret \
    key-encryption-key=key_encryption_key smtp-url=smtp admin-secret=admin_secret
  opaque coverage-service $(service_of coverage) cursor-secret=cursor_secret event-public-keys=event_public_keys \
    ingest-database-url=coverage_ingest_url
  opaque claims-service $(service_of claims) cursor-secret=cursor_secret
  opaque clinical-service $(service_of clinical) cursor-secret=cursor_secret
  opaque audit-service $(service_of audit) cursor-secret=cursor_secret event-public-keys=event_public_keys \
    ingest-database-url=audit_ingest_url auditor-database-url=audit_auditor_url checkpoint-key=checkpoint_key \
    checkpoint-public-keys=checkpoint_public_keys restore-public-keys=restore_public_keys
  opaque audit-retention owner-database-url=audit_owner_url auditor-database-url=audit_auditor_url \
    checkpoint-key=checkpoint_key checkpoint-public-keys=checkpoint_public_keys event-public-keys=event_public_keys \
    restore-public-keys=restore_public_keys $postgres $(kafka_of audit)
  opaque audit-verification $verification $(kafka_of verification)
  opaque auth-administration database-url=auth_service_url key-encryption-key=key_encryption_key \
    event-key=auth_event_key $postgres
  opaque audit-administration $verification $(kafka_of verification)
  opaque audit-owner-administration owner-database-url=audit_owner_url ingest-database-url=audit_ingest_url \
    $verification $(kafka_of audit)
  opaque import-administration coverage-ingest-url=coverage_ingest_url claims-ingest-url=claims_ingest_url \
    clinical-ingest-url=clinical_ingest_url $postgres
  opaque import coverage-ingest-url=coverage_ingest_url claims-ingest-url=claims_ingest_url \
    clinical-ingest-url=clinical_ingest_url $postgres
  opaque report auditor-database-url=audit_auditor_url coverage-ingest-url=coverage_ingest_url \
    claims-ingest-url=claims_ingest_url $postgres
  for name in audit auth claims clinical coverage; do
    opaque "$name-migration" owner-database-url="${name}_owner_url" $postgres
  done
}

[ "${ROLES:-no}" = yes ] || exit 0
for url in audit_*_url auth_*_url claims_*_url clinical_*_url coverage_*_url; do
  role=${url%_url}
  printf '%s' "$role" >role
  sed -E 's#^postgres://[^:]+:([^@]+)@.*$#\1#' "$url" >role_password
  secret kubernetes.io/basic-auth "postgres-$(echo "$role" | tr _ -)" username=role password=role_password
done
rm -f role role_password
