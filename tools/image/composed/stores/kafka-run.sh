#!/bin/sh
# What compose.yaml asks of the official image of Kafka: format the storage once, then serve with the mounted settings.
set -eu
settings=/mnt/shared/config/server.properties
java -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp '/opt/kafka/libs/*' kafka.tools.StorageTool format --ignore-formatted --cluster-id "$CLUSTER_ID" --config "$settings"
exec java -Xmx400m -XX:+UseSerialGC -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp '/opt/kafka/libs/*' kafka.Kafka "$settings"
