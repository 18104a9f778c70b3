#!/bin/sh
# Writes a file below docker/secrets, or below the folder that is named, for each secret that compose.yaml names: a random
# value, or the connection URL of a database role with a random password, or a key with its certificate, or nothing. A file that exists is
# kept, because the database knows its password. A certificate is good for 825 days: delete it, run this again, and start what
# uses it again. Needs OpenSSL 3.
set -eu
umask 077
folder=${1:-$(dirname "$0")/secrets}
compose=$(cd "$(dirname "$0")" && pwd)/compose.yaml
mkdir -p "$folder"
cd "$folder"

TLS='sslmode=verify-full&sslrootcert=/run/secrets/internal_ca'

random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

# The x of a JWK (RFC 8037): the last 32 bytes of an Ed25519 key in DER.
jwk_of() {
  x=$(openssl pkey -in "$1_event_key" -pubout -outform DER | tail -c 32 | base64 | tr '+/' '-_' | tr -d '=\n')
  printf '{"kty":"OKP","crv":"Ed25519","x":"%s","kid":"%s-service/1"}' "$x" "$1"
}

# compose.yaml names the private keys before this file.
public_keys() {
  separator=''
  printf '{"keys":['
  for private in *_event_key; do printf '%s' "$separator" && jwk_of "${private%_event_key}" && separator=','; done
  printf ']}'
}

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256; }

# compose.yaml names the authority before what it signs. Its private key is mounted nowhere.
authority() {
  [ -e internal_ca_key ] || new_key >internal_ca_key
  openssl req -x509 -new -key internal_ca_key -subj '/CN=Patient Access on one machine' -days 3650 \
    -addext keyUsage=critical,keyCertSign
}

# The host name in compose.yaml, and the file of the key.
certificate() {
  printf 'subjectAltName=DNS:%s,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n' "$1" >extensions
  openssl req -new -key "$2" -subj "/CN=$1" |
    openssl x509 -req -CA internal_ca -CAkey internal_ca_key -days 825 -extfile extensions 2>/dev/null
}

value_of() {
  case $1 in
    internal_ca) authority ;;
    *_certificate) certificate "$(echo "${1%_certificate}" | tr _ -)" "${1%_certificate}_key" ;;
    kafka_keystore) new_key >keystore.key && cat keystore.key && certificate kafka keystore.key ;;
    *_service_key | fhir_gateway_key | developer_site_key | postgres_key) new_key ;;
    *_event_key) openssl genpkey -algorithm ED25519 ;;
    event_public_keys) public_keys ;;
    # compose.yaml names the private key before this file.
    checkpoint_public_keys) openssl pkey -in checkpoint_key -pubout ;;
    # Whoever has the operators' key writes its public half.
    restore_public_keys) ;;
    checkpoint_key) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 ;;
    key_encryption_key) head -c 32 /dev/urandom | base64 ;;
    *_*_url) role=${1%_url} && echo "postgres://$role:$(random)@postgres:5432/${role%_*}?$TLS" ;;
    *) random ;;
  esac
}

# The container's user can read the files. Outside the container, the folder is closed to other users.
for name in $(sed -nE 's#.*file: \./secrets/([a-z_]+).*#\1#p' "$compose"); do
  [ -e "$name" ] || { value=$(value_of "$name") && printf '%s\n' "$value" | sed '/^$/d' >"$name" && chmod 644 "$name"; }
done
rm -f extensions keystore.key
