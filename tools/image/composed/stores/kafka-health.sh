#!/bin/sh
# Stands for Kafka's own command, whose jar is not fetched: does the broker answer over TLS, with a certificate of the authority?
# The second argument is its address.
exec openssl s_client -brief -connect "$2" -CAfile /run/secrets/internal_ca -verify_return_error -verify_hostname localhost \
  -cert /run/secrets/kafka_keystore -key /run/secrets/kafka_keystore </dev/null
