#!/bin/sh
# Writes a file below docker/secrets for each secret that compose.yaml names: a random value, or the connection URL of a
# database role with a random password. A file that exists is kept, because the database knows its password.
set -eu
umask 077
mkdir -p "$(dirname "$0")/secrets"
cd "$(dirname "$0")/secrets"

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

value_of() {
  case $1 in
    *_event_key) openssl genpkey -algorithm ED25519 ;;
    event_public_keys) public_keys ;;
    checkpoint_key) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 ;;
    key_encryption_key) head -c 32 /dev/urandom | base64 ;;
    *_*_url) role=${1%_url} && echo "postgres://$role:$(random)@postgres:5432/${role%_*}" ;;
    *) random ;;
  esac
}

# The container's user can read the files. Outside the container, the folder is closed to other users.
for name in $(sed -nE 's#.*file: \./secrets/([a-z_]+).*#\1#p' ../compose.yaml); do
  [ -e "$name" ] || { value=$(value_of "$name") && printf '%s\n' "$value" >"$name" && chmod 644 "$name"; }
done
