export type {
  IncomingMessage,
  KafkaClient,
  KafkaSender,
  NewTopic,
  OutgoingMessage,
  ResetPartition,
  TopicState,
} from './client.ts';
export { kafkajs } from './kafkajs/connection.ts';
export { MAX_MESSAGE_BYTES } from './message-size.ts';
export { openKafka } from './open-kafka.ts';
