export type {
  IncomingMessage,
  KafkaClient,
  KafkaSender,
  NewTopic,
  OutgoingMessage,
  ResetPartition,
  TopicState,
} from './client.ts';
export { KafkaStrategy } from './kafka-strategy.ts';
export { kafkajs } from './kafkajs/connection.ts';
export { openKafka } from './open-kafka.ts';
export { MAX_MESSAGE_BYTES, partsWithin } from './parts.ts';
